"""Erasing those whose points are moved: once the chain cannot take that back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from tokenpoints.loops import repeat
from tokenpoints.members import erasing
from tokenpoints.storage import erasures
from tokenpoints.storage.database import Database

log = structlog.get_logger()


class Erasing:
    """Finishes erasures, of all programs."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime], poll_seconds: float) -> None:
        self._database, self._clock, self._poll_seconds = database, clock, poll_seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        await repeat(self.step, stop, name="erasing", poll_seconds=self._poll_seconds)

    async def step(self) -> bool:
        """One round; there is never more to do at once."""
        async with self._database.snapshot() as session:
            if not await erasures.waiting(session, limit=1):
                return False
        async with self._database.session() as session:
            done = await erasing.finish(session, now=self._clock())
        for erasure, state in done.items():
            log.info("erasure", erasure=erasure, state=state)
        return False
