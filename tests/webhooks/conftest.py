"""A gateway and a dispatcher over one database, stepped by hand, with a clock that tests set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from tests.support import chain_rows, deployments
from tests.support.asgi import client_of
from tests.support.keys import bearing, make_key
from tokenpoints.config import Settings
from tokenpoints.dispatcher.dispatcher import Dispatcher
from tokenpoints.domain.programs import Program
from tokenpoints.domain.rules import RefusalReason
from tokenpoints.domain.webhooks import EventType
from tokenpoints.gateway.app import create_app
from tokenpoints.storage.database import Database
from tokenpoints.webhooks.sending import Sender


@dataclass
class World:
    """The parts under test."""

    database: Database
    http: httpx.AsyncClient
    sender: Sender
    program: Program
    dispatcher: Dispatcher = field(init=False)
    ahead: timedelta = timedelta(0)
    batch: int = 0
    block: int = 1

    def __post_init__(self) -> None:
        self.restart()

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def restart(self) -> None:
        """A new dispatcher, which knows only what the database says."""
        self.dispatcher = Dispatcher(
            self.sender, self.database, ["demo", "other"], clock=self.clock, poll_seconds=0.01, chance=lambda: 0
        )

    async def call(self, method: str, path: str, body: object = None) -> Any:
        answer = await self.http.request(method, f"/v1/programs/demo/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def webhook(self, url: str, *events: EventType) -> dict[str, Any]:
        body = {"url": url, "events": list(events or EventType)}
        created: dict[str, Any] = await self.call("POST", "webhooks", body)
        return created

    async def messages(self, webhook: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.call("GET", f"webhooks/{webhook['id']}/messages{query}"))["messages"]
        return found

    async def award(self, count: int = 1, *, refused: dict[int, RefusalReason] | None = None) -> None:
        """A batch of awards in the next block, which is not final yet."""
        self.batch += 1
        self.block += 1
        for number in range(count):
            await self.call(
                "POST",
                "receipts",
                {
                    "reference": f"till-{self.batch}-{number}",
                    "customer_id": "jane-doe",
                    "kind": "purchase",
                    "amount": 1234,
                    "occurred_at": "2026-01-10T10:00:00Z",
                },
            )
        await chain_rows.seal_next_batch(self.database, self.program, number=self.batch)
        await chain_rows.add_block(self.database, self.block)
        await chain_rows.mine_batch(
            self.database, self.program, number=self.batch, block_number=self.block, refused=refused
        )

    async def finalize(self) -> None:
        """Two blocks more."""
        for _ in range(2):
            self.block += 1
            await chain_rows.add_block(self.database, self.block)

    async def deliver(self) -> None:
        """Let the dispatcher do all it can at this time."""
        while await self.dispatcher.step():
            pass
        await self.dispatcher.settled()
        # Raises what ended a round.
        await self.dispatcher.step()
        await self.dispatcher.settled()


@pytest_asyncio.fixture
async def world(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    program = deployments.program()
    await chain_rows.create_tables(database)
    await chain_rows.add_block(database, 1)
    await chain_rows.add_rule(database, program)
    app = create_app(
        database=database,
        deployment=deployments.deployment(program, deployments.program("other", base=0xB00)),
        settings=Settings(data_dir=tmp_path, webhooks_allow_loopback=True),
        clock=lambda: made.clock(),
    )
    headers = bearing(await make_key(database))
    async with (
        client_of(app, base_url="http://127.0.0.1:18080", headers=headers) as http,
        Sender(allow_loopback=True) as sender,
    ):
        made = World(database, http, sender, program)
        await made.call("POST", "members", {"customer_id": "jane-doe"})
        yield made
