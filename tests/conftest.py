"""What tests run on: SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.databases import PostgreSQL, running_postgresql
from tokenpoints.storage import schema
from tokenpoints.storage.database import Database

SLOW_ON_POSTGRESQL = (
    "tests/explorer/",
    "tests/imports/",
    *(
        f"tests/integration/test_{name}"
        for name in ("action_signatures", "actions", "indexer", "partnership", "refunds")
    ),
    "tests/integration/test_pipeline.py::test_a_reorg_that_drops_batches",
    "tests/integration/test_standby_processes.py",
    "tests/webhooks/",
    *(
        f"tests/gateway/test_{name}"
        for name in (
            *("access", "bad_input", "client", "contract", "dead", "dry_runs", "killed", "me", "members", "metrics"),
            *("keys", "persons", "reading", "reads", "receipt_kinds", "refunds", "server", "sign_in", "webhooks"),
        )
    ),
)
"""What asks a database little that other tests do not ask: on PostgreSQL, `make test-slow` runs it."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        callspec = getattr(item, "callspec", None)
        on = callspec.params.get("database_kind") if callspec is not None else None
        if on == "postgresql" and item.nodeid.startswith(SLOW_ON_POSTGRESQL):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with running_postgresql() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Whatever opens a database runs on each. Folders of long tests choose one."""
    return str(request.param)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables, to be copied: making them takes longer."""
    path = tmp_path_factory.mktemp("migrated") / "migrated.db"

    async def migrate() -> None:
        database = Database.open(f"sqlite+aiosqlite:///{path}")
        await schema.upgrade(database)
        await database.close()

    asyncio.run(migrate())
    return path


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own, with its tables."""
    if database_kind == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "test.db")
        yield f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    with server.database() as url:
        yield url


@pytest.fixture
def empty_database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """One without tables."""
    if database_kind == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    with server.empty_database() as url:
        yield url


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Opened."""
    database = Database.open(database_url)
    yield database
    await database.close()
