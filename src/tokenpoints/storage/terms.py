"""Questions about the versions of a rule."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from tokenpoints.domain.rules import RuleVersion, Terms
from tokenpoints.domain.tiers import Multipliers, packed, unpacked
from tokenpoints.domain.types import Hash32
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import rule_versions

_WORD = 1 << 64


async def versions(session: Session, program: str) -> dict[int, list[RuleVersion]]:
    """By rule, its indexed versions by number, with those that are announced and without those that were cancelled."""
    query = (
        select(rule_versions)
        .where(rule_versions.c.program == program, rule_versions.c.cancelled_in_block.is_(None))
        .order_by(rule_versions.c.rule_id, rule_versions.c.version)
    )
    found: dict[int, list[RuleVersion]] = {}
    for row in await session.execute(query):
        found.setdefault(row.rule_id, []).append(RuleVersion(row.version, row.effective_at, terms_in(row)))
    return found


async def programs(session: Session) -> set[str]:
    """The programs of which a rule was read: each has one from its creation on."""
    return set(await session.scalars(select(rule_versions.c.program).distinct()))


def terms_in(row: Row[Any]) -> Terms:
    """The terms in a row of `rule_versions`."""
    return Terms(
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        numerator=row.numerator,
        denominator=row.denominator,
        fixed_points=row.fixed_points,
        cap_per_award=row.cap_per_award,
        budget=row.budget,
        budget_window_seconds=row.budget_window_seconds,
        multipliers=read_multipliers(row.multipliers),
        terms_hash=Hash32(row.terms_hash),
    )


def stored_multipliers(multipliers: Multipliers) -> int:
    """The contract's 64 bits as a signed number, which is what databases have."""
    word = packed(multipliers)
    return word - _WORD if word >= _WORD // 2 else word


def read_multipliers(stored: int) -> Multipliers:
    """The multipliers that `stored_multipliers` wrote."""
    return unpacked(stored % _WORD)
