from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import deployments
from tokenpoints.storage import indexes, schema
from tokenpoints.storage.database import Database
from tokenpoints.storage.expiry import BEFORE_ALL_LOGS
from tokenpoints.storage.tables import entries

pytestmark = pytest.mark.asyncio


async def opened(path: Path) -> Database:
    database = Database.open(f"sqlite+aiosqlite:///{path / 'test.db'}")
    await schema.upgrade(database)
    return database


async def test_indexes_are_dropped_from_an_empty_table_and_built_again(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    async with database.session() as session:
        await indexes.drop_while_empty(session)
    assert "ix_entries_account" in " ".join(await schema.differences(database))
    async with database.session() as session:
        cache = (await session.exec_driver_sql("PRAGMA cache_size")).scalar_one()
        built = await indexes.build(session)
        assert (await session.exec_driver_sql("PRAGMA cache_size")).scalar_one() == cache
    assert sorted(built) == sorted(str(index.name) for index in entries.indexes)
    assert await schema.differences(database) == []
    async with database.session() as session:
        assert await indexes.build(session) == []
    await database.close()


async def test_a_table_with_entries_keeps_its_indexes(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    program = deployments.program()
    async with database.session() as session:
        await session.execute(
            entries.insert().values(
                block_number=1,
                log_index=BEFORE_ALL_LOGS,
                account=bytes(20),
                program=program.slug,
                type="expiry",
                amount=-1,
                balance_after=0,
                word_after=bytes(32),
            )
        )
        await indexes.drop_while_empty(session)
    assert await schema.differences(database) == []
    await database.close()
