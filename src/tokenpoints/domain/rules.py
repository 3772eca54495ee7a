"""Terms of a rule, and what a receipt earns under them, as `EarningRules` computes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from tokenpoints.domain.tiers import MULTIPLIER_ONE, SAME_FOR_ALL, Multipliers
from tokenpoints.domain.types import Hash32, Points

UNITS_MAX = (1 << 48) - 1
"""The most units that one entry of a batch can carry."""


class RefusalReason(IntEnum):
    """Why the chain minted nothing for an entry. The numbers are the contract's."""

    ZERO_ACCOUNT = 1
    NO_POINTS = 2
    RULE_CLOSED = 3
    TOO_LONG_AGO = 4
    ISSUER_CAP_EXCEEDED = 5
    BUDGET_EXCEEDED = 6
    SUPPLY_EXCEEDED = 7


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of a rule."""

    opens_at: int
    closes_at: int
    """Unix seconds; receipts earn that occur at `opens_at` or later and before `closes_at`."""
    numerator: int
    denominator: int
    """Points per unit, as a fraction; the numerator is 0 where `fixed_points` counts."""
    fixed_points: int
    cap_per_award: int
    budget: int
    """The most points in any window of `budget_window_seconds`."""
    budget_window_seconds: int
    terms_hash: Hash32
    """keccak-256 of the terms document."""
    multipliers: Multipliers = SAME_FOR_ALL
    """By tier, before the cap."""

    def points_for(self, units: int, tier: int = 0) -> Points:
        """Points for `units` in `tier`, rounded down once and then lowered to the cap."""
        base = self.fixed_points * self.denominator + units * self.numerator
        earned = base * self.multipliers[tier] // (self.denominator * MULTIPLIER_ONE)
        return Points(min(earned, self.cap_per_award))

    def is_open(self, occurred: int) -> bool:
        """Whether a receipt that occurs then earns."""
        return self.opens_at <= occurred < self.closes_at


def worse_fields(current: Terms, following: Terms) -> list[str]:
    """In what an award could be smaller, rarer or described otherwise under `following`: that is announced first.

    What cannot be compared counts as worse, as in the contract's `TermsLibrary.isWorse`.
    """
    worse = {
        "opens_at": following.opens_at > current.opens_at,
        "closes_at": following.closes_at < current.closes_at,
        "rate": following.numerator * current.denominator < current.numerator * following.denominator,
        "fixed_points": following.fixed_points < current.fixed_points,
        "cap_per_award": following.cap_per_award < current.cap_per_award,
        "budget": following.budget < current.budget,
        "budget_window_seconds": following.budget_window_seconds != current.budget_window_seconds,
        "multipliers": bool(worse_tiers(current, following)),
        "terms_document": following.terms_hash != current.terms_hash,
    }
    return [field for field, is_so in worse.items() if is_so]


def worse_tiers(current: Terms, following: Terms) -> list[int]:
    """The tiers whose multiplier is lower under `following`."""
    pairs = zip(current.multipliers, following.multipliers, strict=True)
    return [tier for tier, (before, after) in enumerate(pairs) if after < before]


def is_worse(current: Terms, following: Terms) -> bool:
    """Whether anything is worse under `following`."""
    return bool(worse_fields(current, following))


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """Terms, and from when on they are in force."""

    number: int
    effective_at: int
    """Unix seconds; 0 for the first version, which holds for receipts from before it too."""
    terms: Terms


def version_at(versions: Sequence[RuleVersion], timestamp: int) -> RuleVersion:
    """The version in force at `timestamp`. `versions` are all of a rule, by number; the first is in force from ever."""
    return next(version for version in reversed(versions) if version.effective_at <= timestamp)
