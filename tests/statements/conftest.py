from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.support.small_ledger import SmallLedger, small_ledger
from tokenpoints.storage.database import Database


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path / 'ledger.db'}")
    yield database
    await database.close()


@pytest_asyncio.fixture
async def ledger(database: Database) -> SmallLedger:
    return await small_ledger(database)
