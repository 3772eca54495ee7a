from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from tests.storage.test_database import row
from tokenpoints.storage import schema
from tokenpoints.storage.database import Database
from tokenpoints.storage.tables import checkpoints

pytestmark = pytest.mark.asyncio


async def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'test.db'}")
    await schema.upgrade(database)

    async def count_up(_: int) -> None:
        async with database.session() as session:
            rows = (await session.execute(select(checkpoints.c.chain_id))).scalars().all()
            await asyncio.sleep(0.01)
            await session.execute(insert(checkpoints).values(**row(len(rows) + 1)))

    await asyncio.gather(*(count_up(number) for number in range(10)))
    async with database.snapshot() as session:
        assert len((await session.execute(select(checkpoints))).all()) == 10
    await database.close()
