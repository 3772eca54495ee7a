"""What befalls the database."""

from __future__ import annotations

import asyncio
import contextlib

from tests.faults.databases import PostgreSQL, Sqlite, wait_for
from tests.faults.kinds.fault import Fault, pause, shopping
from tests.faults.world import World

_ONLY_POSTGRESQL = frozenset({"postgresql"})


async def _locked(world: World) -> bool:
    buying = asyncio.create_task(shopping(world, 4))
    with world.database.locked():
        await pause(world, 0.8)
    await buying
    return True


async def _database_killed(world: World) -> bool:
    """In the middle of commits, of which nobody learns whether they were."""
    assert isinstance(world.database, PostgreSQL)
    server = world.database.server
    buying = asyncio.create_task(world.shop.buy(6))
    if world.chance.random() < 0.7:
        with server.commits_unanswered():
            await wait_for(lambda: server.unanswered_commits() > 0, seconds=3)
            await pause(world, 0.2)
            server.kill()
    else:
        await pause(world, 0.3)
        server.kill()
    await pause(world, 0.5)
    server.start_again()
    await buying
    return True


async def _pool_exhausted(world: World) -> bool:
    assert isinstance(world.database, PostgreSQL)
    with world.database.server.all_connections_taken():
        await shopping(world, 4)
        await pause(world, 1.0)
    return True


async def _disk_full(world: World) -> bool:
    """No file grows. What there is can be written over."""
    if isinstance(world.database, PostgreSQL):
        with world.database.full():
            await shopping(world, 8)
            await pause(world, 0.8)
        return True
    assert isinstance(world.database, Sqlite)
    size = world.database.size()
    for process in world.processes.values():
        process.limit_files(size)
    await shopping(world, 8)
    await pause(world, 0.8)
    for process in world.processes.values():
        # One that ended meanwhile began again without the limit.
        with contextlib.suppress(ProcessLookupError):
            process.limit_files(None)
    return True


FAULTS = [
    Fault("database_locked", _locked),
    Fault("database_killed", _database_killed, databases=_ONLY_POSTGRESQL, weight=4),
    Fault("pool_exhausted", _pool_exhausted, databases=_ONLY_POSTGRESQL, weight=2),
    Fault("disk_full", _disk_full, weight=2),
]
