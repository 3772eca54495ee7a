"""Ends and pauses of processes, clocks that are wrong, and two processes for one work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from tests.faults.kinds.blocks import REVERTED_MIN, deep_reorg
from tests.faults.kinds.fault import Fault, pause, shopping, shopping_on
from tests.faults.node import GWEI
from tests.faults.processes import KILLED
from tests.faults.world import World
from tokenpoints.failpoints import Point

_POINT_SECONDS = 4.0


async def _kill_at(point: Point, world: World) -> bool:
    """kill -9 where the process is about to go on from the point."""
    name = point.value.split(".")[0]
    if name == "webhooks":
        await world.listen()
    process = world.processes[name]
    ends = len(process.ends)
    leading = _LEADING_TO.get(point)
    nth = world.chance.randint(1, 3) if leading is None else 1
    await process.restart(TOKENPOINTS_FAILPOINTS=f"{point}=kill@{nth}")
    buying = asyncio.create_task(shopping_on(world))
    try:
        if leading is not None:
            await leading(world)
        took_effect = await process.ended(ends + 1, within_seconds=_POINT_SECONDS) and process.ends[ends] == KILLED
    finally:
        buying.cancel()
        await asyncio.gather(buying, return_exceptions=True)
    if not took_effect:
        await process.restart()
    return took_effect


async def _leave_behind(world: World) -> None:
    """A transaction that blocks leave out: the fee rose after it was signed."""
    async with world.node.held():
        count = len(world.broadcast)
        await shopping(world, 2)
        await world.sent_since(count, within_seconds=3)
        base_fee = int((await world.node.call("eth_getBlockByNumber", "latest", False))["baseFeePerGas"], 16)
        await world.node.call("anvil_setNextBlockBaseFeePerGas", hex(min(base_fee * 20 + GWEI, 100 * GWEI)))
        await world.node.mine(4)
        await asyncio.sleep(1.2)


async def _fall_back(world: World) -> None:
    await asyncio.sleep(0.4)
    if world.node.has_reverted:
        if world.node.slots_in_an_epoch > REVERTED_MIN:  # or final blocks would be undone
            await deep_reorg(REVERTED_MIN, "without", world)
        return
    await world.node.ensure_depth(7)
    await world.node.call("anvil_reorg", world.chance.randint(1, 7), [])


async def _make_final(world: World) -> None:
    """What was bought, so that it is told."""
    await shopping(world, 3)
    await asyncio.sleep(0.6)
    await world.node.mine(2 * world.node.slots_in_an_epoch + 1)


_LEADING_TO: dict[Point, Callable[[World], Awaitable[None]]] = {
    Point.SUBMITTER_BUMPING: _leave_behind,
    Point.INDEXER_ROLLING_BACK: _fall_back,
    Point.WEBHOOKS_TELLING: _make_final,
    Point.WEBHOOKS_SENDING: _make_final,
    Point.WEBHOOKS_SENT: _make_final,
}


async def _kill_all(world: World) -> bool:
    buying = asyncio.create_task(shopping(world, 10))
    await pause(world, 0.4)
    for process in world.processes.values():
        process.kill()
    await buying
    return True


async def _freeze_one(world: World) -> bool:
    process = world.chance.choice([world.submitter, world.indexer, world.gateway])
    process.freeze()
    await shopping(world, 5)
    await pause(world, 1.5)
    process.thaw()
    return True


async def _two_at_once(command: str, world: World) -> bool:
    """A second process; the first is frozen for longer than its lease lasts, and comes back."""
    second = world.another(command, f"{command}-2")
    first = world.processes[command]
    second.start()
    try:
        await shopping(world, 4)
        first.freeze()
        await shopping(world, 4)
        await asyncio.sleep(1.5)
        first.thaw()
        await shopping(world, 4)
        await pause(world, 0.5)
    finally:
        await second.stop()
    return True


async def _clock_jumps(world: World) -> bool:
    process = world.chance.choice([world.submitter, world.indexer, world.gateway])
    seconds = world.chance.choice([3600, -3600])
    await process.restart(TOKENPOINTS_FAILPOINTS=f"clock={seconds:+d}@{world.chance.randint(1, 30)}")
    await shopping(world, 5)
    await pause(world, 1.0)
    await process.restart()
    return True


async def _duplicates(world: World) -> bool:
    await world.shop.send_at_once(world.shop.purchase(), 100)
    return True


def _kind_of(point: Point) -> str:
    return point.value.replace(".", "_").replace("-", "_")


_POINTS = [point for point in Point if not point.startswith("operator.")]
"""Those of processes that a life has: nothing is operated in it."""

FAULTS = [
    *(Fault(f"kill_{_kind_of(point)}", partial(_kill_at, point), weight=2) for point in _POINTS),
    Fault("kill_all", _kill_all, weight=3),
    Fault("freeze", _freeze_one),
    Fault("two_submitters", partial(_two_at_once, "submitter"), weight=2),
    Fault("two_indexers", partial(_two_at_once, "indexer")),
    Fault("clock_jump", _clock_jumps, weight=2),
    Fault("duplicates", _duplicates, weight=2),
]
