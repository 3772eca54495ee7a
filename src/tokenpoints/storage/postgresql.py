"""Connections to a PostgreSQL server."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tokenpoints.storage.limits import ConnectionLimits

SNAPSHOT: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_CONNECT_TIMEOUT_SECONDS = 10


def engine(url: URL, limits: ConnectionLimits) -> AsyncEngine:
    """A pool of connections on which the server itself enforces `limits`."""
    timeouts = {
        "statement_timeout": limits.statement_timeout_seconds,
        "lock_timeout": limits.lock_timeout_seconds,
        "idle_in_transaction_session_timeout": limits.idle_timeout_seconds,
    }
    options = [f"-c {name}={round(seconds * 1000)}" for name, seconds in timeouts.items()]
    # The server's default may be stricter; writers count on READ COMMITTED and retry where that is not enough.
    options.append("-c default_transaction_isolation=read\\ committed")
    # What the URL says comes last and wins.
    given = url.query.get("options", "")
    options += [given] if isinstance(given, str) else given
    return create_async_engine(
        url.set(drivername="postgresql+psycopg").difference_update_query(["options"]),
        connect_args={
            "options": " ".join(filter(None, options)),
            "connect_timeout": _CONNECT_TIMEOUT_SECONDS,
            "application_name": url.query.get("application_name", "tokenpoints"),
        },
        pool_size=limits.pool_size,
        max_overflow=0,
        pool_timeout=limits.pool_timeout_seconds,
        pool_pre_ping=True,
        hide_parameters=True,
    )
