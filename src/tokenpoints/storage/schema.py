"""Bringing a database to the present schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Connection

from tokenpoints.storage.database import Database
from tokenpoints.storage.tables import metadata
from tokenpoints.storage.turns import one_at_a_time

MIGRATIONS = Path(__file__).parent / "migrations"


async def upgrade(database: Database) -> None:
    """Apply every migration that the database lacks, all or none. Whoever else does so at the same time waits."""
    async with database.session() as session:
        if session.dialect.name == "postgresql":
            # A migration may take as long as its tables are large, and so may waiting for one.
            await session.exec_driver_sql("SET LOCAL statement_timeout = 0")
            await session.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        await one_at_a_time(session, "schema", ["upgrade"])
        await session.run_sync(_upgrade)


async def differences(database: Database) -> list[str]:
    """What the database's schema lacks of the tables, or has beyond them, in words."""
    async with database.snapshot() as session:
        return await session.run_sync(_differences)


def config_for(connection: Connection) -> Config:
    """Alembic's configuration for an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    command.upgrade(config_for(connection), "head")


def _differences(connection: Connection) -> list[str]:
    return [str(difference) for difference in compare_metadata(MigrationContext.configure(connection), metadata)]
