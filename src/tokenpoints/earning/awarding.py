"""How far an award has come. Pure."""

from __future__ import annotations

from tokenpoints.domain.entries import AwardStatus


def status_of(*, block_number: int | None, refused: bool, dead: bool, finalized_number: int) -> AwardStatus:
    """The status of an award. `block_number` is of the indexed block that holds its batch, if any."""
    if block_number is None:
        return AwardStatus.DEAD if dead else AwardStatus.PENDING
    if refused:
        return AwardStatus.REFUSED
    return AwardStatus.FINALIZED if block_number <= finalized_number else AwardStatus.CONFIRMED
