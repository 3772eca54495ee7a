"""The databases under the system: how to make one, ask it past the system, and do it harm."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import psutil
import psycopg

from tests.support.keys import make_key
from tokenpoints.storage import schema
from tokenpoints.storage.database import Database as Opened
from tokenpoints.storage.embedded import EmbeddedServer

Row = tuple[Any, ...]


class Unanswered(Exception):
    """The database does not answer now."""


class Database(Protocol):
    """One migrated database."""

    kind: str
    url: str

    def rows(self, query: str, *values: Any) -> list[Row]:
        """What a query with `?` for values finds, bytes as `bytes`. Raises Unanswered."""

    def locked(self) -> contextlib.AbstractContextManager[None]:
        """Nothing can be written by others until the block ends."""

    def execute(self, statement: str, *values: Any) -> None:
        """Write past the system."""


async def migrate(url: str) -> None:
    """Make the tables."""
    opened = Opened.open(url)
    await schema.upgrade(opened)
    await opened.close()


async def key_in(url: str) -> str:
    """A key that opens everything."""
    opened = Opened.open(url)
    made = await make_key(opened)
    await opened.close()
    return made.text


class Sqlite:
    """A file."""

    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite+aiosqlite:///{path}"

    def rows(self, query: str, *values: Any) -> list[Row]:
        try:
            with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10)) as connection:
                return connection.execute(query, values).fetchall()
        except sqlite3.OperationalError as error:
            raise Unanswered(str(error)) from error

    def execute(self, statement: str, *values: Any) -> None:
        with contextlib.closing(sqlite3.connect(self.path, timeout=10, isolation_level=None)) as connection:
            connection.execute(statement, values)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        with contextlib.closing(sqlite3.connect(self.path, timeout=10, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

    def size(self) -> int:
        """The size of the largest of its files."""
        return max(path.stat().st_size for path in self.path.parent.glob(self.path.name + "*"))


class PostgreSQL:
    """One database of a server of its own, which can be killed."""

    kind = "postgresql"

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name = server, name
        self.url = server.url(name)

    def rows(self, query: str, *values: Any) -> list[Row]:
        try:
            with psycopg.connect(_plain(self.url), autocommit=True, connect_timeout=5) as connection:
                found = connection.execute(query.replace("?", "%s").encode(), values or None).fetchall()
        except psycopg.OperationalError as error:
            raise Unanswered(str(error)) from error
        return [tuple(bytes(each) if isinstance(each, memoryview) else each for each in row) for row in found]

    def execute(self, statement: str, *values: Any) -> None:
        with psycopg.connect(_plain(self.url), autocommit=True) as connection:
            connection.execute(statement.replace("?", "%s").encode(), values or None)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        with psycopg.connect(_plain(self.url)) as connection:
            connection.execute("LOCK TABLE awards, batches, submissions, blocks IN EXCLUSIVE MODE")
            yield
            connection.rollback()

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """Rows are refused as on a full disk, until the block ends.

        The server's processes are another user's, so that their files cannot be limited.
        """
        self.execute(_REFUSE)
        for table in _TABLES:
            self.execute(f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION full_disk()")
        try:
            yield
        finally:
            for table in _TABLES:
                self.execute(f"DROP TRIGGER full_disk ON {table}")


_TABLES = ("receipts", "awards", "batches", "submissions", "blocks", "checkpoints")
_REFUSE = """
CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
"""


class Server:
    """A PostgreSQL server and its databases, each a copy of a migrated one."""

    def __init__(self) -> None:
        # A short path: a socket lies in it.
        self._folder = Path(tempfile.mkdtemp(prefix="tp-faults-pg-"))
        self._log = (self._folder / "log").open("wb")
        # A machine that goes on keeps what the killed server handed to it, synced or not.
        options = {"fsync": "off", "full_page_writes": "off", "max_connections": "60", "shared_buffers": "32MB"}
        self._server = EmbeddedServer(self._folder / "data", options=options, output=self._log)

    async def start(self) -> None:
        self._server.start()
        self._admin("CREATE DATABASE migrated")
        await migrate(self._server.url("migrated"))

    def close(self) -> None:
        if self.is_running():
            self._server.stop()
        self._log.close()
        shutil.rmtree(self._folder)

    def url(self, name: str) -> str:
        return self._server.url(name)

    def new(self) -> PostgreSQL:
        name = f"seed_{secrets.token_hex(6)}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE migrated")
        return PostgreSQL(self, name)

    def drop(self, database: PostgreSQL) -> None:
        self._admin(f"DROP DATABASE {database.name} WITH (FORCE)")

    def kill(self) -> None:
        """kill -9 for the server and each of its processes."""
        processes = self._processes()
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=10)
        self._server.stop()  # which only notes that it has ended

    def start_again(self) -> None:
        if self._folder.exists():
            self._server.start()

    def is_running(self) -> bool:
        return bool(self._processes())

    @contextlib.contextmanager
    def commits_unanswered(self) -> Iterator[None]:
        """Commits are written, and nobody is told, until the block ends or the server does."""
        self._admin("ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()")
        try:
            yield
        finally:
            self._auto_conf.write_text("")
            with contextlib.suppress(psycopg.OperationalError):
                self._admin("SELECT pg_reload_conf()")

    def unanswered_commits(self) -> int:
        """How many sessions wait to be told of their commit."""
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        with psycopg.connect(_plain(self.url("postgres")), autocommit=True) as connection:
            row = connection.execute(query).fetchone()
        return 0 if row is None else int(row[0])

    @contextlib.contextmanager
    def all_connections_taken(self) -> Iterator[int]:
        """No session can be opened until the block ends."""
        with contextlib.ExitStack() as stack:
            count = 0
            with contextlib.suppress(psycopg.OperationalError):
                while True:
                    connection = psycopg.connect(_plain(self.url("postgres")), autocommit=True)
                    stack.callback(connection.close)
                    count += 1
            # Those that are open already end, too.
            if count:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tokenpoints'"
                )
            yield count

    @property
    def _auto_conf(self) -> Path:
        return self._folder / "data" / "postgresql.auto.conf"

    def _processes(self) -> list[psutil.Process]:
        try:
            pid = int((self._folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
            root = psutil.Process(pid)
            return [root, *root.children(recursive=True)] if root.status() != psutil.STATUS_ZOMBIE else []
        except (OSError, ValueError, psutil.NoSuchProcess):
            return []

    def _admin(self, *statements: str) -> None:
        with psycopg.connect(_plain(self.url("postgres")), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


async def wait_for(question: Any, *, seconds: float) -> bool:
    """Whether `question()` is true, now or in time."""
    deadline = time.monotonic() + seconds
    while not question():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True
