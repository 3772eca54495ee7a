from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from sqlalchemy import func, insert, select, update

from tests.storage.test_database import row
from tokenpoints.errors import DatabaseBusy, LeaseLost
from tokenpoints.storage import leases, schema
from tokenpoints.storage.database import Database
from tokenpoints.storage.leases import Lease
from tokenpoints.storage.limits import ConnectionLimits
from tokenpoints.storage.tables import checkpoints
from tokenpoints.storage.tables import leases as table

pytestmark = pytest.mark.asyncio

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


async def take(database: Database, holder: str, *, seconds: float = 60) -> Lease | None:
    async with database.session() as session:
        return await leases.take(session, "work", holder=holder, seconds=seconds)


async def taken(database: Database, holder: str, *, seconds: float = 60) -> Lease:
    lease = await take(database, holder, seconds=seconds)
    assert lease is not None
    return lease


async def run_out(database: Database) -> None:
    """Let the lease run out, as time would."""
    async with database.session() as session:
        await session.execute(update(table).values(expires_at=LONG_AGO))


async def write(database: Database, chain_id: int = 1) -> None:
    async with database.session() as session:
        await session.execute(insert(checkpoints).values(**row(chain_id)))


async def written(database: Database) -> int:
    async with database.snapshot() as session:
        return int(await session.scalar(select(func.count()).select_from(checkpoints)) or 0)


@pytest_asyncio.fixture(autouse=True)
async def _migrated(database: Database) -> None:
    await schema.upgrade(database)


async def test_one_holder_at_a_time(database: Database) -> None:
    both = await asyncio.gather(*(take(database, f"process {number}") for number in range(8)))
    assert [lease.token for lease in both if lease is not None] == [1]
    assert await take(database, "another") is None
    async with database.snapshot() as session:
        assert not await leases.is_free(session, "work")
        assert await leases.is_free(session, "other work")


async def test_a_lease_that_ran_out_goes_to_one_of_those_who_wait(database: Database) -> None:
    first = await taken(database, "first")
    await run_out(database)
    waiting = await asyncio.gather(*(take(database, f"process {number}") for number in range(8)))
    assert [lease.token for lease in waiting if lease is not None] == [first.token + 1]


async def test_a_released_lease_is_free_at_once(database: Database) -> None:
    first = await taken(database, "first")
    async with database.session() as session:
        await leases.release(session, first)
    assert (await taken(database, "second")).token == 2


async def test_renewing_moves_the_end_by_the_databases_clock(database: Database) -> None:
    first = await taken(database, "first")
    await run_out(database)
    async with database.session() as session:
        await leases.renew(session, first, seconds=60)
    assert await take(database, "second") is None


async def test_an_old_holder_can_neither_renew_nor_release(database: Database) -> None:
    first = await taken(database, "first")
    await run_out(database)
    await taken(database, "second")
    with pytest.raises(LeaseLost):
        async with database.session() as session:
            await leases.renew(session, first, seconds=60)
    with pytest.raises(LeaseLost):
        async with database.session() as session:
            await leases.release(session, first)
    assert await take(database, "third") is None


async def test_what_an_old_holder_writes_is_refused(database: Database) -> None:
    first = await taken(database, "first")
    fenced = leases.fenced(database, first)
    await write(fenced, 1)
    await run_out(database)
    await write(fenced, 2)  # late, but nobody else has begun
    await taken(database, "second")
    with pytest.raises(LeaseLost, match="work is no longer held under token 1"):
        await write(fenced, 3)
    assert await written(fenced) == 2


async def test_nobody_takes_over_while_the_holder_writes(database_url: str, database: Database) -> None:
    fenced = leases.fenced(database, await taken(database, "first"))
    await run_out(database)
    impatient = Database.open(database_url, limits=ConnectionLimits(lock_timeout_seconds=0.2))
    async with fenced.session() as session:
        await session.execute(insert(checkpoints).values(**row(1)))
        taking = asyncio.create_task(take(impatient, "second"))
        if session.dialect.name == "postgresql":
            with pytest.raises(DatabaseBusy, match="lock timeout"):
                await taking
            taking = asyncio.create_task(take(database, "second"))
    lease = await taking
    assert lease is not None and lease.token == 2
    assert await written(database) == 1
    with pytest.raises(LeaseLost):
        await write(fenced, 2)
    await impatient.close()


async def test_sessions_of_one_holder_do_not_wait_for_each_other(database_url: str) -> None:
    if not database_url.startswith("postgresql"):
        return  # one session that writes at a time, whoever's it is
    database = Database.open(database_url, limits=ConnectionLimits(lock_timeout_seconds=0.2))
    fenced = leases.fenced(database, await taken(database, "first"))
    async with fenced.session() as one:
        await one.execute(insert(checkpoints).values(**row(1)))
        await write(fenced, 2)
    assert await written(database) == 2
    await database.close()
