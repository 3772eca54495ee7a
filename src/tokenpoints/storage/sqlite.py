"""Connections to an SQLite file."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

SNAPSHOT: dict[str, Any] = {"tokenpoints_reads_only": True}
_LOCK_TIMEOUT_SECONDS = 30


def engine(url: URL) -> AsyncEngine:
    """One writer at a time, readers beside it."""
    made = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"), connect_args={"timeout": _LOCK_TIMEOUT_SECONDS}, hide_parameters=True
    )

    @event.listens_for(made.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # The driver must not begin on its own: `begin` below chooses the lock.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        # An accepted award survives a power cut, not only a crash.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA cache_size = -65536")
        cursor.close()

    @event.listens_for(made.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A writer takes its lock at once: upgrading a read lock later fails under contention.
        reads_only = connection.get_execution_options().get("tokenpoints_reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return made
