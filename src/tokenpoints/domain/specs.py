"""What a brand asks for when it creates a program: the content of its program file."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from eth_hash.auto import keccak
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from tokenpoints.domain.points import POINTS_MAX
from tokenpoints.domain.programs import Currency, ProgramRule, ReceiptKind, Slug
from tokenpoints.domain.rules import Terms
from tokenpoints.domain.types import Hash32

_RATE = re.compile(r"^([1-9][0-9]{0,9})/([1-9][0-9]{0,9})$")
_UINT32_MAX = (1 << 32) - 1
_BoundedPoints = Annotated[int, Field(ge=1, le=POINTS_MAX)]


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RuleSpec(_Spec):
    """One rule, with either a rate or fixed points."""

    id: int = Field(ge=1, le=_UINT32_MAX)
    name: str = Field(min_length=1, max_length=60)
    earns_on: ReceiptKind
    terms_document: str = Field(min_length=1, max_length=4000)
    rate: str | None = None
    """Points per unit as a fraction: `1/100` gives one point for each 100 of the smallest unit."""
    fixed_points: _BoundedPoints | None = None
    cap_per_award: _BoundedPoints
    budget: _BoundedPoints
    budget_window_seconds: int = Field(ge=3600, le=_UINT32_MAX)
    opens_at: AwareDatetime | None = None
    """Without one, the moment of deployment."""
    closes_at: AwareDatetime | None = None
    """Without one, in 2100."""

    @model_validator(mode="after")
    def _one_way_to_earn(self) -> Self:
        if (self.rate is None) == (self.fixed_points is None):
            raise ValueError("a rule has either a rate or fixed_points")
        if self.rate is not None:
            match = _RATE.match(self.rate)
            if match is None or max(int(match[1]), int(match[2])) > _UINT32_MAX:
                raise ValueError(f"rate {self.rate!r} is not a fraction such as 1/100")
        return self

    def terms(self, start: datetime) -> Terms:
        """As the contract takes it."""
        numerator, denominator = (int(part) for part in self.rate.split("/")) if self.rate else (0, 1)
        closes_at = self.closes_at or datetime(2100, 1, 1, tzinfo=UTC)
        return Terms(
            opens_at=int((self.opens_at or start).timestamp()),
            closes_at=int(closes_at.timestamp()),
            numerator=numerator,
            denominator=denominator,
            fixed_points=self.fixed_points or 0,
            cap_per_award=self.cap_per_award,
            budget=self.budget,
            budget_window_seconds=self.budget_window_seconds,
            terms_hash=Hash32(keccak(self.terms_document.encode())),
        )

    @property
    def program_rule(self) -> ProgramRule:
        return ProgramRule(id=self.id, name=self.name, earns_on=self.earns_on, terms_document=self.terms_document)


class ProgramSpec(_Spec):
    """A program to be."""

    slug: Slug
    name: str = Field(min_length=1, max_length=60)
    symbol: str = Field(min_length=1, max_length=11, pattern=r"^[A-Za-z0-9]+$")
    decimals: int = Field(ge=0, le=6)
    currency: Currency
    accent: str = Field(pattern=r"^#[0-9a-f]{6}$")
    epoch_days: int = Field(ge=1, le=3650)
    """Points live for the epoch in which they are earned and three more."""
    tier_period_epochs: int = Field(ge=1, le=65535)
    rules: list[RuleSpec] = Field(min_length=1, max_length=100)

    @property
    def epoch_length_seconds(self) -> int:
        return int(timedelta(days=self.epoch_days).total_seconds())

    @model_validator(mode="after")
    def _rules_are_distinct(self) -> Self:
        for name, values in (
            ("id", [rule.id for rule in self.rules]),
            ("earns_on", [rule.earns_on for rule in self.rules]),
        ):
            if len(set(values)) < len(values):
                raise ValueError(f"two rules have the same {name}")
        return self
