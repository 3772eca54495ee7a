"""The bell that rings when the node has a block."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tokenpoints.chain.heads import follow_heads

pytestmark = pytest.mark.asyncio

_HEAD = '{"jsonrpc": "2.0", "method": "eth_subscription", "params": {"subscription": "0x1", "result": {}}}'


async def test_heads_that_come_together_ring_at_once_and_then_once_more() -> None:
    async def node(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(_HEAD)
        await asyncio.sleep(0.05)
        for _ in range(30):
            await socket.send(_HEAD)
        await socket.wait_closed()

    async with serve(node, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        wake = asyncio.Event()
        listening = asyncio.create_task(follow_heads(f"ws://127.0.0.1:{port}", wake))
        try:
            for _ in range(2):
                async with asyncio.timeout(10):
                    await wake.wait()
                wake.clear()
            await asyncio.sleep(0.5)
            assert not wake.is_set()
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
