"""Two processes for one piece of work, as two standbys in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from sqlalchemy import select, update
from structlog.testing import capture_logs

from tokenpoints.standby import Standby
from tokenpoints.storage import schema
from tokenpoints.storage.database import Database
from tokenpoints.storage.tables import leases

pytestmark = pytest.mark.asyncio

SECONDS = 1.5
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass
class Process:
    """A process that wants to work, and knows when it does."""

    database: Database
    name: str
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    works: asyncio.Event = field(default_factory=asyncio.Event)
    rests: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def start(self, *, lease_seconds: float = SECONDS) -> Process:
        standby = Standby(self.database, "work", holder=self.name, lease_seconds=lease_seconds)
        self.task = asyncio.create_task(standby.run(self._work, self.stop))
        return self

    async def _work(self, _fenced: Database, stop: asyncio.Event) -> None:
        self.rests.clear()
        self.works.set()
        try:
            await stop.wait()
        finally:
            self.works.clear()
            self.rests.set()

    async def end(self) -> None:
        self.stop.set()
        assert self.task is not None
        await self.task


@pytest_asyncio.fixture
async def start(database: Database) -> AsyncIterator[Callable[..., Process]]:
    await schema.upgrade(database)
    processes: list[Process] = []

    def start(name: str, **options: float) -> Process:
        processes.append(Process(database, name).start(**options))
        return processes[-1]

    yield start
    for process in processes:
        if process.task is not None and not process.task.cancelled():
            await process.end()


async def holder(database: Database) -> tuple[str, int]:
    async with database.snapshot() as session:
        name, token = (await session.execute(select(leases.c.holder, leases.c.token))).one()
    return name, token


async def test_one_works_and_the_other_follows_when_it_stops(database: Database, start: Callable[..., Process]) -> None:
    # Longer than the test may take: what follows does not wait for a lease to run out.
    first = start("first", lease_seconds=600)
    await first.works.wait()
    second = start("second")
    await asyncio.sleep(0.1)
    assert not second.works.is_set()
    await first.end()
    await second.works.wait()
    assert await holder(database) == ("second", 2)


async def test_a_lease_is_renewed_and_taken_over_once_it_is_not(
    database: Database, start: Callable[..., Process]
) -> None:
    first = start("first")
    await first.works.wait()
    second = start("second")
    ends = {await end_of_lease(database)}
    while len(ends) < 4:
        ends.add(await end_of_lease(database))
        await asyncio.sleep(0.05)
    assert first.works.is_set() and not second.works.is_set()
    await die(first, database)
    await second.works.wait()
    assert await holder(database) == ("second", 2)


async def end_of_lease(database: Database) -> datetime:
    async with database.snapshot() as session:
        end: datetime = (await session.execute(select(leases.c.expires_at))).scalar_one()
        return end


async def die(process: Process, database: Database) -> None:
    """End a process as a kill does: it releases nothing."""
    end = await end_of_lease(database)
    assert process.task is not None
    process.task.cancel()
    await asyncio.wait({process.task})
    async with database.session() as session:
        await session.execute(update(leases).where(leases.c.holder == process.name).values(expires_at=end))


async def test_who_loses_the_lease_stops_and_stands_by(database: Database, start: Callable[..., Process]) -> None:
    first = start("first")
    await first.works.wait()
    with capture_logs() as lines:
        async with database.session() as session:  # another took it while the first was paused, and died
            await session.execute(update(leases).values(holder="second", token=2, expires_at=LONG_AGO))
        await first.rests.wait()
        await first.works.wait()
    assert await holder(database) == ("first", 3)
    assert [line["event"] for line in lines] == ["lease_lost", "lease_taken"]


async def test_what_the_work_raises_ends_the_process_and_frees_the_lease(database: Database) -> None:
    await schema.upgrade(database)

    async def fail(_fenced: Database, _stop: asyncio.Event) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await Standby(database, "work", holder="first", lease_seconds=600).run(fail, asyncio.Event())
    second = Process(database, "second").start()
    await second.works.wait()
    await second.end()


async def test_a_standby_stops_when_told(start: Callable[..., Process]) -> None:
    first = start("first", lease_seconds=600)
    await first.works.wait()
    second = start("second", lease_seconds=600)
    await asyncio.sleep(0.05)
    await second.end()
    assert first.works.is_set()
