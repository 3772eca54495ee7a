"""Rules as members read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from tokenpoints.domain.programs import Program
from tokenpoints.domain.tiers import MULTIPLIER_ONE
from tokenpoints.domain.types import Hash32
from tokenpoints.storage.terms import read_multipliers

_LAST_SECOND = 253_402_300_799
"""The end of the year 9999: a later one stands for no end."""


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """One version of a rule, with its window as dates."""

    id: int
    version: int
    name: str | None
    terms_document: str | None
    numerator: int
    denominator: int
    fixed_points: int
    cap_per_award: int
    budget: int
    budget_window_seconds: int
    multipliers: list[tuple[str, str]]
    """(tier, factor) where tiers differ, the lowest first."""
    effective_at: datetime | None
    """None for the first version, which holds for receipts from before it too."""
    is_cancelled: bool
    opens_at: datetime
    closes_at: datetime | None
    terms_hash: Hash32
    transaction_hash: Hash32
    block_number: int


def rules_in_words(program: Program, rows: Iterable[Row[Any]]) -> list[RuleInWords]:
    """Rows of `rule_versions`, with the names that the program gives its rules."""
    return [_rule(program, row) for row in rows]


def _rule(program: Program, row: Row[Any]) -> RuleInWords:
    described = program.rule(row.rule_id)
    multipliers = read_multipliers(row.multipliers)[: len(program.tiers)]
    return RuleInWords(
        id=row.rule_id,
        version=row.version,
        name=described.name if described else None,
        terms_document=described.terms_document if described else None,
        numerator=row.numerator,
        denominator=row.denominator,
        fixed_points=row.fixed_points,
        cap_per_award=row.cap_per_award,
        budget=row.budget,
        budget_window_seconds=row.budget_window_seconds,
        multipliers=[
            (program.tiers[tier].name, f"{Decimal(each) / MULTIPLIER_ONE:f}") for tier, each in enumerate(multipliers)
        ]
        if len(set(multipliers)) > 1
        else [],
        effective_at=datetime.fromtimestamp(row.effective_at, UTC) if row.effective_at else None,
        is_cancelled=row.cancelled_in_block is not None,
        opens_at=datetime.fromtimestamp(min(row.opens_at, _LAST_SECOND), UTC),
        closes_at=None if row.closes_at > _LAST_SECOND else datetime.fromtimestamp(row.closes_at, UTC),
        terms_hash=Hash32(row.terms_hash),
        transaction_hash=Hash32(row.transaction_hash),
        block_number=row.block_number,
    )
