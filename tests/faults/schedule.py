"""From a seed, what happens: how the system is set up, and which faults befall it in which order."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.faults.kinds.catalogue import ALL, BY_KIND
from tests.faults.world import Shape

_DEEP_BLOCKS = 64


@dataclass(frozen=True)
class Schedule:
    """One seed's life."""

    seed: int
    database: str
    shape: Shape
    kinds: tuple[str, ...]

    def __str__(self) -> str:
        blocks = "a block each" if self.shape.block_seconds is None else f"blocks every {self.shape.block_seconds} s"
        return (
            f"seed {self.seed}: {self.database}, {blocks}, batches of {self.shape.batch_size}, "
            f"{self.shape.in_flight_max} in flight: {', '.join(self.kinds)}"
        )


def of_seed(seed: int) -> Schedule:
    """The schedule of a seed: one to four faults."""
    chance = random.Random(seed)
    database = chance.choice(["sqlite", "postgresql"])
    possible = [fault for fault in ALL if database in fault.databases]
    kinds: list[str] = []
    for _ in range(chance.choice([1, 2, 2, 3, 3, 4])):
        (fault,) = chance.choices(possible, [fault.weight for fault in possible])
        kinds.append(fault.kind)
    return of_kinds(seed, database, kinds)


def of_kinds(seed: int, database: str, kinds: Sequence[str]) -> Schedule:
    """A schedule of these faults; the rest is of the seed."""
    chance = random.Random(f"{seed} shape")
    undone = sum(BY_KIND[kind].undone for kind in kinds)
    shape = Shape(
        batch_size=chance.choice([2, 3, 5, 10]),
        in_flight_max=chance.choice([1, 2, 4, 8]),
        block_seconds=chance.choice([None, 0.2, 0.5]),
        range_max=chance.choice([5, 50, 200]) if undone <= _DEEP_BLOCKS else 200,
        points_expire=chance.random() < 0.3,
        slots_in_an_epoch=max(undone + 4, chance.choice([8, _DEEP_BLOCKS])),
    )
    return Schedule(seed, database, shape, tuple(kinds))


def of_each_kind(first: int) -> Iterator[Schedule]:
    """A schedule for each kind alone on each database, with seeds from `first` on."""
    seeds = itertools.count(first)
    for fault in ALL:
        for database in sorted(fault.databases):
            yield of_kinds(next(seeds), database, [fault.kind])
