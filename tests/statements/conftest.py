from __future__ import annotations

import pytest_asyncio

from tests.support.small_ledger import SmallLedger, small_ledger
from tokenpoints.storage.database import Database


@pytest_asyncio.fixture
async def ledger(database: Database) -> SmallLedger:
    return await small_ledger(database)
