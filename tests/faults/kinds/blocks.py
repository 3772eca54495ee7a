"""Blocks that are undone."""

from __future__ import annotations

import asyncio
import contextlib
import time
from functools import partial

from tests.faults.databases import wait_for
from tests.faults.kinds.fault import Fault, pause, shopping
from tests.faults.node import ISSUER
from tests.faults.proxy import SEND
from tests.faults.world import World
from tokenpoints import bootstrap
from tokenpoints.config import Settings

REVERTED_MIN = 20
"""Blocks that `deep_reorg` undoes at least."""


async def _rollback(world: World) -> bool:
    depth = world.chance.randint(1, 5)
    if world.node.has_reverted:
        return await deep_reorg(REVERTED_MIN + depth, "without", world)
    await world.node.ensure_depth(depth)
    await shopping(world, 5)
    await world.node.call("anvil_rollback", depth)
    await shopping(world, 2)
    return True


async def _reorg(depth: int, how: str, world: World) -> bool:
    """Other blocks in place of the last ones: with the same transactions elsewhere in them, with others that have the
    same nonces, or empty."""
    if world.node.has_reverted:
        return await deep_reorg(max(depth, REVERTED_MIN), how, world)
    await world.node.ensure_depth(depth)
    nonce = await world.node.nonce()
    await shopping(world, 5)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(4):
            while await world.node.nonce() == nonce:
                await asyncio.sleep(0.02)
    await _until_read(world)
    # Nothing is mined between the look and the reorg.
    async with world.node.held():
        first = await world.node.head() - depth + 1
        undone = await world.node.signed_bytes(await world.node.own_transactions(first))
        placed: list[list[object]] = []
        if how == "elsewhere":
            # In their order, or they could not be mined.
            offsets = sorted(world.chance.randrange(depth) for _ in undone)
            placed = [[raw, offset] for (_, raw), offset in zip(undone, offsets, strict=True)]
        elif how == "rivals" and undone:
            before = await world.node.call("eth_getTransactionCount", ISSUER.address, hex(first - 1))
            count = world.chance.randint(1, min(len(undone), 3))
            placed = [[world.node.rival(int(before, 16) + index), 0] for index in range(count)]
        await world.node.call("anvil_reorg", depth, placed)
    await shopping(world, 2)
    return bool(undone) or how == "without"


async def _until_read(world: World) -> None:
    """Wait until the indexer has the latest block, for a second at most: what nobody has read is undone for nobody."""
    head = await world.node.head()
    await wait_for(
        lambda: any(number >= head for (number,) in world.database.rows("SELECT block_number FROM checkpoints")),
        seconds=1,
    )


async def _reorg_of_final_blocks(world: World) -> bool:
    """The indexer must stand still until it is told to accept the chain."""
    undid_awards = await deep_reorg(2 * world.node.slots_in_an_epoch + 20, "elsewhere", world)
    is_halted = await wait_for(
        lambda: world.database.rows("SELECT halted_because FROM checkpoints") not in ([], [(None,)]), seconds=10
    )
    if is_halted:
        settings = Settings(database_url=world.database.url, data_dir=world.folder)
        assert await bootstrap.resume_indexer(settings, accept_chain=True) is not None
    return is_halted and undid_awards


async def deep_reorg(depth: int, how: str, world: World) -> bool:
    """As `_reorg`, by going back to a state that the node was told to keep: it forgets those of 500 blocks ago."""
    await pause(world, 0.2)
    fork = await world.node.head()
    kept = await world.node.call("evm_snapshot")
    first = await world.node.nonce()
    await shopping(world, 5)
    await world.node.mine(world.chance.randint(1, depth - REVERTED_MIN + 1))
    await shopping(world, 5)
    await world.node.mine(max(1, fork + depth - await world.node.head()))
    await _until_read(world)
    async with world.node.held(), world.proxy.closed():
        head = await world.node.head()
        clock = int((await world.node.call("eth_getBlockByNumber", "latest", False))["timestamp"], 16)
        undone = await world.node.signed_bytes(await world.node.own_transactions(fork + 1))
        assert await world.node.call("evm_revert", kept)
        world.node.has_reverted = True
        # Its clock went back, too.
        await world.node.call("evm_setTime", hex(max(int(time.time()), clock) + 1))
        placed = [raw for _, raw in undone] if how == "elsewhere" else []
        if how == "rivals":
            placed = [world.node.rival(first + index) for index in range(min(len(undone), 3))]
        for raw in placed:
            await world.node.mine(world.chance.randint(1, 5))
            await world.node.call(SEND, raw)
            await world.node.mine()
        await world.node.mine(max(1, head + world.chance.randint(0, 1) - await world.node.head()))
    await shopping(world, 2)
    return bool(undone) or how == "without"


FAULTS = [
    Fault("reorg_final", _reorg_of_final_blocks),
    Fault("rollback", _rollback, undone=7, weight=2),
    *(
        Fault(f"reorg_{depth}_{how}", partial(reorg, depth, how), undone=depth)
        for depth, reorg in ((1, _reorg), (7, _reorg), (64, _reorg), (500, deep_reorg))
        for how in ("elsewhere", "rivals", "without")
    ),
]
