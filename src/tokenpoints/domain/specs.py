"""What a brand asks for when it creates a program: the content of its program file."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.points import POINTS_MAX
from tokenpoints.domain.programs import (
    ADJUSTMENT_DAYS,
    ADJUSTMENT_LIMIT,
    Currency,
    ProgramRule,
    ReceiptKind,
    Slug,
    Tier,
)
from tokenpoints.domain.rules import Terms
from tokenpoints.domain.tiers import MULTIPLIER_ONE, SAME_FOR_ALL, TIERS, Multipliers
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
    multipliers: list[Annotated[Decimal, Field(ge=0, le=Decimal("65.535"), decimal_places=3)]] = []
    """What points are multiplied by, by tier, the lowest first, before the cap; without them, 1 in every tier."""

    @model_validator(mode="after")
    def _one_way_to_earn(self) -> Self:
        if self.earns_on is ReceiptKind.REFUND:
            raise ValueError("a refund earns nothing")
        if (self.rate is None) == (self.fixed_points is None):
            raise ValueError("a rule has either a rate or fixed_points")
        if self.rate is not None:
            match = _RATE.match(self.rate)
            if match is None or max(int(match[1]), int(match[2])) > _UINT32_MAX:
                raise ValueError(f"rate {self.rate!r} is not a fraction such as 1/100")
        if self.multipliers and not any(self.multipliers):
            raise ValueError("multipliers are 0 in every tier, so that nothing is earned")
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
            multipliers=self._thousandths,
            terms_hash=Hash32(keccak(self.terms_document.encode())),
        )

    @property
    def _thousandths(self) -> Multipliers:
        """Beyond the program's highest tier, the highest one's: no account gets there."""
        if not self.multipliers:
            return SAME_FOR_ALL
        known = [int(multiplier * MULTIPLIER_ONE) for multiplier in self.multipliers]
        first, second, third, fourth, *_ = [*known, *[known[-1]] * TIERS]
        return first, second, third, fourth

    @property
    def program_rule(self) -> ProgramRule:
        return ProgramRule(id=self.id, name=self.name, earns_on=self.earns_on, terms_document=self.terms_document)


class TransferPolicy(StrEnum):
    """Between whom points may be transferred; each policy allows what those before it allow."""

    PARTNERS = "partners"
    MEMBERS = "members"
    OPEN = "open"

    @property
    def number(self) -> int:
        """The contract's."""
        return list(TransferPolicy).index(self)


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
    points_expire: bool = True
    """If not, they live for ever, and epochs count for tiers only."""
    tier_period_epochs: int = Field(ge=1, le=65535)
    tiers: list[Tier] = Field(default=[], max_length=TIERS)
    """The lowest first, which has no threshold."""
    transfer_policy: TransferPolicy
    notice_period_days: int = Field(ge=1, le=730)
    """How long a change that may be worse for members is announced."""
    look_back_days: int = Field(ge=1, le=365)
    """How long ago a receipt can have occurred to fall under the version of its rule of that time."""
    adjustment_limit: int = Field(default=ADJUSTMENT_LIMIT, ge=0, le=POINTS_MAX)
    """Points above which an adjustment, either way, waits for a second approver."""
    adjustment_days: int = Field(default=ADJUSTMENT_DAYS, ge=1, le=365)
    """How long it waits at most."""
    issuer_cap: _BoundedPoints
    """The most that the issuer's key can mint in any day."""
    contract_uri: str = Field(default="", max_length=2000)
    """ERC-7572 metadata of the token, or where it is."""
    par_value: int = Field(default=10**18, ge=1, lt=1 << 128)
    """What a point is worth, in the unit of account that partners agree on: only its ratio to theirs matters."""
    voucher_uri: str = Field(default="", max_length=2000)
    """ERC-1155 metadata of the vouchers, with {id} in it."""
    rules: list[RuleSpec] = Field(min_length=1, max_length=100)

    @property
    def epoch_length_seconds(self) -> int:
        return int(timedelta(days=self.epoch_days).total_seconds())

    @property
    def notice_period_seconds(self) -> int:
        return int(timedelta(days=self.notice_period_days).total_seconds())

    @property
    def look_back_seconds(self) -> int:
        return int(timedelta(days=self.look_back_days).total_seconds())

    @model_validator(mode="after")
    def _tiers_rise(self) -> Self:
        thresholds = [tier.threshold for tier in self.tiers]
        if len(thresholds) == 1:
            raise ValueError("one tier is none: leave tiers out, or name at least two")
        if thresholds and thresholds[0] != 0:
            raise ValueError(f"tier {self.tiers[0].name!r} is the lowest and has no threshold")
        for lower, higher in pairwise(self.tiers):
            if higher.threshold <= lower.threshold:
                raise ValueError(f"the threshold of tier {higher.name!r} is not above that of {lower.name!r}")
        return self

    @model_validator(mode="after")
    def _multipliers_are_one_for_each_tier(self) -> Self:
        for rule in self.rules:
            if rule.multipliers and len(rule.multipliers) != max(1, len(self.tiers)):
                raise ValueError(
                    f"rule {rule.id} has {len(rule.multipliers)} multipliers for {max(1, len(self.tiers))} tiers"
                )
        return self

    @model_validator(mode="after")
    def _rules_are_distinct(self) -> Self:
        for name, values in (
            ("id", [rule.id for rule in self.rules]),
            ("earns_on", [rule.earns_on for rule in self.rules]),
        ):
            if len(set(values)) < len(values):
                raise ValueError(f"two rules have the same {name}")
        return self
