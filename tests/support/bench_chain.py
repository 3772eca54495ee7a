"""A synthetic chain for the indexer to read: one program on a real anvil, batches of mints to many holders.

It is kept in build/ and built once for each size.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tokenpoints import bootstrap
from tokenpoints.chain import deployments, specs
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.node import find_anvil
from tokenpoints.chain.rpc import RpcClient, wait_until_ready
from tokenpoints.children import end_with_parent
from tokenpoints.config import Settings
from tokenpoints.demo.program import program_path
from tokenpoints.domain.batches import BatchEntry, BatchGroup, groups_tuple
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.points import POINTS_MAX
from tokenpoints.domain.programs import Deployment
from tokenpoints.domain.specs import ProgramSpec
from tokenpoints.domain.types import Address, Hash32, hex_of

CACHE = Path(__file__).resolve().parents[2] / "build" / "bench_chains"
_ROOT = Hash32(keccak(b"no receipts"))
_BLOCK_SECONDS = 12
_BATCH_GAS = 16_000_000
_BLOCKS_AT_ONCE = 50
_KEPT_TRANSFERS_MAX = 1_000_000
"""Of a chain that is kept: loading a longer one takes as long as building it, and more memory."""


@dataclass(frozen=True)
class ChainSize:
    """How much there is to read."""

    blocks: int = 2_500
    transfers_per_block: int = 300
    holders: int = 50_000

    @property
    def transfers(self) -> int:
        return self.blocks * self.transfers_per_block

    @property
    def folder(self) -> Path:
        return CACHE / f"{self.blocks}x{self.transfers_per_block}-{self.holders}"


@dataclass(frozen=True)
class BenchChain:
    """A node that holds the chain, and what is deployed there."""

    rpc: RpcClient
    deployment: Deployment
    size: ChainSize

    def settings(self, folder: Path, **changes: object) -> Settings:
        """For a fresh system on this chain."""
        return Settings.model_validate(
            {"data_dir": folder, "deployments_dir": self.size.folder, "rpc_url": self.rpc.url, **changes}
        )


def holder(number: int) -> Address:
    """A made-up account, always the same for the same number."""
    return Address(keccak(b"holder" + number.to_bytes(4, "big"))[12:])


@asynccontextmanager
async def running_chain(size: ChainSize, *, port: int) -> AsyncIterator[BenchChain]:
    """Build the chain or load it, and serve it until the block ends. Then it is kept, unless it is vast."""
    size.folder.mkdir(parents=True, exist_ok=True)
    state = size.folder / "state.json"
    partial = state.with_suffix(".partial")
    is_built = state.exists()
    is_kept = not is_built and size.transfers <= _KEPT_TRANSFERS_MAX
    arguments = ["--load-state", str(state)] if is_built else ["--dump-state", str(partial)] if is_kept else []
    process = await asyncio.create_subprocess_exec(
        *(str(find_anvil()), "--port", str(port), "--hardfork", "prague", "--slots-in-an-epoch", "1", "--quiet"),
        *("--no-request-size-limit", "--prune-history", "--gas-limit", "60000000", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        preexec_fn=end_with_parent,
    )
    try:
        async with RpcClient(f"http://127.0.0.1:{port}", timeout_seconds=600) as rpc:
            await wait_until_ready(rpc, timeout_seconds=600)
            if not is_built:
                await _build(rpc, size)
            yield BenchChain(rpc, deployments.load(size.folder, 31337), size)
        if is_kept:
            process.terminate()  # which writes the state
            await process.wait()
            partial.rename(state)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _build(rpc: RpcClient, size: ChainSize) -> None:
    settings = Settings(data_dir=size.folder, deployments_dir=size.folder, rpc_url=rpc.url)
    deployments.path_for(size.folder, 31337).unlink(missing_ok=True)
    program = await bootstrap.deploy(settings, _spec())
    start = await rpc.block("latest")
    assert start is not None
    issuer = hex_of(program.issuer)
    await rpc.call("anvil_impersonateAccount", issuer)
    await rpc.call("anvil_setBalance", issuer, hex(10**24))
    await rpc.call("anvil_setBlockTimestampInterval", _BLOCK_SECONDS)
    await rpc.call("evm_setAutomine", False)
    await rpc.call("evm_setBlockGasLimit", hex(_BATCH_GAS))  # a batch a block, however many wait
    rules, chosen = interface("EarningRules"), random.Random(1)
    order = list(range(size.holders))
    chosen.shuffle(order)
    done = 0
    for number in range(1, size.blocks + 1):
        # Every account is new once; from then on they come in any order.
        accounts = [order.pop() if order and chosen.random() < 0.5 else chosen.randrange(size.holders)
                    for _ in range(size.transfers_per_block)]  # fmt: skip
        entries = [BatchEntry(holder(account), chosen.randint(100, 99_999), _ROOT) for account in accounts]
        occurred = start.timestamp + _BLOCK_SECONDS * (number - 1)
        groups = [BatchGroup(1, 1, occurred, occurred, entries)]
        calldata = rules.calldata("award", number, groups_tuple(groups), _ROOT)
        request = {"from": issuer, "to": hex_of(program.contracts.rules.address), "data": hex_of(calldata)}
        sent = await rpc.call("eth_sendTransaction", request | {"gas": hex(_BATCH_GAS)})
        if number == 1 or number % _BLOCKS_AT_ONCE == 0 or number == size.blocks:
            # A node takes the longer to choose from its pool the more waits there.
            await rpc.call("anvil_mine", hex(number - done))
            done, mined = number, await rpc.call("eth_getTransactionReceipt", sent)
            assert mined is not None and mined["status"] == "0x1", mined
            assert len(mined["logs"]) >= size.transfers_per_block, mined
        if number % 500 == 0:
            print(f"  block {number:,} of {size.blocks:,} built", flush=True)
    await rpc.call("evm_setAutomine", True)
    await rpc.call("anvil_mine", "0x4")


def _spec() -> ProgramSpec:
    """The demo program, with room for everything."""
    demo = specs.load(program_path())
    (rule,) = demo.rules
    vast = POINTS_MAX
    return demo.model_copy(
        update={
            "issuer_cap": vast,
            "tiers": [],
            "rules": [rule.model_copy(update={"budget": vast, "multipliers": []})],
        }
    )
