from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from playwright.sync_api import Browser

from tests.support.browser import launched_browser, served
from tests.support.ledger_rows import LedgerRows, create_tables
from tests.support.programs import NOW, make_deployment
from tests.support.programs import make_program as make_program
from tests.support.small_ledger import SmallLedger, build_small_ledger
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Hash32
from tokenpoints.errors import ChainUnavailable
from tokenpoints.explorer.app import create_app
from tokenpoints.storage.database import Database


@dataclass
class FakeNode:
    """A node that knows what it is told, until it is taken down."""

    transactions: dict[Hash32, dict[str, Any]] = field(default_factory=dict)
    receipts: dict[Hash32, dict[str, Any]] = field(default_factory=dict)
    is_down: bool = False

    async def transaction(self, transaction_hash: Hash32, /) -> dict[str, Any] | None:
        return self._answer(self.transactions.get(transaction_hash))

    async def transaction_receipt(self, transaction_hash: Hash32, /) -> dict[str, Any] | None:
        return self._answer(self.receipts.get(transaction_hash))

    def _answer(self, found: dict[str, Any] | None) -> dict[str, Any] | None:
        if self.is_down:
            raise ChainUnavailable("the node is down")
        return found


@dataclass
class Site:
    """The application over the small ledger, and a client for it."""

    client: httpx.AsyncClient
    ledger: SmallLedger
    node: FakeNode
    database: Database
    app: FastAPI


@pytest.fixture
def program() -> Program:
    return make_program()


@pytest_asyncio.fixture
async def site(database: Database, program: Program) -> AsyncIterator[Site]:
    rows, ledger = build_small_ledger(program)
    await write(database, rows)
    node = FakeNode()
    app = create_app(database=database, deployment=make_deployment(program), node=node, clock=lambda: NOW)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://explorer") as client:
        yield Site(client, ledger, node, database, app)


async def write(database: Database, rows: LedgerRows, **numbers: int) -> None:
    await create_tables(database)
    await rows.write(database, **numbers)


@dataclass
class Served:
    """The same in a real server, for the browser."""

    url: str
    ledger: SmallLedger
    node: FakeNode
    path: Path


@pytest.fixture(scope="module")
def served_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("explorer") / "ledger.db"
    program = make_program()
    rows, ledger = build_small_ledger(program)

    async def seed() -> None:
        database = Database.open(f"sqlite+aiosqlite:///{path}")
        await write(database, rows)
        await database.close()

    # The browser's driver keeps a loop running in this thread.
    with ThreadPoolExecutor(1) as other_thread:
        other_thread.submit(lambda: asyncio.run(seed())).result()
    node = FakeNode()
    database = Database.open(f"sqlite+aiosqlite:///{path}")
    app = create_app(database=database, deployment=make_deployment(program), node=node, clock=lambda: NOW)
    with served(app, on_stop=database.close) as url:
        yield Served(url, ledger, node, path)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched_browser() as browser:
        yield browser
