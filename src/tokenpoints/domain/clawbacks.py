"""How many points go back, and from which awards. Pure.

The contract takes an award back once. So what is taken in parts is taken whole, and what the member keeps of it is
awarded anew: the next refund of the same purchase takes from that. Where no rule gives an exact number of points, only
what is due is taken, and nothing more of that award later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tokenpoints.domain.rules import UNITS_MAX, Terms
from tokenpoints.domain.tiers import MULTIPLIER_ONE


class ClawbackState(StrEnum):
    """How far a clawback is."""

    WAITING = "waiting"
    """For the awards to be final, for the adjuster's cap, or for the contracts."""
    TAKING = "taking"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Share:
    """Part of a purchase: of `whole`, `before` was given back earlier, and `after` with this refund."""

    before: int
    after: int
    whole: int

    @property
    def is_last(self) -> bool:
        """Whether nothing of the purchase is left."""
        return self.after == self.whole

    def of(self, points: int) -> int:
        """Points for this part of it, rounded down in total; all parts together are all points."""
        return points * self.after // self.whole - points * self.before // self.whole


@dataclass(frozen=True, slots=True)
class Piece:
    """An award that was minted and not taken back."""

    award_seq: int
    minted: int


@dataclass(frozen=True, slots=True)
class Taking:
    """What is asked of the contract for one award."""

    award_seq: int
    points: int


def takings(pieces: Sequence[Piece], due: int, *, returns: bool) -> list[Taking]:
    """From which awards `due` points are taken, in the order of `pieces`; fewer where there are not as many.

    With `returns` the last one is taken whole, and what is too much goes back.
    """
    found = []
    for piece in pieces:
        if due <= 0:
            break
        taken = piece.minted if returns else min(piece.minted, due)
        found.append(Taking(piece.award_seq, taken))
        due -= piece.minted
    return found


def too_much(burned: int, due: int, returned: int = 0) -> int:
    """Points to give back after `burned` were taken, of which `returned` are given back already."""
    return max(0, burned - due - returned)


def shortfall(burned: int, due: int, returned: int) -> int:
    """Points that were due and not there."""
    return max(0, due - (burned - returned))


def exact_units(terms: Terms, points: int) -> int | None:
    """Units for which these terms give exactly `points`; None where they do not, whatever the tier, for any number of
    points up to that."""
    multiplier, whole = terms.multipliers[0], terms.denominator * MULTIPLIER_ONE
    rate = terms.numerator * multiplier
    if len(set(terms.multipliers)) > 1 or terms.fixed_points or not 0 < rate <= whole:
        return None
    units = -(-points * whole // rate)
    return units if 0 < points <= terms.cap_per_award and units <= UNITS_MAX else None
