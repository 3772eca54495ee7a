"""`newHeads` over WebSocket: a bell that rings when the node has a block. What the block is, polling finds out."""

from __future__ import annotations

import asyncio

import orjson
import structlog
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

log = structlog.get_logger()

_SUBSCRIBE = orjson.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["newHeads"]}).decode()
_MESSAGE_BYTES_MAX = 1 << 20
_RETRY_SECONDS = 5.0
_RING_SECONDS = 0.2
"""The least from one ring to the next: blocks that come faster are read together."""


class _Bell:
    """Rings at once after a silence, and else as soon as it may."""

    def __init__(self, wake: asyncio.Event) -> None:
        self._wake, self._rung_at, self._is_planned = wake, float("-inf"), False

    def ring(self) -> None:
        if not self._is_planned:
            loop = asyncio.get_running_loop()
            loop.call_at(max(loop.time(), self._rung_at + _RING_SECONDS), self._ring)
            self._is_planned = True

    def _ring(self) -> None:
        self._rung_at, self._is_planned = asyncio.get_running_loop().time(), False
        self._wake.set()


async def follow_heads(url: str, wake: asyncio.Event) -> None:
    """Set `wake` at each new head, or once for those that come together, for ever. A connection that breaks is made
    again."""
    is_known_down, bell = False, _Bell(wake)
    while True:
        try:
            # As slow as the polling that goes on meanwhile: nothing is lost with a message.
            async with connect(url, max_size=_MESSAGE_BYTES_MAX, proxy=None) as socket:
                await socket.send(_SUBSCRIBE)
                async for message in socket:
                    answer = orjson.loads(message)
                    if answer.get("method") == "eth_subscription":
                        bell.ring()
                    elif "error" in answer:
                        log.warning("heads_not_announced", detail=str(answer["error"])[:200])
                        return
                    is_known_down = False
        except (OSError, WebSocketException, orjson.JSONDecodeError, AttributeError) as error:
            if not is_known_down:
                log.info("heads_connection_lost", error=type(error).__name__)
                is_known_down = True
        await asyncio.sleep(_RETRY_SECONDS)
