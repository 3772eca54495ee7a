"""Requests at a fixed rate, whatever the answers take: one that is late does not make the next ones late."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Latencies:
    """From when a request was due to the last byte of its answer."""

    milliseconds: tuple[float, ...]
    """Sorted."""

    @property
    def p50(self) -> float:
        return self.milliseconds[len(self.milliseconds) // 2]

    @property
    def p99(self) -> float:
        return self.milliseconds[len(self.milliseconds) * 99 // 100]

    @property
    def worst(self) -> float:
        return self.milliseconds[-1]

    def __add__(self, other: Latencies) -> Latencies:
        return Latencies(tuple(sorted(self.milliseconds + other.milliseconds)))


async def at_rate(
    ports: Sequence[int],
    path: Callable[[int], str],
    *,
    key: str,
    per_second: float,
    seconds: float,
    connections: int = 32,
) -> Latencies:
    """GET `path(n)` with an API key on 127.0.0.1, n = 0, 1, …, from all `ports` by as many connections each. Raises
    ValueError at an answer other than 200."""
    due: asyncio.Queue[tuple[int, float] | None] = asyncio.Queue()
    taken: list[float] = []

    async def work(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (item := await due.get()) is not None:
            number, at = item
            head_lines = f"GET {path(number)} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}"
            writer.write(f"{head_lines}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise ValueError(head.decode())
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            taken.append((time.perf_counter() - at) * 1000)
        writer.close()

    async with asyncio.TaskGroup() as group:
        for number in range(connections):
            group.create_task(work(ports[number % len(ports)]))
        begin = time.perf_counter()
        for number in range(int(per_second * seconds)):
            at = begin + number / per_second
            if (wait := at - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            due.put_nowait((number, at))
        for _ in range(connections):
            due.put_nowait(None)
    return Latencies(tuple(sorted(taken)))
