"""A receiver of webhooks, as a server on this machine."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def answering(status: int, *headers: str) -> bytes:
    """An answer without a body."""
    return "\r\n".join([f"HTTP/1.1 {status} Said", "content-length: 0", *headers, "", ""]).encode()


@dataclass(frozen=True)
class Got:
    """A request, taken apart."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Receiver:
    """A server that says what it is told to say, and keeps what it gets."""

    answer: bytes = OK
    silent: bool = False
    requests: list[bytes] = field(default_factory=list)
    port: int = 0
    on_request: Callable[[], None] = lambda: None
    came: asyncio.Event = field(default_factory=asyncio.Event)
    handling: list[asyncio.Task[None] | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?x=1"

    @property
    def got(self) -> list[Got]:
        found = []
        for request in self.requests:
            head, _, body = request.partition(b"\r\n\r\n")
            pairs = (line.partition(": ") for line in head.decode().split("\r\n")[1:])
            found.append(Got({name.lower(): value for name, _, value in pairs}, body))
        return found

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.got]

    async def has(self, count: int) -> None:
        """Wait until that many requests came."""
        async with asyncio.timeout(60):
            while len(self.requests) < count:
                self.came.clear()
                await self.came.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.handling.append(asyncio.current_task())
        # A sender that is killed has asked for nothing.
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._serve(reader, writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(next(line for line in head.split(b"\r\n") if line.startswith(b"content-length")).split(b":")[1])
        self.requests.append(head + await reader.readexactly(length))
        self.came.set()
        self.on_request()
        if self.silent:
            await reader.read()
        writer.write(self.answer)
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def receiving(receiver: Receiver) -> AsyncIterator[Receiver]:
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        await asyncio.gather(*filter(None, receiver.handling))
