"""One whole system under one seed: node, proxy, database, gateway, submitter, indexer and a shop."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.base import Base
from tests.faults.databases import Database, Unanswered, key_in
from tests.faults.node import Node
from tests.faults.processes import Process
from tests.faults.proxy import Proxy
from tests.faults.receiver import Brand
from tests.faults.shop import Shop
from tests.support.ports import free_port

_READY_SECONDS = 30.0
_LEASE_SECONDS = 1.0
_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Shape:
    """How a system is set up."""

    batch_size: int
    in_flight_max: int
    block_seconds: float | None
    """None for a block with each transaction."""
    range_max: int
    """Blocks that the indexer reads at once."""
    points_expire: bool
    """Whether at the end so much time passes that they do."""
    slots_in_an_epoch: int
    """Twice as many blocks below the head are final."""


@dataclass
class World:
    """What the faults act on."""

    folder: Path
    base: Base
    database: Database
    node: Node
    proxy: Proxy
    shop: Shop
    chance: random.Random
    processes: dict[str, Process]
    env: dict[str, str]
    brand: Brand = field(default_factory=Brand)
    broadcast: list[bytes] = field(default_factory=list)
    not_stored: list[str] = field(default_factory=list)
    """Transactions whose bytes the node got before the database had them."""
    unchecked: list[bytes] = field(default_factory=list)
    """Those that came while the database did not answer."""

    @property
    def gateway(self) -> Process:
        return self.processes["gateway"]

    @property
    def submitter(self) -> Process:
        return self.processes["submitter"]

    @property
    def indexer(self) -> Process:
        return self.processes["indexer"]

    def another(self, command: str, name: str, **env: str) -> Process:
        """A further process, not started."""
        return Process(name, command, {**self.env, **env}, self.folder)

    async def stop(self) -> None:
        """End every process."""
        for process in self.processes.values():
            await process.stop()

    async def saw_send(self, raw: bytes) -> None:
        """Look, before the node does, whether these bytes are stored."""
        self.broadcast.append(raw)
        try:
            if not is_stored(self.database, raw):
                self.not_stored.append(raw.hex())
        except Unanswered:
            self.unchecked.append(raw)

    async def sent_since(self, count: int, *, within_seconds: float = 5.0) -> bool:
        """Whether more than `count` transactions were sent by now, or are in time."""
        deadline = time.monotonic() + within_seconds
        while len(self.broadcast) <= count:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.02)
        return True

    async def listen(self) -> None:
        """From now on a brand is told by webhooks, by a process that is not started yet."""
        if not self.brand.is_listening:
            await self.brand.listen(self.shop, self.database)
            self.processes["webhooks"] = self.another("webhooks", "webhooks")

    async def settle(self, *, within_seconds: float) -> None:
        """Wait until every award is on the chain, as the database has it, or dead. Raises TimeoutError."""
        await self._wait_until_none(self._waiting, within_seconds)

    async def catch_up(self, *, within_seconds: float) -> None:
        """Wait until the index is at the head, to which nothing may be added meanwhile. Raises TimeoutError."""
        await self._wait_until_none(self._behind, within_seconds)

    async def tell(self, *, within_seconds: float) -> None:
        """Make everything final, and wait until the brand is told. Raises TimeoutError."""
        await self.node.mine(2 * self.node.slots_in_an_epoch + 1)
        await self.catch_up(within_seconds=within_seconds)
        final = int((await self.node.call("eth_getBlockByNumber", "finalized", False))["number"], 16)

        async def untold() -> str | None:
            return self.brand.waits_for(self.database, final)

        await self._wait_until_none(untold, within_seconds)

    async def _waiting(self) -> str | None:
        ((count,),) = self.database.rows(_WAITING)
        return f"{count} awards are not on the chain" if count else None

    async def _behind(self) -> str | None:
        head = await self.node.call("eth_getBlockByNumber", "latest", False)
        rows = self.database.rows("SELECT block_hash FROM checkpoints")
        return None if rows == [(bytes.fromhex(head["hash"][2:]),)] else "the index is not at the head"

    async def _wait_until_none(self, what_is_left: Callable[[], Awaitable[str | None]], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                left = await what_is_left()
            except Unanswered as error:
                left = f"the database does not answer: {error}"
            if left is None:
                return
            if time.monotonic() > deadline:
                raise TimeoutError(left)
            await asyncio.sleep(_LOOK_SECONDS)


_WAITING = """
SELECT count(*) FROM awards
LEFT JOIN batches ON batches.seq = awards.batch_seq
LEFT JOIN awarded_batches ON awarded_batches.program = batches.program
  AND awarded_batches.issuer = batches.issuer AND awarded_batches.number = batches.number
WHERE awarded_batches.number IS NULL AND awards.seq NOT IN (SELECT award_seq FROM dead_letters)
"""


def is_stored(database: Database, raw: bytes) -> bool:
    """Whether the database has these signed bytes."""
    return bool(database.rows("SELECT seq FROM submissions WHERE signed_bytes = ?", raw))


@contextlib.asynccontextmanager
async def running(folder: Path, base: Base, database: Database, shape: Shape, seed: int) -> AsyncIterator[World]:
    """A system that has its first members, until the block ends."""
    chance = random.Random(f"{seed} world")
    node_port, proxy_port, gateway_port = free_port(), free_port(), free_port()
    node = Node(folder, node_port, slots_in_an_epoch=shape.slots_in_an_epoch)
    env = {
        "TOKENPOINTS_DATA_DIR": str(folder),
        "TOKENPOINTS_DEPLOYMENTS_DIR": str(base.deployments),
        "TOKENPOINTS_RPC_URL": f"http://127.0.0.1:{proxy_port}",
        "TOKENPOINTS_DATABASE_URL": database.url,
        "TOKENPOINTS_GATEWAY_PORT": str(gateway_port),
        "TOKENPOINTS_BATCH_SIZE": str(shape.batch_size),
        "TOKENPOINTS_BATCH_AGE_SECONDS": "0",
        "TOKENPOINTS_BATCHES_IN_FLIGHT_MAX": str(shape.in_flight_max),
        "TOKENPOINTS_BLOCK_COUNT_MAX": str(shape.range_max),
        "TOKENPOINTS_POLL_SECONDS": "0.2",
        "TOKENPOINTS_BUMP_SECONDS": "1",
        "TOKENPOINTS_LEASE_SECONDS": str(_LEASE_SECONDS),
        "TOKENPOINTS_DATABASE_POOL_TIMEOUT_SECONDS": "2",
        "TOKENPOINTS_DATABASE_STATEMENT_TIMEOUT_SECONDS": "3",
        "TOKENPOINTS_DATABASE_LOCK_TIMEOUT_SECONDS": "2",
        "TOKENPOINTS_DATABASE_IDLE_TIMEOUT_SECONDS": "3",
        "TOKENPOINTS_LOG_JSON": "true",
        "TOKENPOINTS_WEBHOOKS_ALLOW_LOOPBACK": "true",
        "TOKENPOINTS_REQUESTS_PER_MINUTE": "1000000",
    }
    processes = {name: Process(name, name, env, folder) for name in ("gateway", "indexer", "submitter")}

    async def on_send(raw: bytes) -> None:
        await world.saw_send(raw)

    proxy = Proxy(proxy_port, node.url, on_send, random.Random(f"{seed} proxy"))
    shop = Shop(f"http://127.0.0.1:{gateway_port}", random.Random(f"{seed} shop"), await key_in(database.url))
    world = World(folder, base, database, node, proxy, shop, chance, processes, env)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(node.close)
        await node.start(base.state)
        await node.automine(shape.block_seconds is None)
        await proxy.start()
        stack.push_async_callback(proxy.close)
        stack.push_async_callback(shop.close)
        stack.push_async_callback(world.brand.close)
        stack.push_async_callback(world.stop)
        for process in processes.values():
            process.start()
        await shop.enrol(3)
        await shop.buy(1, deadline=time.monotonic() + _READY_SECONDS)
        yield world
