"""A real anvil that starts from a deployed program, and what a fault does to it."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from eth_account import Account
from eth_account.signers.local import LocalAccount

from tokenpoints.chain.node import find_anvil
from tokenpoints.children import end_with_parent

CHAIN_ID = 31337
ISSUER: LocalAccount = Account.from_key("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")
"""The key of the development chain's issuer, which everybody knows."""
_START_SECONDS = 30.0
_CALLS_PER_REQUEST = 200
JSON = {"content-type": "application/json"}
GWEI = 10**9
FULL_PURSE_WEI = 10_000 * GWEI * GWEI


class NodeFailed(Exception):
    """The node did not do what the harness needs of it."""


class Node:
    """One anvil. Blocks come from `mine`, from `mining`, or with each transaction."""

    def __init__(self, folder: Path, port: int, *, slots_in_an_epoch: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._folder, self._port, self.slots_in_an_epoch = folder, port, slots_in_an_epoch
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(60))
        self._process: subprocess.Popen[bytes] | None = None
        self._is_automine, self.is_held = True, False
        self.floor = 0
        """The block from which the state is known: what is below cannot be undone."""
        self.has_reverted = False
        """Since it did, going back by `anvil_reorg` or `anvil_rollback` can lose its contracts."""
        self.foreign: set[bytes] = set()
        """Hashes of what the harness signed with the issuer's key."""

    async def start(self, state: Path) -> None:
        """Start from a state."""
        with (self._folder / "anvil.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(find_anvil()),
                    *("--port", str(self._port), "--chain-id", str(CHAIN_ID), "--hardfork", "prague"),
                    *("--slots-in-an-epoch", str(self.slots_in_an_epoch), "--no-request-size-limit", "--quiet"),
                    *("--load-state", str(state), "--cache-path", str(self._folder / "anvil")),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,
            )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.floor, self.has_reverted = await self.head(), False
                break
            except (aiohttp.ClientError, TimeoutError):
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise NodeFailed("anvil does not start") from None
                await asyncio.sleep(0.02)
        await self.call("evm_setAutomine", self._is_automine)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    async def close(self) -> None:
        self.kill()
        await self._http.close()

    async def call(self, method: str, *params: Any) -> Any:
        """Ask the node itself, past the proxy. Raises NodeFailed where it answers with an error."""
        (answer,) = await self.calls([(method, params)])
        return answer

    async def calls(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Many calls, in order."""
        found: list[Any] = []
        for start in range(0, len(calls), _CALLS_PER_REQUEST):
            chunk = calls[start : start + _CALLS_PER_REQUEST]
            body = [
                {"jsonrpc": "2.0", "id": index, "method": method, "params": params}
                for index, (method, params) in enumerate(chunk)
            ]
            async with self._http.post(self.url, data=orjson.dumps(body), headers=JSON) as response:
                answers = orjson.loads(await response.read())
            for (method, _), answer in zip(chunk, sorted(answers, key=lambda each: each["id"]), strict=True):
                if "error" in answer:
                    raise NodeFailed(f"{method}: {answer['error']}")
                found.append(answer["result"])
        return found

    async def head(self) -> int:
        return int(await self.call("eth_blockNumber"), 16)

    async def mine(self, count: int = 1) -> None:
        await self.call("anvil_mine", hex(count))

    async def automine(self, on: bool) -> None:
        """Whether each transaction gets a block at once. Otherwise blocks come from `mine` and `mining`."""
        self._is_automine = on
        await self.call("evm_setAutomine", on)

    @property
    def is_automine(self) -> bool:
        return self._is_automine

    @contextlib.asynccontextmanager
    async def held(self) -> Any:
        """Mine nothing until the block ends, but for what is asked for."""
        before, self.is_held = self._is_automine, True
        await self.automine(False)
        try:
            yield
        finally:
            await self.automine(before)
            self.is_held = False

    async def ensure_depth(self, depth: int) -> None:
        """Have so many blocks that can be undone."""
        missing = self.floor + depth + 2 - await self.head()
        if missing > 0:
            await self.mine(missing)

    async def dump(self, path: Path) -> None:
        """Write the present state to a file."""
        path.write_bytes(gzip.decompress(bytes.fromhex((await self.call("anvil_dumpState"))[2:])))

    async def set_purse(self, wei: int) -> None:
        """What the issuer's key has for its transactions."""
        await self.call("anvil_setBalance", ISSUER.address, hex(wei))

    async def nonce(self) -> int:
        """The issuer's next."""
        return int(await self.call("eth_getTransactionCount", ISSUER.address, "latest"), 16)

    async def own_transactions(self, first: int = 0) -> list[dict[str, Any]]:
        """The issuer's transactions in the blocks from `first` on, in their order."""
        head = await self.head()
        blocks = await self.calls([("eth_getBlockByNumber", [hex(at), True]) for at in range(first, head + 1)])
        sent = (each for block in blocks for each in block["transactions"])
        return [each for each in sent if each["from"].lower() == ISSUER.address.lower()]

    async def signed_bytes(self, transactions: Sequence[dict[str, Any]]) -> list[tuple[int, str]]:
        """Of mined transactions, the block and the bytes in hex."""
        raws = await self.calls([("eth_getRawTransactionByHash", [each["hash"]]) for each in transactions])
        return [(int(each["blockNumber"], 16), raw) for each, raw in zip(transactions, raws, strict=True)]

    def rival(self, nonce: int, *, fee_gwei: int = 50) -> str:
        """A transaction of nothing, signed with the issuer's key elsewhere; as bytes in hex."""
        signed = ISSUER.sign_transaction(
            {
                "type": 2,
                "chainId": CHAIN_ID,
                "nonce": nonce,
                "to": bytes.fromhex(ISSUER.address[2:]),
                "value": 0,
                "gas": 30_000,
                "maxFeePerGas": fee_gwei * GWEI,
                "maxPriorityFeePerGas": fee_gwei * GWEI,
            }
        )
        self.foreign.add(bytes(signed.hash))
        return "0x" + bytes(signed.raw_transaction).hex()


@contextlib.asynccontextmanager
async def mining(node: Node, seconds: float) -> Any:
    """A block every so often, as long as the node answers."""

    async def mine() -> None:
        while True:
            await asyncio.sleep(seconds)
            if not (node.is_automine or node.is_held):
                with contextlib.suppress(aiohttp.ClientError, TimeoutError, NodeFailed):
                    await node.mine()

    task = asyncio.create_task(mine())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
