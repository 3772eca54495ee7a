"""The embedded node, stopped and killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

import tokenpoints.chain.node as node_module
import tokenpoints.chain.rpc as rpc_module
from tests.support.ports import free_port
from tokenpoints.chain.node import EmbeddedNode, find_anvil
from tokenpoints.chain.rpc import RpcClient, wait_until_ready
from tokenpoints.errors import ChainError, ConfigurationError

pytestmark = pytest.mark.asyncio


async def block_hash(rpc: RpcClient, number: int) -> bytes:
    block = await rpc.block(number)
    assert block is not None
    return block.hash


async def until(condition: Callable[[], bool]) -> None:
    while True:
        if condition():
            return
        await asyncio.sleep(0.05)


async def send_ether(rpc: RpcClient) -> None:
    accounts = await rpc.call("eth_accounts")
    sent = await rpc.call("eth_sendTransaction", {"from": accounts[0], "to": accounts[1], "value": "0x1"})
    while await rpc.call("eth_getTransactionReceipt", sent) is None:  # noqa: ASYNC110 a node has no event
        await asyncio.sleep(0.01)


def names_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def test_a_stopped_node_goes_on_where_it_was(tmp_path: Path) -> None:
    port = free_port()
    hashes: list[bytes] = []
    for _ in range(2):
        stop = asyncio.Event()
        node = EmbeddedNode(anvil=find_anvil(), directory=tmp_path, port=port, chain_id=31337)
        running = asyncio.create_task(node.run(stop))
        async with RpcClient(f"http://127.0.0.1:{port}") as rpc:
            await wait_until_ready(rpc, timeout_seconds=30)
            if not hashes:
                await send_ether(rpc)
            hashes.append(await block_hash(rpc, 1))
        stop.set()
        await running
    assert hashes[0] == hashes[1]
    assert names_in(tmp_path) == ["chain.json"]


async def test_a_state_that_is_long_to_write_is_seldom_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_module, "_POLL_SECONDS", 0.02)
    monkeypatch.setattr(node_module, "_DUMP_SHARE", 1_000)
    port, stop, state = free_port(), asyncio.Event(), tmp_path / "chain.json"
    node = EmbeddedNode(anvil=find_anvil(), directory=tmp_path, port=port, chain_id=31337)
    running = asyncio.create_task(node.run(stop))
    async with RpcClient(f"http://127.0.0.1:{port}") as rpc:
        await wait_until_ready(rpc, timeout_seconds=30)
        await send_ether(rpc)
        async with asyncio.timeout(20):
            await until(state.exists)
        first = state.stat().st_ino
        await send_ether(rpc)
        await asyncio.sleep(1)
        assert state.stat().st_ino == first
    stop.set()
    await running
    assert state.stat().st_ino != first


async def test_a_killed_node_leaves_a_whole_state_file(tmp_path: Path) -> None:
    port = free_port()
    node = EmbeddedNode(anvil=find_anvil(), directory=tmp_path, port=port, chain_id=31337)
    running = asyncio.create_task(node.run(asyncio.Event()))
    async with RpcClient(f"http://127.0.0.1:{port}") as rpc:
        await wait_until_ready(rpc, timeout_seconds=30)
        await send_ether(rpc)
        async with asyncio.timeout(20):
            await until(lambda: (tmp_path / "chain.json").exists())
        await send_ether(rpc)
    os.kill(int((tmp_path / "anvil.pid").read_text()), signal.SIGKILL)
    with pytest.raises(ChainError):
        await running
    assert json.loads((tmp_path / "chain.json").read_text())["best_block_number"] in ("0x1", "0x2", 1, 2)


async def test_the_state_is_written_however_large_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc_module, "ANSWER_BYTES_MAX", 2_000)  # of which a new chain's has more
    port, stop = free_port(), asyncio.Event()
    node = EmbeddedNode(anvil=find_anvil(), directory=tmp_path, port=port, chain_id=31337)
    running = asyncio.create_task(node.run(stop))
    async with RpcClient(f"http://127.0.0.1:{port}") as rpc:
        await wait_until_ready(rpc, timeout_seconds=30)
    stop.set()
    await running
    assert (tmp_path / "chain.json").stat().st_size > 2_000


async def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    node = EmbeddedNode(anvil=find_anvil(), directory=tmp_path, port=port, chain_id=31337)
    with pytest.raises(ConfigurationError, match=f"is port {port} in use"):
        await node.run(asyncio.Event())
    server.close()
    await server.wait_closed()
