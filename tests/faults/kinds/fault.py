"""A fault: it begins, lasts and ends, while purchases go on, and says whether it took effect."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.faults.world import World

Run = Callable[[World], Awaitable[bool]]
BOTH = frozenset({"sqlite", "postgresql"})


@dataclass(frozen=True)
class Fault:
    """One kind."""

    kind: str
    run: Run
    undone: int = 0
    """So many blocks at most, which must not be final."""
    databases: frozenset[str] = BOTH
    weight: int = 1


async def shopping(world: World, count: int) -> None:
    """Purchases that nobody waits for longer than a second."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            await world.shop.buy(count)


async def shopping_on(world: World) -> None:
    """Purchases without an end."""
    while True:
        await world.shop.buy()
        await asyncio.sleep(0.1)


async def pause(world: World, most_seconds: float) -> None:
    await asyncio.sleep(world.chance.uniform(0.05, most_seconds))
