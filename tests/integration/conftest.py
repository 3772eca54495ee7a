"""A whole system in one process, on a real node and a real database, stepped by hand."""

from __future__ import annotations

import asyncio
import gzip
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from tests.support.chain import TestChain, running_anvil
from tests.support.keys import bearing, make_key
from tests.support.ports import free_port
from tokenpoints import bootstrap
from tokenpoints.chain import specs
from tokenpoints.chain.interfaces import interface
from tokenpoints.config import Settings
from tokenpoints.demo.program import program_path
from tokenpoints.domain.fees import Fees
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.programs import Deployment, Program
from tokenpoints.domain.specs import ProgramSpec
from tokenpoints.domain.types import Address, address_from_hex
from tokenpoints.gateway.app import create_app
from tokenpoints.indexer.indexer import Indexer
from tokenpoints.indexer.source import ChainSource
from tokenpoints.statements.balance import balance_of
from tokenpoints.storage import checkpoints, ledger
from tokenpoints.storage.database import Database
from tokenpoints.storage.leases import Lease, fenced
from tokenpoints.storage.tables import DERIVED
from tokenpoints.submitter.issuing import Issuing
from tokenpoints.submitter.policy import BatchPolicy
from tokenpoints.submitter.submitter import Submitter

SMALL_BATCHES = BatchPolicy(size=10, age_seconds=0, in_flight_max=4)
OCCURRED_AT = "2017-03-04T05:06:07Z"


@dataclass
class World:
    """The system, with the chain under it."""

    chain: TestChain
    settings: Settings
    deployment: Deployment
    database: Database
    http: httpx.AsyncClient
    policy: BatchPolicy = SMALL_BATCHES
    skipped_seconds: float = 0
    """By how much the submitter's patience was shortened."""
    submitter: Submitter = field(init=False)
    indexer: Indexer = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    @property
    def program(self) -> Program:
        return self.deployment.programs["demo"]

    def clock(self) -> datetime:
        """The time of all parts, which runs ahead with the chain's."""
        return bootstrap.utc_now() + timedelta(seconds=self.chain.ahead_seconds)

    def new_submitter(self, role: str = "issuer", database: Database | None = None) -> Submitter:
        """A submitter with a development key, which knows only what the database and the chain say."""
        return Submitter(
            Issuing(self.chain.rpc, bootstrap.signer(self.settings, role), self.program),
            database or self.database,
            self.program,
            policy=self.policy,
            clock=self.clock,
            monotonic=lambda: time.monotonic() + self.skipped_seconds,
            poll_seconds=0.01,
        )

    def restart(self) -> None:
        """New submitter and indexer."""
        contracts = [
            contract.address for program in self.deployment.programs.values() for contract in program.contracts.logging
        ]
        self.submitter = self.new_submitter()
        self.indexer = Indexer(
            ChainSource(self.chain.rpc, contracts),
            self.database,
            self.deployment,
            clock=self.clock,
            block_count_max=7,
            poll_seconds=0.01,
            node_is_the_chain=True,
        )

    def working_on(self, lease: Lease) -> Submitter:
        """Another submitter, which works under a lease."""
        return self.new_submitter(database=fenced(self.database, lease))

    async def index(self) -> None:
        """Let the indexer catch up."""
        while (await self.indexer.step()).moved:
            pass

    async def submit(self) -> None:
        """Let the submitter work until there is nothing to seal."""
        while await self.submitter.step():
            pass

    async def settle(self) -> None:
        """Let everything come to rest: what reverted is signed again at the next look."""
        for _ in range(3):
            await self.submit()
        await self.index()

    async def enrol(self, *customer_ids: str) -> dict[str, Address]:
        """Accounts of new members, by customer id."""
        found = {}
        for customer_id in customer_ids:
            answer = await self.http.post("/v1/programs/demo/members", json={"customer_id": customer_id})
            found[customer_id] = address_from_hex(answer.raise_for_status().json()["account"])
        return found

    async def buy(
        self, customer_id: str, cents: int, reference: str, *, occurred_at: datetime | None = None
    ) -> dict[str, Any]:
        """Send the receipt of a purchase; of one long ago unless said otherwise."""
        answer = await self.http.post(
            "/v1/programs/demo/receipts",
            json={
                "reference": reference,
                "customer_id": customer_id,
                "kind": "purchase",
                "amount": cents,
                "occurred_at": OCCURRED_AT if occurred_at is None else rfc3339(occurred_at),
            },
        )
        assert answer.status_code == 202, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def balance_on_chain(self, account: Address) -> int:
        token = interface("PointsToken")
        answer = await self.chain.rpc.read(self.program.contracts.token.address, token.calldata("balanceOf", account))
        return int(token.decode_output("balanceOf", answer)[0])

    async def supply_on_chain(self) -> int:
        token = interface("PointsToken")
        answer = await self.chain.rpc.read(self.program.contracts.token.address, token.calldata("totalSupply"))
        return int(token.decode_output("totalSupply", answer)[0])

    async def balance_in_database(self, account: Address) -> int:
        """At the time of the chain's head, which tests may have moved."""
        head = await self.chain.rpc.block("latest")
        assert head is not None
        async with self.database.snapshot() as session:
            balance = await balance_of(session, self.program, account, now=datetime.fromtimestamp(head.timestamp, UTC))
        return balance.active

    async def send(self, role: str, to: Address, calldata: bytes, *, gas_limit: int = 3_000_000) -> dict[str, Any]:
        """Send a transaction with a development key and see it mined."""
        key = bootstrap.signer(self.settings, role)
        nonce = await self.chain.rpc.transaction_count(key.address)
        signed = key.sign(nonce=nonce, to=to, calldata=calldata, gas_limit=gas_limit, fees=Fees(10**10, 10**9))
        await self.chain.rpc.send(signed.raw)
        async with asyncio.timeout(20):
            while True:
                if (mined := await self.chain.rpc.transaction_receipt(signed.hash)) is not None:
                    return mined
                await asyncio.sleep(0.01)


async def chain_rows(world: World) -> dict[str, list[tuple[object, ...]]]:
    """Everything that was derived from the chain."""
    async with world.database.snapshot() as session:
        return {
            table.name: sorted((tuple(row) for row in await session.execute(select(table))), key=repr)
            for table in DERIVED
        }


async def rebuilt_rows(world: World) -> dict[str, list[tuple[object, ...]]]:
    """The same after reading the chain from its first block."""
    async with world.database.session() as session:
        await ledger.roll_back(session, world.deployment.first_block - 1)
        await checkpoints.clear(session, world.deployment.chain_id)
    await world.index()
    return await chain_rows(world)


@pytest.fixture
def database_kind() -> str:
    """These take long, so that only some run on PostgreSQL too."""
    return "sqlite"


BOTH_DATABASES = pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `deployments`, and with the chain after them in `chain.json`."""
    folder = tmp_path_factory.mktemp("deployed")
    asyncio.run(_deploy(folder))
    return folder


async def _deploy(folder: Path) -> None:
    port = free_port()
    settings = Settings(data_dir=folder / "data", deployments_dir=folder / "deployments", node_port=port)
    async with running_anvil(port) as chain:
        await bootstrap.deploy(settings, specs.load(program_path()))
        state = bytes.fromhex((await chain.rpc.call("anvil_dumpState", True))[2:])
    (folder / "chain.json").write_bytes(gzip.decompress(state))


@pytest_asyncio.fixture
async def world(tmp_path: Path, database_url: str, deployed: Path) -> AsyncIterator[World]:
    """Deployed, indexed up to the head, and empty."""
    shutil.copytree(deployed / "data", tmp_path / "data")
    shutil.copytree(deployed / "deployments", tmp_path / "deployments")
    async with running_anvil(free_port(), state=deployed / "chain.json") as chain:
        # Its clock would go on from where it was dumped.
        await chain.rpc.call("evm_setTime", hex(int(bootstrap.utc_now().timestamp())))
        async with world_of(chain, tmp_path, database_url) as world:
            yield world


@pytest_asyncio.fixture
async def own_chain_world(tmp_path: Path, database_url: str) -> AsyncIterator[World]:
    """The same on a chain that can go back to before its deployment."""
    spec = specs.load(program_path())
    async with running_anvil(free_port()) as chain, world_of(chain, tmp_path, database_url, spec) as world:
        yield world


@asynccontextmanager
async def world_of(
    chain: TestChain, folder: Path, database_url: str, spec: ProgramSpec | None = None
) -> AsyncIterator[World]:
    """A world with the program of `spec`, or with what is deployed already. The database has its tables."""
    settings = Settings(
        data_dir=folder / "data",
        deployments_dir=folder / "deployments",
        node_port=chain.port,
        database_url=database_url,
    )
    if spec is not None:
        await bootstrap.deploy(settings, spec)
    deployment = bootstrap.deployment(settings)
    database = bootstrap.database(settings)
    transport = httpx.ASGITransport(app=lambda *call: app(*call))
    headers = bearing(await make_key(database))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as http:
        world = World(chain, settings, deployment, database, http)
        app = create_app(
            database=database,
            deployment=lambda: world.deployment,
            settings=settings,
            clock=world.clock,
            node=chain.rpc,
        )
        async with app.router.lifespan_context(app):
            await world.index()
            yield world
    await database.close()
    await asyncio.sleep(0)
