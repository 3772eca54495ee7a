"""API keys for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tokenpoints.access import keys
from tokenpoints.access.keys import KeyRequest, ShownKey
from tokenpoints.domain.keys import KeyRole, Mode
from tokenpoints.storage.database import Database

MADE_AT = datetime(2020, 1, 1, tzinfo=UTC)


async def make_key(
    database: Database,
    program: str | None = None,
    role: KeyRole = KeyRole.PLATFORM,
    *,
    mode: Mode = Mode.TEST,
    **said: Any,
) -> ShownKey:
    """A key; by default one that may do everything."""
    async with database.session() as session:
        return await keys.create(session, program, KeyRequest(name="a test", role=role, **said), mode=mode, now=MADE_AT)


def bearing(key: ShownKey | str) -> dict[str, str]:
    """The header that says who calls."""
    return {"Authorization": f"Bearer {key if isinstance(key, str) else key.text}"}
