"""Connections to a PostgreSQL server."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from tokenpoints.storage.limits import ConnectionLimits

SNAPSHOT: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_CONNECT_TIMEOUT_SECONDS = 10
_REST_SECONDS = 1.0
_RESTS_SINCE = "rests_since"


def engine(url: URL, limits: ConnectionLimits) -> AsyncEngine:
    """A pool of connections on which the server itself enforces `limits`."""
    # The server's default may be stricter; writers count on READ COMMITTED and retry where that is not enough.
    return _engine(url, limits, "default_transaction_isolation=read\\ committed")


def engine_of_lookups(url: URL, limits: ConnectionLimits) -> AsyncEngine:
    """Another pool, whose connections only read, and begin and commit nothing: that is two round trips less."""
    # They look up little, each by its key. What a plan foresees for unknown parameters may be more, and then it would
    # read whole tables.
    by_key = "-c enable_hashjoin=off -c enable_mergejoin=off"
    reading = f"default_transaction_read_only=on {by_key}"
    return _engine(
        url,
        limits,
        reading,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        pool_use_lifo=True,  # the connection that was last used has the statements prepared
    )


def _engine(url: URL, limits: ConnectionLimits, default: str, **how: Any) -> AsyncEngine:
    timeouts = {
        "statement_timeout": limits.statement_timeout_seconds,
        "lock_timeout": limits.lock_timeout_seconds,
        "idle_in_transaction_session_timeout": limits.idle_timeout_seconds,
    }
    options = [f"-c {name}={round(seconds * 1000)}" for name, seconds in timeouts.items()]
    options.append(f"-c {default}")
    # What the URL says comes last and wins.
    given = url.query.get("options", "")
    options += [given] if isinstance(given, str) else given
    made = create_async_engine(
        url.set(drivername="postgresql+psycopg").difference_update_query(["options"]),
        connect_args={
            "options": " ".join(filter(None, options)),
            "connect_timeout": _CONNECT_TIMEOUT_SECONDS,
            "application_name": url.query.get("application_name", "tokenpoints"),
        },
        pool_size=limits.pool_size,
        max_overflow=0,
        pool_timeout=limits.pool_timeout_seconds,
        hide_parameters=True,
        **how,
    )
    _ping_after_rest(made)
    return made


def _ping_after_rest(made: AsyncEngine) -> None:
    """Try a connection that rested before it is used, and replace it where the server has ended it.

    SQLAlchemy's own `pool_pre_ping` does so each time, which is a round trip for every session.
    """
    pool, dialect = made.sync_engine.pool, made.dialect

    @event.listens_for(pool, "checkin")
    def rest(_: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info[_RESTS_SINCE] = time.monotonic()

    @event.listens_for(pool, "checkout")
    def try_out(connection: DBAPIConnection, entry: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
        now = time.monotonic()
        if now - entry.info.get(_RESTS_SINCE, now) < _REST_SECONDS:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise DisconnectionError("the server ended the connection") from error
