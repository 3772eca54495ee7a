from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from tokenpoints.storage import schema
from tokenpoints.storage.database import Database
from tokenpoints.storage.tables import checkpoints

pytestmark = pytest.mark.asyncio


def row(chain_id: int) -> dict[str, object]:
    return {
        "chain_id": chain_id,
        "block_number": 1,
        "block_hash": bytes(32),
        "head_number": 1,
        "finalized_number": 0,
        "observed_at": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    }


async def opened(path: Path) -> Database:
    database = Database.open(f"sqlite+aiosqlite:///{path / 'test.db'}")
    await schema.upgrade(database)
    return database


async def test_migrations_and_tables_agree(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    assert await schema.differences(database) == []
    await schema.upgrade(database)
    await database.close()


async def test_a_table_that_differs_is_told(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    async with database.session() as session:
        await session.exec_driver_sql("ALTER TABLE checkpoints ADD COLUMN surplus INTEGER")
        await session.exec_driver_sql("DROP INDEX ix_entries_account")
    found = " ".join(await schema.differences(database))
    assert "surplus" in found
    assert "ix_entries_account" in found
    await database.close()


async def test_a_session_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    with pytest.raises(RuntimeError, match="half-way"):
        async with database.session() as session:
            await session.execute(insert(checkpoints).values(**row(1)))
            raise RuntimeError("half-way")
    async with database.snapshot() as session:
        assert (await session.execute(select(checkpoints))).first() is None
    await database.close()


async def test_times_come_back_to_the_microsecond(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    async with database.session() as session:
        await session.execute(insert(checkpoints).values(**row(1)))
    async with database.snapshot() as session:
        assert await session.scalar(select(checkpoints.c.observed_at)) == row(1)["observed_at"]
    await database.close()


async def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    database = await opened(tmp_path)

    async def count_up(_: int) -> None:
        async with database.session() as session:
            rows = (await session.execute(select(checkpoints.c.chain_id))).scalars().all()
            await asyncio.sleep(0.01)
            await session.execute(insert(checkpoints).values(**row(len(rows) + 1)))

    await asyncio.gather(*(count_up(number) for number in range(10)))
    async with database.snapshot() as session:
        assert len((await session.execute(select(checkpoints))).all()) == 10
    await database.close()
