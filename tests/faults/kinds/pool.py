"""What befalls transactions that are not mined yet, and their nonces."""

from __future__ import annotations

import asyncio
import contextlib

from tests.faults.kinds.fault import Fault, shopping
from tests.faults.node import NodeFailed
from tests.faults.proxy import SEND
from tests.faults.world import World


async def _pool_dropped(world: World) -> bool:
    async with world.node.held():
        count = len(world.broadcast)
        await shopping(world, 5)
        sent = await world.sent_since(count)
        await world.node.call("anvil_dropAllTransactions")
    await world.node.mine()
    return sent


async def _pool_replaced(world: World) -> bool:
    async with world.node.held():
        count = len(world.broadcast)
        await shopping(world, 3)
        if not await world.sent_since(count):
            return False
        await asyncio.sleep(0.1)
        await use_nonces(world, 1)
        await world.node.mine()
    return True


async def _nonce_used(world: World) -> bool:
    return await use_nonces(world, world.chance.randint(1, 3)) > 0


async def use_nonces(world: World, count: int) -> int:
    """Transactions of nothing with the issuer's next nonces, mined."""
    used = 0
    for _ in range(count * 4):
        nonce = await world.node.nonce()
        with contextlib.suppress(NodeFailed):
            await world.node.call(SEND, world.node.rival(nonce, fee_gwei=200))
            await world.node.mine()
        if await world.node.nonce() > nonce:
            used += 1
        if used == count:
            break
    return used


FAULTS = [
    Fault("pool_dropped", _pool_dropped, weight=2),
    Fault("pool_replaced", _pool_replaced, weight=2),
    Fault("nonce_used", _nonce_used, weight=2),
]
