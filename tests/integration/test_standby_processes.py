"""Two submitters and two indexers at once on one database, over a real node."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from tests.integration.conftest import BOTH_DATABASES, World, chain_rows, rebuilt_rows
from tokenpoints import bootstrap
from tokenpoints.config import Settings
from tokenpoints.errors import LeaseLost
from tokenpoints.storage import leases as lease_queries
from tokenpoints.storage.leases import Lease
from tokenpoints.storage.tables import awards, batches, leases, submissions

pytestmark = [pytest.mark.asyncio, BOTH_DATABASES]

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

Run = Callable[[Settings, asyncio.Event], Coroutine[None, None, None]]


class Process:
    """A process of its own in all but name: it has its own connections and knows nothing of the others."""

    def __init__(self, settings: Settings, run: Run) -> None:
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(run(settings, self.stop))

    async def end(self) -> None:
        """As SIGTERM does."""
        self.stop.set()
        with suppress(asyncio.CancelledError):
            await self.task


@pytest_asyncio.fixture
async def begin(world: World) -> AsyncIterator[Callable[[Run], Process]]:
    processes: list[Process] = []
    settings = world.settings.model_copy(
        update={"batch_size": 7, "batch_age_seconds": 0.05, "poll_seconds": 0.05, "lease_seconds": 5}
    )

    def begin(run: Run) -> Process:
        processes.append(Process(settings, run))
        return processes[-1]

    yield begin
    for process in processes:
        await process.end()


async def holders(world: World) -> dict[str, tuple[str, int]]:
    async with world.database.snapshot() as session:
        rows = (await session.execute(select(leases))).all()
    return {row.name.partition(":")[0]: (row.holder, row.token) for row in rows}


async def settled(world: World, count: int) -> None:
    """Wait until `count` awards are confirmed."""
    while True:
        summary = (await world.http.get("/v1/programs/demo/awards/summary")).json()
        assert summary["confirmed"] + summary["finalized"] <= count
        if summary["confirmed"] + summary["finalized"] == count and summary["pending"] == 0:
            return
        await asyncio.sleep(0.05)


async def buy(world: World, numbers: range) -> None:
    for number in numbers:
        await world.buy("anna", 100, f"r{number}")


async def test_two_of_each_mint_each_award_once_and_go_on_when_one_ends(
    world: World, begin: Callable[[Run], Process]
) -> None:
    accounts = await world.enrol("anna")
    submitters = [begin(bootstrap.run_submitter), begin(bootstrap.run_submitter)]
    indexers = [begin(bootstrap.run_indexer), begin(bootstrap.run_indexer)]
    await buy(world, range(20))
    await settled(world, 20)
    assert {name: token for name, (_, token) in (await holders(world)).items()} == {"submitter": 1, "indexer": 1}
    # Whoever of the two works, one ends when told and one in the middle of things, and the other two go on.
    await submitters[0].end()
    await buy(world, range(20, 30))
    await settled(world, 30)
    indexers[0].task.cancel()
    await buy(world, range(30, 40))
    await settled(world, 40)
    assert await world.balance_on_chain(accounts["anna"]) == await world.supply_on_chain() == 40
    async with world.database.snapshot() as session:
        assert len((await session.execute(select(awards.c.batch_seq).where(awards.c.batch_seq.is_(None)))).all()) == 0
        nonces = list((await session.scalars(select(submissions.c.nonce).order_by(submissions.c.nonce))).all())
    assert nonces == list(range(nonces[0], nonces[0] + len(nonces)))
    for process in (submitters[1], indexers[1]):
        await process.end()
    before = await chain_rows(world)
    assert await rebuilt_rows(world) == before


async def test_a_submitter_that_wakes_up_late_writes_nothing(world: World) -> None:
    await world.enrol("anna")
    await buy(world, range(3))
    async with world.database.session() as session:
        lease = await lease_queries.take(session, "submitter", holder="old", seconds=60)
    assert lease is not None
    zombie = world.working_on(lease)
    async with world.database.session() as session:
        await session.execute(update(leases).values(expires_at=LONG_AGO))
        new = await lease_queries.take(session, "submitter", holder="new", seconds=60)
    assert new == Lease("submitter", 2)
    with pytest.raises(LeaseLost):
        await zombie.step()
    async with world.database.snapshot() as session:
        assert (await session.execute(select(batches))).first() is None
        assert (await session.execute(select(submissions))).first() is None
    assert await world.supply_on_chain() == 0
    while await world.working_on(new).step():
        pass
    assert await world.supply_on_chain() == 3
