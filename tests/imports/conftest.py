"""A gateway on a real port, to be stopped and started again."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from tests.support import chain_rows, deployments
from tests.support.keys import make_key
from tests.support.ports import free_port
from tokenpoints.client import Client
from tokenpoints.config import Settings
from tokenpoints.gateway.app import create_app
from tokenpoints.storage.database import Database


class LiveGateway:
    """A gateway that listens on a port of this machine, in a thread of its own."""

    def __init__(self, directory: Path, database_url: str) -> None:
        self._directory, self._database_url = directory, database_url
        self.program = deployments.program()
        self._port = free_port()
        self.key = ""
        """With which it is called, once it has tables."""
        self.url = f"http://127.0.0.1:{self._port}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen. The database keeps what it has."""
        config = uvicorn.Config(lambda: None, port=self._port, access_log=False, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(self._server),))
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.02)
        assert self._server.started

    def stop(self) -> None:
        """Stop listening, as a crash would be seen from outside."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join()
            self._server = None

    def in_database(self, action: Callable[[Database], Awaitable[Any]]) -> Any:
        """Do something to the database, beside the gateway."""

        async def run() -> Any:
            database = self._database()
            try:
                return await action(database)
            finally:
                await database.close()

        return asyncio.run(run())

    def prepare(self, *, rule: bool = True) -> None:
        """Tables, a block, a key, and, where it is wanted, rule 1 indexed."""

        async def act(database: Database) -> None:
            await chain_rows.create_tables(database)
            await chain_rows.add_block(database, 1)
            if rule:
                await chain_rows.add_rule(database, self.program)
            self.key = (await make_key(database)).text

        self.in_database(act)

    def put_on_chain(self, number: int, *, limit: int = 500, **mined: Any) -> None:
        """Seal the awards that have waited longest into batch `number` and mine it."""

        async def act(database: Database) -> None:
            await chain_rows.seal_next_batch(database, self.program, number=number, limit=limit)
            await chain_rows.add_block(database, number + 1)
            await chain_rows.mine_batch(database, self.program, number=number, block_number=number + 1, **mined)

        self.in_database(act)

    def _database(self) -> Database:
        return Database.open(self._database_url)

    async def _serve(self, server: uvicorn.Server) -> None:
        database = self._database()
        app = create_app(
            database=database,
            deployment=deployments.deployment(self.program),
            settings=Settings(data_dir=self._directory),
            clock=lambda: datetime.now(UTC),
        )
        server.config.app, server.config.factory = app, False
        async with app.router.lifespan_context(app):  # the server leaves it out where it stops as in a crash
            await server.serve()
        await database.close()


@pytest.fixture
def gateway(tmp_path: Path, database_url: str) -> Iterator[LiveGateway]:
    """Running, with rule 1 indexed and nobody enrolled."""
    made = LiveGateway(tmp_path, database_url)

    made.prepare()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def client(gateway: LiveGateway) -> Iterator[Client]:
    with Client(gateway.url, api_key=gateway.key, give_up_after_seconds=20) as made:
        yield made
