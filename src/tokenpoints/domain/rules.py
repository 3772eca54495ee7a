"""Terms of a rule, and what a receipt earns under them, as `EarningRules` computes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from tokenpoints.domain.types import Hash32, Points

UNITS_MAX = (1 << 48) - 1
"""The most units that one entry of a batch can carry."""


class RefusalReason(IntEnum):
    """Why the chain minted nothing for an entry. The numbers are the contract's."""

    ZERO_ACCOUNT = 1
    NO_POINTS = 2
    RULE_CLOSED = 3
    BUDGET_EXCEEDED = 4
    SUPPLY_EXCEEDED = 5


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of a rule."""

    opens_at: int
    closes_at: int
    """Unix seconds; the window is `opens_at <= now < closes_at`."""
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

    def points_for(self, units: int) -> Points:
        """Points for `units`, rounded down and lowered to the cap."""
        earned = self.fixed_points or units * self.numerator // self.denominator
        return Points(min(earned, self.cap_per_award))
