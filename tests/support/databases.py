"""Databases for tests: an SQLite file, or a database of a PostgreSQL server that the tests share."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from tokenpoints.storage import schema
from tokenpoints.storage.database import Database
from tokenpoints.storage.embedded import EmbeddedServer
from tokenpoints.storage.tables import metadata

_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}
"""The tests' databases need not survive a power cut."""
_EMPTY = ";".join(
    [f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)]
    + [
        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'seq'), 1, false)"
        for table in metadata.sorted_tables
        if "seq" in table.columns
    ]
)


class PostgreSQL:
    """A server and its databases. One that a test is done with is emptied for the next: a new one takes longer."""

    def __init__(self, server: EmbeddedServer) -> None:
        self._server = server
        self._free: list[str] = []

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a migrated database that nobody else uses."""
        name = self._free.pop() if self._free else self._migrated()
        yield self._server.url(name)
        with psycopg.connect(plain_url(self._server.url(name)), autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            try:
                admin.execute(_EMPTY)
            except psycopg.errors.UndefinedTable:
                return  # the test dropped what is of no use to others now
        self._free.append(name)

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """The URL of one without tables."""
        name = self._created()
        yield self._server.url(name)
        with self._admin() as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _created(self) -> str:
        name = f"test_{secrets.token_hex(6)}"
        with self._admin() as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    def _migrated(self) -> str:
        name = self._created()

        async def migrate() -> None:
            database = Database.open(self._server.url(name))
            await schema.upgrade(database)
            await database.close()

        # A loop may be running in this thread.
        with ThreadPoolExecutor(1) as other_thread:
            other_thread.submit(lambda: asyncio.run(migrate())).result()
        return name

    def _admin(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(plain_url(self._server.url()), autocommit=True)


@contextmanager
def running_postgresql() -> Iterator[PostgreSQL]:
    """A server for as long as the block lasts."""
    # Not in pytest's folder: the path of a socket has to be short.
    folder = Path(tempfile.mkdtemp(prefix="tokenpoints-pg-"))
    with (folder / "log").open("wb") as output:
        server = EmbeddedServer(folder / "data", options=_FAST, output=output)
        server.start()
        try:
            yield PostgreSQL(server)
        finally:
            server.stop()
            shutil.rmtree(folder)


def plain_url(url: str) -> str:
    """What PostgreSQL's own programs take."""
    return url.replace("postgresql+psycopg://", "postgresql://")
