"""Opening the database and its sessions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tokenpoints.errors import ConfigurationError
from tokenpoints.storage import postgresql, questions, sqlite
from tokenpoints.storage.limits import ConnectionLimits
from tokenpoints.storage.questions import Question
from tokenpoints.storage.refusals import told_as_busy

Session = AsyncConnection
"""A connection inside a database transaction. (A `transaction` is the chain's.)"""


class Database:
    """One database, shared by the processes."""

    def __init__(
        self,
        engine: AsyncEngine,
        lookups: AsyncEngine | None = None,
        check: Callable[[Session], Awaitable[None]] | None = None,
    ) -> None:
        self._engine, self._lookups, self._check = engine, lookups, check

    @classmethod
    def open(cls, url: str, *, limits: ConnectionLimits | None = None) -> Database:
        """Open `url`, an SQLAlchemy URL of SQLite or PostgreSQL. Connects on first use.

        Errors do not quote parameters: they hold customer ids and salts. Raises ConfigurationError.
        """
        try:
            parsed = make_url(url)
        except ArgumentError:
            # Not quoted, as it may hold a password.
            raise ConfigurationError("TOKENPOINTS_DATABASE_URL is not a database URL") from None
        match parsed.get_backend_name():
            case "sqlite":
                return cls(sqlite.engine(parsed))
            case "postgresql" | "postgres":
                limits = limits or ConnectionLimits()
                return cls(postgresql.engine(parsed, limits), postgresql.engine_of_lookups(parsed, limits))
            case other:
                raise ConfigurationError(
                    f"TOKENPOINTS_DATABASE_URL names {other}: it must be sqlite:///… or postgresql://…"
                )

    def checked(self, check: Callable[[Session], Awaitable[None]]) -> Database:
        """The same database, whose every session that may write first awaits `check`, which raises to refuse it."""
        return Database(self._engine, self._lookups, check)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """A session that may write. Commits when the block ends, rolls back when it raises.

        Each statement sees what was committed before it began (READ COMMITTED); on SQLite there is one such
        session at a time. Raises DatabaseBusy, WriteConflict.
        """
        with told_as_busy(writes=True):
            async with self._engine.begin() as session:
                if self._check is not None:
                    await self._check(session)
                yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Session]:
        """A session that only reads, all of it at one moment. Raises DatabaseBusy."""
        with told_as_busy(writes=False):
            async with self._engine.connect() as session:
                session = await session.execution_options(**_SNAPSHOT[session.dialect.name])
                async with session.begin():
                    yield session

    @asynccontextmanager
    async def lookup(self) -> AsyncIterator[Session]:
        """A session that only reads, each statement at a moment of its own. For one statement it is half the work of
        a snapshot. Raises DatabaseBusy."""
        if self._lookups is None:
            async with self.snapshot() as session:
                yield session
            return
        with told_as_busy(writes=False):
            async with self._lookups.connect() as session:
                yield session

    async def ask(self, question: Question, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """The rows that answer one question, all as of one moment: a fraction of the work of a lookup. Raises
        DatabaseBusy."""
        if self._lookups is None:
            async with self.snapshot() as session:
                found: Sequence[Sequence[Any]] = (await session.execute(question.select, parameters)).all()
                return found
        with told_as_busy(writes=False):
            return await questions.rows(self._lookups, question, parameters)

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()
        if self._lookups is not None:
            await self._lookups.dispose()


_SNAPSHOT = {"sqlite": sqlite.SNAPSHOT, "postgresql": postgresql.SNAPSHOT}
