"""What befalls the node itself, and the money for its fees."""

from __future__ import annotations

import asyncio

from tests.faults.kinds.fault import Fault, pause, shopping
from tests.faults.node import FULL_PURSE_WEI, GWEI
from tests.faults.world import World


async def _chain_clock_jumps(world: World) -> bool:
    await world.node.call("evm_increaseTime", hex(3600))
    await shopping(world, 5)
    return True


async def _node_hangs(world: World) -> bool:
    world.node.freeze()
    try:
        await shopping(world, 5)
        await pause(world, 1.5)
    finally:
        world.node.thaw()
    return True


async def _node_restarts(world: World) -> bool:
    """From an older state: the blocks since then are gone."""
    state = world.folder / "older.json"
    await world.node.dump(state)
    before = await world.node.head()
    await shopping(world, 5)
    await pause(world, 0.5)
    lost = await world.node.head() - before
    world.node.kill()
    await shopping(world, 2)
    await world.node.start(state)
    return lost > 0


async def _fee_spikes(world: World) -> bool:
    """Over the cap, for as many blocks as it takes to fall below it."""
    await world.node.call("anvil_setNextBlockBaseFeePerGas", hex(2000 * GWEI))
    await world.node.mine()
    await shopping(world, 5)
    for _ in range(8):
        await asyncio.sleep(0.1)
        await world.node.mine()
    await world.node.call("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
    await world.node.mine()
    return True


async def _purse_empty(world: World) -> bool:
    await world.node.set_purse(0)
    try:
        await shopping(world, 5)
        await pause(world, 0.8)
    finally:
        await world.node.set_purse(FULL_PURSE_WEI)
        await world.node.mine()
    return True


async def _gas_limit_lowered(world: World) -> bool:
    limit = (await world.node.call("eth_getBlockByNumber", "latest", False))["gasLimit"]
    await world.node.call("evm_setBlockGasLimit", hex(world.chance.choice([350_000, 450_000])))
    await world.node.mine()
    try:
        await shopping(world, 12)
        await pause(world, 1.0)
    finally:
        await world.node.call("evm_setBlockGasLimit", limit)
        await world.node.mine()
    return True


FAULTS = [
    Fault("chain_clock_jump", _chain_clock_jumps),
    Fault("node_hang", _node_hangs),
    Fault("node_restart", _node_restarts, undone=64, weight=2),
    Fault("fee_spike", _fee_spikes, weight=2),
    Fault("purse_empty", _purse_empty, weight=2),
    Fault("gas_limit_lowered", _gas_limit_lowered, weight=2),
]
