"""A database that is not migrated is noticed before it is used."""

from __future__ import annotations

import pytest
from alembic.script import ScriptDirectory

from tokenpoints.errors import ConfigurationError
from tokenpoints.storage import schema, schema_version
from tokenpoints.storage.database import Database

pytestmark = pytest.mark.asyncio


async def test_the_newest_revision_is_alembics_head() -> None:
    scripts = ScriptDirectory(str(schema.MIGRATIONS))
    assert schema_version.newest() == scripts.get_current_head()


async def test_a_database_without_tables_is_refused(empty_database_url: str) -> None:
    database = Database.open(empty_database_url)
    with pytest.raises(ConfigurationError, match="no tables yet: run `tokenpoints migrate` first"):
        await schema_version.require_newest(database)
    await schema.upgrade(database)
    await schema_version.require_newest(database)
    await database.close()


async def test_one_of_an_earlier_version_is_refused_and_one_of_a_later_is_not(empty_database_url: str) -> None:
    database = Database.open(empty_database_url)
    await schema.upgrade(database)
    async with database.session() as session:
        await session.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(ConfigurationError, match=rf"earlier version \(0001, and not {schema_version.newest()}\)"):
        await schema_version.require_newest(database)
    async with database.session() as session:
        await session.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    await schema_version.require_newest(database)
    await database.close()
