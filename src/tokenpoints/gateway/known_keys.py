"""API keys that were looked up a moment ago, so that a caller's many requests do not each ask the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from cachetools import LRUCache

from tokenpoints.domain import keys
from tokenpoints.domain.keys import ApiKey, Mode
from tokenpoints.storage import api_keys
from tokenpoints.storage.database import Database

KNOWN_SECONDS = 1.0
"""How long a key that another gateway or the command line revoked may still open something here."""
_FRESH_SECONDS = 0.5
"""From then on a use looks the key up again and does not wait for it."""
_COUNT_MAX = 10_000


class KnownKeys:
    """Remembers keys by their id, and no text of any. Each use checks text and expiry anew."""

    def __init__(self, database: Database, mode: Mode, *, timer: Callable[[], float] = time.monotonic) -> None:
        self._database, self._mode, self._timer = database, mode, timer
        self._known: LRUCache[str, tuple[ApiKey, float]] = LRUCache(_COUNT_MAX)  # with the time they were looked up
        self._lookups: dict[str, asyncio.Task[ApiKey | None]] = {}
        self._running: set[asyncio.Task[ApiKey | None]] = set()  # with those whose key changed meanwhile

    async def opened_by(self, text: str, now: datetime) -> ApiKey | None:
        """The key that `text` is of; None where it opens nothing here, for whatever reason."""
        parsed = keys.parse(text)
        if parsed is None or parsed.mode is not self._mode:
            return None
        key, looked_up_at = self._known.get(parsed.key_id, (None, float("-inf")))
        age_seconds = self._timer() - looked_up_at
        if age_seconds >= KNOWN_SECONDS:
            # Shielded: a caller who hangs up does not end what others wait for.
            key = await asyncio.shield(self._lookup(parsed.key_id))
        elif age_seconds >= _FRESH_SECONDS:
            self._lookup(parsed.key_id)
        return key if key is not None and keys.opens(key, text, now) else None

    def used(self, key: ApiKey, at: datetime) -> None:
        """Remember what was written of a key's last use."""
        if (known := self._known.get(key.id)) is not None:
            present, looked_up_at = known
            self._known[key.id] = replace(present, last_used_at=at), looked_up_at

    def changed(self, key_id: str) -> None:
        """Forget a key that was replaced or revoked here, and what is being read of it."""
        self._known.pop(key_id, None)
        self._lookups.pop(key_id, None)

    async def close(self) -> None:
        """Wait for what is being read: the database is open until then."""
        await asyncio.gather(*self._running, return_exceptions=True)

    def _lookup(self, key_id: str) -> asyncio.Task[ApiKey | None]:
        """One for all who ask for a key at the same time."""
        found = self._lookups.get(key_id)
        if found is None:
            found = self._lookups[key_id] = asyncio.create_task(self._look_up(key_id))
            self._running.add(found)
            found.add_done_callback(self._ended)
        return found

    async def _look_up(self, key_id: str) -> ApiKey | None:
        began_at, task = self._timer(), asyncio.current_task()
        try:
            async with self._database.lookup() as session:
                key = await api_keys.with_id(session, key_id)
            if key is not None and self._lookups.get(key_id) is task:
                self._known[key_id] = key, began_at
            return key
        finally:
            if self._lookups.get(key_id) is task:
                del self._lookups[key_id]

    def _ended(self, lookup: asyncio.Task[ApiKey | None]) -> None:
        self._running.discard(lookup)
        if not lookup.cancelled():
            lookup.exception()  # Where nobody waited, nobody is told that it failed: the next use tries again.
