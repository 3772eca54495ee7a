"""When points end: with an epoch, and for the ledger in the first block after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tokenpoints.domain.blocks import Block
from tokenpoints.domain.points import EpochClock


@dataclass(frozen=True, slots=True)
class EpochTurn:
    """The first block of a new epoch."""

    block_number: int
    before: int
    """The epoch of the block before it; several can have passed since."""
    after: int


def epoch_turns(blocks: Iterable[Block], before: int | None, clock: EpochClock) -> list[EpochTurn]:
    """Where points end among consecutive blocks. `before` is the timestamp of the block before them, if any."""
    if not clock.points_expire:
        return []
    turns = []
    epoch = None if before is None else _epoch_at(before, clock)
    for block in blocks:
        now = _epoch_at(block.timestamp, clock)
        if epoch is not None and now > epoch:
            turns.append(EpochTurn(block.number, epoch, now))
        epoch = now
    return turns


def _epoch_at(timestamp: int, clock: EpochClock) -> int:
    return clock.epoch_at(max(timestamp, clock.start))
