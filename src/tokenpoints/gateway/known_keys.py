"""API keys that were looked up a moment ago, so that a caller's many requests do not each ask the database."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from cachetools import TTLCache

from tokenpoints.access.keys import opened_by
from tokenpoints.domain import keys
from tokenpoints.domain.keys import ApiKey, Mode
from tokenpoints.storage.database import Database

KNOWN_SECONDS = 1.0
"""How long a key that another gateway or the command line revoked may still open something here."""
_COUNT_MAX = 10_000


class KnownKeys:
    """Remembers keys by their id, and no text of any. Each use checks text and expiry anew."""

    def __init__(self, database: Database, mode: Mode, *, timer: Callable[[], float] = time.monotonic) -> None:
        self._database, self._mode = database, mode
        self._known: TTLCache[str, ApiKey] = TTLCache(_COUNT_MAX, KNOWN_SECONDS, timer=timer)

    async def opened_by(self, text: str, now: datetime) -> ApiKey | None:
        """The key that `text` is of; None where it opens nothing here, for whatever reason."""
        parsed = keys.parse(text)
        if parsed is None or parsed.mode is not self._mode:
            return None
        known = self._known.get(parsed.key_id)
        if known is not None:
            return known if keys.opens(known, text, now) else None
        async with self._database.lookup() as session:
            found = await opened_by(session, text, mode=self._mode, now=now)
        if found is not None:
            self._known[found.id] = found
        return found

    def used(self, key: ApiKey, at: datetime) -> None:
        """Remember what was written of a key's last use."""
        if key.id in self._known:
            self._known[key.id] = replace(key, last_used_at=at)

    def changed(self, key_id: str) -> None:
        """Forget a key that was replaced or revoked here."""
        self._known.pop(key_id, None)
