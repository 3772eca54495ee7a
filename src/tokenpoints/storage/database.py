"""Opening the database and its sessions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

DatabaseBusy = OperationalError
"""The database does not answer, or is locked for too long. The same call may succeed later."""

Session = AsyncConnection
"""A connection inside a database transaction. (A `transaction` is the chain's.)"""


class Database:
    """One database, shared by the processes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Database:
        """Open `url`, an SQLAlchemy URL with an async driver. Connects on first use.

        Errors do not quote parameters: they hold customer ids and salts.
        """
        if url.startswith("sqlite"):
            engine = create_async_engine(url, connect_args={"timeout": 30}, hide_parameters=True)
            _tune_sqlite(engine)
        else:
            engine = create_async_engine(url, pool_pre_ping=True, hide_parameters=True)
        return cls(engine)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """A session that may write. Commits when the block ends, rolls back when it raises."""
        async with self._engine.begin() as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Session]:
        """A session that only reads, all of it at one moment."""
        async with self._engine.connect() as session:
            session = await session.execution_options(tokenpoints_reads_only=True)
            async with session.begin():
                yield session

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


def _tune_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
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

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A writer takes its lock at once: upgrading a read lock later fails under contention.
        reads_only = connection.get_execution_options().get("tokenpoints_reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
