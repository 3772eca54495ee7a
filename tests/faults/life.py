"""One seed from its beginning to its verdict."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.base import Base
from tests.faults.databases import Database, PostgreSQL, Server
from tests.faults.kinds.catalogue import BY_KIND
from tests.faults.node import FULL_PURSE_WEI, mining
from tests.faults.oracle import Findings, judge
from tests.faults.processes import KILLED, Process
from tests.faults.schedule import Schedule
from tests.faults.world import World, running

SETTLE_SECONDS = 120.0
"""Within so long after the last fault everything must be done."""
_REBUILD_SECONDS = 30.0


@dataclass
class Verdict:
    """What became of a seed."""

    seed: int
    schedule: str
    findings: Findings = field(default_factory=Findings)
    faults: Counter[str] = field(default_factory=Counter)
    """Those that took effect."""
    recovery_seconds: float = 0.0
    """From the end of the last fault until everything was done."""
    resubmission_seconds: float = 0.0
    """From the end of a submitter until the next one has sent something, at most."""
    crashes: list[str] = field(default_factory=list)
    """Ends of processes that nobody killed. They start again; nothing may be lost by it."""
    failure: str = ""
    """Why the seed did not come to its end."""
    seconds: float = 0.0
    receipts: int = 0
    trail: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return self.findings.are_none and not self.failure


async def live(schedule: Schedule, base: Base, server: Server, folder: Path, *, keep: bool = False) -> Verdict:
    """Lead the life of a schedule in `folder`, which is kept if it does not end well."""
    folder.mkdir(parents=True)
    verdict, started = Verdict(schedule.seed, str(schedule)), time.monotonic()
    with contextlib.ExitStack() as stack:
        database = _new_database(schedule, base, server, folder / "tokenpoints.db", stack)
        rebuilt = _new_database(schedule, base, server, folder / "rebuilt.db", stack)
        try:
            async with running(folder, base, database, schedule.shape, schedule.seed) as world:
                try:
                    await _live(world, schedule, rebuilt, verdict)
                finally:
                    verdict.crashes = [
                        f"{process.name}: {status}"
                        for process in world.processes.values()
                        for status in process.ends
                        if status != KILLED
                    ]
        except Exception as error:
            verdict.failure = f"{type(error).__name__}: {error}"
    verdict.seconds = time.monotonic() - started
    if verdict.is_good and not keep:
        shutil.rmtree(folder)
    return verdict


async def _live(world: World, schedule: Schedule, rebuilt: Database, verdict: Verdict) -> None:
    async with mining(world.node, schedule.shape.block_seconds or 1.0):
        for kind in schedule.kinds:
            await world.shop.buy(world.chance.randint(1, 8))
            await asyncio.sleep(world.chance.uniform(0, 0.3))
            begun = time.monotonic()
            took_effect = await BY_KIND[kind].run(world)
            verdict.trail.append(f"{kind}: {took_effect}, {time.monotonic() - begun:.1f} s")
            verdict.faults[kind] += took_effect
        # A reorg may have gone back to an empty purse.
        await world.node.set_purse(FULL_PURSE_WEI)
        ended = time.monotonic()
        # What was sent and not answered is sent again; and a last purchase has to find its way.
        deadline = ended + SETTLE_SECONDS
        for receipt in world.shop.receipts:
            if receipt.award is None:
                await world.shop.send(receipt, deadline=deadline)
        await world.shop.buy(1, deadline=deadline)
        await world.settle(within_seconds=SETTLE_SECONDS)
        async with world.node.held():
            await world.catch_up(within_seconds=SETTLE_SECONDS)
        verdict.recovery_seconds = time.monotonic() - ended
        verdict.resubmission_seconds = _slowest_resubmission(world)
    if schedule.shape.points_expire:
        epochs_seconds = 5 * world.base.program.calendar.length_seconds
        await world.node.call("evm_increaseTime", hex(epochs_seconds))
        await world.node.mine()
    # A node that mines on its own may have been about to.
    await world.settle(within_seconds=SETTLE_SECONDS)
    await world.catch_up(within_seconds=SETTLE_SECONDS)
    if world.brand.is_listening:
        await world.tell(within_seconds=SETTLE_SECONDS)
    verdict.receipts = len(world.shop.receipts)
    await world.stop()
    await _rebuild(world, rebuilt)
    verdict.findings = await judge(world, rebuilt)
    if world.brand.is_listening:
        undone = "reorg_final" in schedule.kinds
        verdict.findings.differences += world.brand.differences(world.database, final_was_undone=undone)


def _slowest_resubmission(world: World) -> float:
    sends = world.proxy.sends
    return max(
        (min((at for at in sends if at > end), default=end) - end for end in world.submitter.ended_at), default=0.0
    )


async def _rebuild(world: World, rebuilt: Database) -> None:
    """Read the chain from block 0 into another database."""
    head = bytes.fromhex((await world.node.call("eth_getBlockByNumber", "latest", False))["hash"][2:])
    env = {"TOKENPOINTS_RPC_URL": world.node.url, "TOKENPOINTS_DATABASE_URL": rebuilt.url}
    indexer: Process = world.another("indexer", "rebuild", **env)
    indexer.start()
    try:
        async with asyncio.timeout(_REBUILD_SECONDS):
            while rebuilt.rows("SELECT block_hash FROM checkpoints") != [(head,)]:
                await asyncio.sleep(0.05)
    finally:
        await indexer.stop()


def _new_database(schedule: Schedule, base: Base, server: Server, path: Path, stack: contextlib.ExitStack) -> Database:
    if schedule.database == "sqlite":
        return base.new_sqlite(path)
    if not server.is_running():
        # An earlier life did not come to its end.
        server.start_again()
    database: PostgreSQL = server.new()
    stack.callback(server.drop, database)
    return database
