"""The same client for asyncio."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import httpx

from tokenpoints.client import models
from tokenpoints.client.async_operations import AsyncOperations
from tokenpoints.client.attempts import FAILURES, Attempts, Waiting, read
from tokenpoints.client.calls import Answer, Call
from tokenpoints.errors import StillUnderWay


class AsyncClient(AsyncOperations):
    """Talks to one gateway, as `Client` does, without keeping its event loop."""

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        give_up_after_seconds: float = 120.0,
        timeout_seconds: float = 60.0,
        on_waiting: Callable[[Waiting], None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        # A gateway on this machine is not reached through a proxy of the environment.
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={} if api_key is None else {"Authorization": f"Bearer {api_key}"},
            timeout=timeout_seconds,
            transport=transport,
            trust_env=False,
        )
        self._give_up_after_seconds = give_up_after_seconds
        self._on_waiting = on_waiting
        self._clock, self._sleep = clock, sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def settled_award(
        self, program: str, award: str, *, limit_seconds: float = 300.0, poll_seconds: float = 0.5
    ) -> models.AwardAnswer:
        """The award once a block has it, the contract refused it, or it was set aside. Raises StillUnderWay."""
        return await self._until(
            lambda: self.get_award(program, award), lambda found: found.status != "pending", limit_seconds, poll_seconds
        )

    async def settled_operation(
        self, program: str, operation: str, *, limit_seconds: float = 300.0, poll_seconds: float = 0.3
    ) -> models.OperationAnswer:
        """The operation once a block has it, it waits for its date, or nothing comes of it. Raises StillUnderWay."""
        return await self._until(
            lambda: self.get_operation(program, operation),
            lambda found: found.state not in ("pending", "sent"),
            limit_seconds,
            poll_seconds,
        )

    async def ask(self, call: Call[Answer]) -> Answer:
        """Make any call, until it is answered. Raises GatewayRefused, GatewayUnreachable."""
        attempts = Attempts(call, give_up_after_seconds=self._give_up_after_seconds, clock=self._clock)
        while True:
            try:
                response = await self._http.request(**attempts.request)
            except FAILURES as error:
                waiting = attempts.failed(error)
            else:
                told = attempts.answered(response)
                if told is None:
                    return read(call, response)
                waiting = told
            if self._on_waiting is not None:
                self._on_waiting(waiting)
            await self._sleep(waiting.pause_seconds)

    async def _until(
        self,
        look: Callable[[], Awaitable[Answer]],
        is_settled: Callable[[Answer], bool],
        limit_seconds: float,
        poll_seconds: float,
    ) -> Answer:
        give_up_at = self._clock() + limit_seconds
        while True:
            found = await look()
            if is_settled(found):
                return found
            if self._clock() >= give_up_at:
                raise StillUnderWay(f"not settled within {limit_seconds:.0f} seconds")
            await self._sleep(poll_seconds)
