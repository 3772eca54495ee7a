"""The loop around telling and delivering."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import structlog

from tokenpoints.dispatcher.delivering import Courier
from tokenpoints.dispatcher.telling import Teller
from tokenpoints.errors import DatabaseBusy
from tokenpoints.loops import repeat
from tokenpoints.storage import webhook_endpoints, webhook_messages
from tokenpoints.storage.database import Database
from tokenpoints.storage.webhook_endpoints import Endpoint
from tokenpoints.webhooks.sending import Sender

log = structlog.get_logger()

KEPT = timedelta(days=30)
"""So long messages can be replayed."""
_FORGETTING_INTERVAL = timedelta(hours=1)
_FORGOTTEN_AT_ONCE = 1_000
_STOP_SECONDS = 5.0


class Dispatcher:
    """Tells endpoints what became final. Each has a task of its own while it has something due, so none waits."""

    def __init__(
        self,
        sender: Sender,
        database: Database,
        programs: Collection[str],
        *,
        clock: Callable[[], datetime],
        poll_seconds: float,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database, self._programs, self._clock = database, programs, clock
        self._teller = Teller(database, programs, clock=clock)
        self._courier = Courier(sender, database, clock=clock, chance=chance)
        self._poll_seconds = poll_seconds
        self._rounds: dict[int, asyncio.Task[None]] = {}
        self._forget_at = clock()

    async def run(self, stop: asyncio.Event) -> None:
        """Tell and deliver until `stop`."""
        try:
            await repeat(self.step, stop, name="webhooks", poll_seconds=self._poll_seconds)
            # What is under way may end, so that it is not sent twice.
            if self._rounds:
                await asyncio.wait(self._rounds.values(), timeout=_STOP_SECONDS)
        finally:
            for task in self._rounds.values():
                task.cancel()
            await asyncio.gather(*self._rounds.values(), return_exceptions=True)

    async def step(self) -> bool:
        """Make messages, and begin a round for each endpoint that has something due. True if there may be more."""
        self._end_rounds()
        async with self._database.snapshot() as session:
            is_anybody_there = await webhook_endpoints.any_in_use(session, self._programs)
        more = is_anybody_there and await self._tell()
        return await self._forget() or more

    async def _tell(self) -> bool:
        more = await self._teller.step()
        async with self._database.snapshot() as session:
            ready = await webhook_endpoints.with_something_due(session, self._programs, self._clock())
        for endpoint in ready:
            if endpoint.seq not in self._rounds:
                self._rounds[endpoint.seq] = asyncio.create_task(self._deliver(endpoint))
        return more

    async def settled(self) -> None:
        """Wait until every round that has begun is over."""
        await asyncio.gather(*self._rounds.values(), return_exceptions=True)

    async def _deliver(self, endpoint: Endpoint | None) -> None:
        """Round after round, until nothing more is due."""
        while endpoint is not None:
            await self._courier.round(endpoint)
            async with self._database.snapshot() as session:
                ready = await webhook_endpoints.with_something_due(session, [endpoint.program], self._clock())
            endpoint = next((each for each in ready if each.seq == endpoint.seq), None)

    def _end_rounds(self) -> None:
        """Forget the rounds that are over. Raises what ended them, but for a busy database: then they begin again."""
        for seq, task in list(self._rounds.items()):
            if not task.done():
                continue
            del self._rounds[seq]
            if (error := task.exception()) is None:
                continue
            if not isinstance(error, DatabaseBusy):
                raise error
            log.warning("step_failed", error="DatabaseBusy", detail=str(error))

    async def _forget(self) -> bool:
        """Delete what is too old to be replayed, now and then. True if there may be more."""
        now = self._clock()
        if now < self._forget_at:
            return False
        async with self._database.session() as session:
            count = await webhook_messages.forget_settled(session, before=now - KEPT, limit=_FORGOTTEN_AT_ONCE)
        if count == _FORGOTTEN_AT_ONCE:
            return True
        self._forget_at = now + _FORGETTING_INTERVAL
        return False
