"""What only a server does: limits, conflicts, connections that end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from tests.storage.test_database import row
from tokenpoints.errors import DatabaseBusy, WriteConflict
from tokenpoints.storage.database import Database
from tokenpoints.storage.limits import ConnectionLimits
from tokenpoints.storage.tables import checkpoints

pytestmark = pytest.mark.asyncio

Opened = Callable[[ConnectionLimits], Database]


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


@pytest_asyncio.fixture
async def opened(database_url: str) -> AsyncIterator[Opened]:
    """Opens the test's database with limits."""
    databases: list[Database] = []

    def open_with(limits: ConnectionLimits) -> Database:
        databases.append(Database.open(database_url, limits=limits))
        return databases[-1]

    yield open_with
    for database in databases:
        await database.close()


async def test_the_server_knows_the_limits_and_the_isolation(opened: Opened) -> None:
    limits = ConnectionLimits(statement_timeout_seconds=7, lock_timeout_seconds=1.5, idle_timeout_seconds=9)
    database = opened(limits)
    asked = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "transaction_isolation")
    async with database.session() as session:
        set_to = [await session.scalar(text(f"SHOW {name}")) for name in asked]
    assert set_to == ["7s", "1500ms", "9s", "read committed"]
    async with database.snapshot() as session:
        assert await session.scalar(text("SHOW transaction_isolation")) == "repeatable read"
        assert await session.scalar(text("SHOW transaction_read_only")) == "on"
    async with database.session() as session:  # the connection is the snapshot's
        assert await session.scalar(text("SHOW transaction_isolation")) == "read committed"
        assert await session.scalar(text("SHOW transaction_read_only")) == "off"


async def test_what_the_url_asks_for_wins(database_url: str) -> None:
    database = Database.open(database_url + "&options=-c%20lock_timeout%3D77&application_name=till")
    async with database.session() as session:
        assert await session.scalar(text("SHOW lock_timeout")) == "77ms"
        assert await session.scalar(text("SHOW application_name")) == "till"
        assert await session.scalar(text("SHOW statement_timeout")) == "30s"
    await database.close()


async def test_a_snapshot_writes_nothing(opened: Opened) -> None:
    with pytest.raises(DBAPIError, match="read-only"):
        async with opened(ConnectionLimits()).snapshot() as session:
            await session.execute(insert(checkpoints).values(**row(1)))


async def test_a_lookup_writes_nothing_and_leaves_nothing_open(opened: Opened) -> None:
    database = opened(ConnectionLimits())
    with pytest.raises(DBAPIError, match="read-only"):
        async with database.lookup() as session:
            await session.execute(insert(checkpoints).values(**row(1)))
    async with database.lookup() as session:
        assert await session.scalar(text("SELECT pg_current_xact_id_if_assigned()")) is None
        async with database.session() as writing:
            await writing.execute(insert(checkpoints).values(**row(1)))
        # Each statement sees what was committed before it.
        assert await session.scalar(select(checkpoints.c.head_number)) == 1
        assert await session.scalar(text("SHOW statement_timeout")) == "30s"


async def test_a_server_that_only_reads_after_a_failover_is_busy(opened: Opened) -> None:
    with pytest.raises(DatabaseBusy, match="read-only"):
        async with opened(ConnectionLimits()).session() as session:
            await session.execute(text("SET TRANSACTION READ ONLY"))
            await session.execute(insert(checkpoints).values(**row(1)))


async def test_a_statement_that_takes_too_long_is_ended(opened: Opened) -> None:
    database = opened(ConnectionLimits(statement_timeout_seconds=0.1))
    with pytest.raises(DatabaseBusy, match="statement timeout"):
        async with database.session() as session:
            await session.execute(text("SELECT pg_sleep(60)"))


async def test_a_wait_for_a_lock_is_ended(opened: Opened) -> None:
    database = opened(ConnectionLimits(lock_timeout_seconds=0.1))
    async with database.session() as session:
        await session.execute(insert(checkpoints).values(**row(1)))
    change = update(checkpoints).values(head_number=2)
    async with database.session() as holding:
        await holding.execute(change)
        with pytest.raises(DatabaseBusy, match="lock timeout"):
            async with database.session() as waiting:
                await waiting.execute(change)


async def test_a_session_that_does_nothing_is_ended_and_its_locks_with_it(opened: Opened) -> None:
    database = opened(ConnectionLimits(idle_timeout_seconds=0.2))
    async with database.session() as session:
        await session.execute(insert(checkpoints).values(**row(1)))
    change = update(checkpoints).values(head_number=2)
    with pytest.raises(DatabaseBusy):
        async with database.session() as sleeping:
            await sleeping.execute(change)
            async with database.session() as other:  # waits until the server has ended the first
                await other.execute(change.values(head_number=3))
            await sleeping.execute(change)
    async with database.snapshot() as session:
        assert await session.scalar(select(checkpoints.c.head_number)) == 3


async def test_a_deadlock_undoes_one_of_two_and_says_so(opened: Opened) -> None:
    database = opened(ConnectionLimits())
    async with database.session() as session:
        await session.execute(insert(checkpoints), [row(1), row(2)])
    met = asyncio.Barrier(2)

    async def change(first: int, second: int) -> None:
        async with database.session() as session:
            await session.execute(update(checkpoints).where(checkpoints.c.chain_id == first).values(head_number=9))
            await met.wait()
            await session.execute(update(checkpoints).where(checkpoints.c.chain_id == second).values(head_number=9))

    ends = await asyncio.gather(change(1, 2), change(2, 1), return_exceptions=True)
    assert [type(end) for end in ends if end is not None] == [WriteConflict]


async def test_a_full_pool_is_busy(opened: Opened) -> None:
    database = opened(ConnectionLimits(pool_size=1, pool_timeout_seconds=0.1))
    async with database.session():
        with pytest.raises(DatabaseBusy, match="every connection is taken"):
            async with database.snapshot():
                pass


async def test_connections_that_the_server_ended_are_replaced(opened: Opened) -> None:
    database = opened(ConnectionLimits())
    async with database.session() as session:
        own = await session.scalar(text("SELECT pg_backend_pid()"))
    with pytest.raises(DatabaseBusy):
        async with database.session() as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
            await session.execute(text("SELECT 1"))
    async with database.session() as session:
        assert await session.scalar(text("SELECT pg_backend_pid()")) != own


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/nothing", "postgresql:///nothing?host=/nowhere"])
async def test_no_server_is_busy_and_not_a_fault(url: str) -> None:
    database = Database.open(url)
    with pytest.raises(DatabaseBusy):
        async with database.snapshot():
            pass
    await database.close()


async def test_errors_quote_no_parameters(opened: Opened) -> None:
    with pytest.raises(DBAPIError) as failed:
        async with opened(ConnectionLimits()).session() as session:
            await session.execute(text("SELECT :customer FROM nowhere"), {"customer": "jane-doe"})
    assert "jane-doe" not in str(failed.value)


async def test_a_connection_that_the_server_ended_while_it_rested_is_replaced(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = opened(ConnectionLimits(pool_size=1))
    async with database.session() as session:
        ended = await session.scalar(text("SELECT pg_backend_pid()"))
    other = opened(ConnectionLimits())
    async with other.session() as session:
        await session.execute(text(f"SELECT pg_terminate_backend({ended}, 5000)"))
    monkeypatch.setattr("tokenpoints.storage.postgresql._REST_SECONDS", 0.0)
    async with database.session() as session:
        assert await session.scalar(text("SELECT pg_backend_pid()")) != ended
