"""Erasing a person: what becomes of their points, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tokenpoints.domain.types import Address


class PointsOnErasure(StrEnum):
    """What becomes of the points of whoever is erased."""

    TRANSFER = "transfer"
    """To an account that the program names."""
    REDEEM = "redeem"
    """Burned, for a reward whose price the member chooses."""
    EXPIRE = "expire"
    """They stay where nobody reaches them, and expire by the calendar."""


@dataclass(frozen=True, slots=True)
class ErasurePolicy:
    """A program's choice."""

    points: PointsOnErasure
    account: Address | None = None
    """To which they are transferred."""
    reward: int | None = None
    """For which they are redeemed."""


class ErasureState(StrEnum):
    """How far an erasure is."""

    WAITING = "waiting"
    """For the chain: the points are being moved, or what was awarded can still be undone."""
    ERASED = "erased"
    FAILED = "failed"
    """The contracts refused to move the points. The member is there as before."""
