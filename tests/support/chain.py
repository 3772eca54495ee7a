"""A real anvil for one test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tokenpoints.chain.node import find_anvil
from tokenpoints.chain.rpc import RpcClient, wait_until_ready
from tokenpoints.children import end_with_parent


class TestChain:
    """An anvil that mines a block for each transaction, and what tests do to it."""

    __test__ = False

    def __init__(self, rpc: RpcClient, port: int) -> None:
        self.rpc, self.port = rpc, port
        self.ahead_seconds = 0
        """By how much its clock was let run ahead."""

    async def mine(self, count: int = 1) -> None:
        """Add empty blocks."""
        await self.rpc.call("anvil_mine", hex(count))

    async def reorg(self, depth: int) -> None:
        """Replace the last `depth` blocks by as many empty ones."""
        await self.rpc.call("anvil_reorg", depth, [])

    async def pass_time(self, seconds: int) -> None:
        """Let the chain's clock run ahead, and mine a block."""
        await self.rpc.call("evm_increaseTime", hex(seconds))
        self.ahead_seconds += seconds
        await self.mine()

    async def snapshot(self) -> Any:
        return await self.rpc.call("evm_snapshot")

    async def revert(self, snapshot: Any) -> None:
        """Go back, as a node does that restarts from an older state."""
        assert await self.rpc.call("evm_revert", snapshot)

    async def automine(self, on: bool) -> None:
        await self.rpc.call("evm_setAutomine", on)

    async def drop(self, transaction_hash: bytes) -> None:
        """Forget one transaction that is not mined."""
        await self.rpc.call("anvil_dropTransaction", "0x" + transaction_hash.hex())

    async def set_base_fee(self, wei: int) -> None:
        """Of the next block."""
        await self.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(wei))

    async def set_balance(self, account: bytes, wei: int) -> None:
        await self.rpc.call("anvil_setBalance", "0x" + account.hex(), hex(wei))

    async def set_gas_limit(self, gas: int) -> None:
        """Of blocks from the next one on."""
        await self.rpc.call("evm_setBlockGasLimit", hex(gas))

    async def drop_pool(self) -> None:
        """Forget every transaction that is not mined."""
        await self.rpc.call("anvil_dropAllTransactions")


@asynccontextmanager
async def running_anvil(port: int, *, chain_id: int = 31337, state: Path | None = None) -> AsyncIterator[TestChain]:
    """Run an anvil until the block ends, from a `state` that another one dumped."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as past_states:
        process = await asyncio.create_subprocess_exec(
            *(str(find_anvil()), "--port", str(port), "--chain-id", str(chain_id), "--hardfork", "prague"),
            *("--slots-in-an-epoch", "1", "--quiet", "--no-request-size-limit", "--cache-path", past_states),
            *(("--load-state", str(state)) if state else ()),
            stdin=asyncio.subprocess.DEVNULL,
            preexec_fn=end_with_parent,
        )
        try:
            async with RpcClient(f"http://127.0.0.1:{port}") as rpc:
                await wait_until_ready(rpc, timeout_seconds=30)
                yield TestChain(rpc, port)
        finally:
            process.kill()
            await process.wait()
