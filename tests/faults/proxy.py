"""Between the processes and the node: passes calls on, and does to them what it is told."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from tests.faults.node import JSON

Call = dict[str, Any]
Answer = dict[str, Any]
_HEADER_BYTES_MAX = 1 << 16
SEND = "eth_sendRawTransaction"


class _Broken(Exception):
    """The connection ends here, without a further byte."""


@dataclass(slots=True)
class Trouble:
    """What happens to requests, as long as it lasts. A request of another process goes untroubled by chance."""

    kind: str
    methods: frozenset[str] = frozenset()
    """Requests with one of these calls are hit; without any, all."""
    share: float = 1.0
    """Of those requests, how many."""
    seconds: float = 0.0
    """Of a delay."""
    status: int = 0
    """Of an HTTP error."""
    rewrite: Callable[[Call, Answer], Answer] | None = None
    """What an answer becomes."""
    change: Callable[[Call], Call] | None = None
    """What is asked in place of a call."""
    hits: int = 0

    def meets(self, calls: Sequence[Call], chance: random.Random) -> bool:
        """Whether it hits a request."""
        is_met = not self.methods or any(call["method"] in self.methods for call in calls)
        if is_met and chance.random() < self.share:
            self.hits += 1
            return True
        return False


@dataclass
class Proxy:
    """An HTTP server in front of the node. Troubles come and go with `troubled`."""

    port: int
    node_url: str
    on_send: Callable[[bytes], Awaitable[None]]
    """Sees the bytes of each transaction before the node does."""
    chance: random.Random = field(default_factory=random.Random)
    sends: list[float] = field(default_factory=list)
    """When transactions were sent, in the seconds of the monotonic clock."""
    _troubles: list[Trouble] = field(default_factory=list)
    _connections: set[asyncio.Task[None]] = field(default_factory=set)
    _open: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._open.set()
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout())  # a node that hangs is left to the client
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=_HEADER_BYTES_MAX)

    async def close(self) -> None:
        self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()
        await self._http.close()

    @contextlib.contextmanager
    def troubled(self, *troubles: Trouble) -> Iterator[None]:
        """Have all these troubles until the block ends."""
        self._troubles += troubles
        try:
            yield
        finally:
            for trouble in troubles:
                self._troubles.remove(trouble)

    @contextlib.asynccontextmanager
    async def closed(self) -> AsyncIterator[None]:
        """Let nothing through until the block ends; what comes meanwhile waits."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while (body := await _request(reader)) is not None:
                await self._answer(body, writer)
        except (_Broken, asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _answer(self, body: bytes, writer: asyncio.StreamWriter) -> None:
        asked = orjson.loads(body)
        calls: list[Call] = asked if isinstance(asked, list) else [asked]
        for call in calls:
            if call["method"] == SEND:
                self.sends.append(time.monotonic())
                await self.on_send(bytes.fromhex(call["params"][0][2:]))
        troubles = [trouble for trouble in self._troubles if trouble.meets(calls, self.chance)]
        for trouble in troubles:
            match trouble.kind:
                case "delay":
                    await asyncio.sleep(self.chance.uniform(0, trouble.seconds))
                case "drop_before":
                    raise _Broken
                case "http_error":
                    await _respond(writer, trouble.status, b"<html>no</html>")
                    return
                case "change":
                    assert trouble.change is not None
                    calls = [trouble.change(call) for call in calls]
        await self._open.wait()
        answers = await self._forward(calls)
        for trouble in troubles:
            if trouble.rewrite is not None:
                answers = [trouble.rewrite(call, answer) for call, answer in zip(calls, answers, strict=True)]
        if any(trouble.kind == "reorder" for trouble in troubles):
            self.chance.shuffle(answers)
        response = orjson.dumps(answers if isinstance(asked, list) else answers[0])
        for trouble in troubles:
            match trouble.kind:
                case "drop_after":
                    raise _Broken
                case "truncate":
                    await _respond(writer, 200, response[: len(response) // 2], announced=len(response))
                    raise _Broken
                case "garble":
                    response = response[: len(response) // 2]
        await _respond(writer, 200, response)

    async def _forward(self, calls: list[Call]) -> list[Answer]:
        try:
            async with self._http.post(self.node_url, data=orjson.dumps(calls), headers=JSON) as response:
                body = await response.read()
        except aiohttp.ClientError:
            raise _Broken from None
        found = {answer["id"]: answer for answer in orjson.loads(body)}
        return [found[call["id"]] for call in calls]


async def _request(reader: asyncio.StreamReader) -> bytes | None:
    """The body of the next request; None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return await reader.readexactly(int(length.split(b":")[1]))


async def _respond(writer: asyncio.StreamWriter, status: int, body: bytes, *, announced: int | None = None) -> None:
    length = len(body) if announced is None else announced
    writer.write(
        f"HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n".encode() + body
    )
    await writer.drain()
