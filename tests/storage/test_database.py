from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from alembic import command
from sqlalchemy import TableClause, column, delete, insert, inspect, select, text
from sqlalchemy import table as clause
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from tests.support.programs import make_program
from tests.support.small_ledger import build_small_ledger
from tokenpoints.chain.signers import development_signer
from tokenpoints.domain.fees import Fees
from tokenpoints.errors import ConfigurationError
from tokenpoints.storage import batches, schema
from tokenpoints.storage.database import Database
from tokenpoints.storage.tables import checkpoints, metadata

pytestmark = pytest.mark.asyncio

OURS = ("members", "receipts", "awards", "batches", "submissions")
"""The tables that no chain can fill again."""


def row(chain_id: int) -> dict[str, object]:
    return {
        "chain_id": chain_id,
        "block_number": 1,
        "block_hash": bytes(32),
        "head_number": 1,
        "finalized_number": 0,
        "observed_at": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
    }


@pytest_asyncio.fixture
async def empty(empty_database_url: str) -> AsyncIterator[Database]:
    """Without tables."""
    database = Database.open(empty_database_url)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def migrated(database: Database) -> Database:
    await schema.upgrade(database)
    return database


async def migrate(database: Database, revision: str) -> None:
    """Up or down to a revision."""

    def run(connection: Connection) -> None:
        move = command.downgrade if revision == "base" else command.upgrade
        move(schema.config_for(connection), revision)

    async with database.session() as session:
        await session.run_sync(run)


async def tables_in(database: Database) -> list[TableClause]:
    """The tables as the database has them now, with the types of ours."""

    def look(connection: Connection) -> list[TableClause]:
        known = inspect(connection)
        names = set(known.get_table_names())
        return [
            clause(
                table.name,
                *(column(each["name"], table.c[each["name"]].type) for each in known.get_columns(table.name)),
            )
            for table in metadata.sorted_tables
            if table.name in names
        ]

    async with database.snapshot() as session:
        return await session.run_sync(look)


async def rows_in(database: Database, tables: list[TableClause]) -> dict[str, list[tuple[object, ...]]]:
    async with database.snapshot() as session:
        return {
            table.name: sorted((tuple(found) for found in await session.execute(select(table))), key=repr)
            for table in tables
        }


async def test_migrations_and_tables_agree(empty: Database) -> None:
    await schema.upgrade(empty)
    assert await schema.differences(empty) == []
    await schema.upgrade(empty)
    assert await schema.differences(empty) == []


async def test_a_table_that_differs_is_told(empty: Database) -> None:
    await schema.upgrade(empty)
    async with empty.session() as session:
        await session.exec_driver_sql("ALTER TABLE checkpoints ADD COLUMN surplus INTEGER")
        await session.exec_driver_sql("DROP INDEX ix_entries_account")
    found = " ".join(await schema.differences(empty))
    assert "surplus" in found
    assert "ix_entries_account" in found


async def test_migrating_keeps_what_cannot_be_read_from_the_chain(empty: Database) -> None:
    await migrate(empty, "0001")
    first = [table for table in await tables_in(empty) if table.name in OURS]
    rows, _ = build_small_ledger(make_program())
    async with empty.session() as session:
        for table in first:
            present = [
                {each.name: row[each.name] for each in table.c if each.name in row}
                for row in rows.rows.get(table.name, [])
            ]
            if present:
                await session.execute(insert(table), present)
    before = await rows_in(empty, first)
    assert before["members"] and before["awards"]
    await schema.upgrade(empty)
    assert await schema.differences(empty) == []
    assert await rows_in(empty, first) == before


async def test_every_migration_can_be_taken_back(empty: Database) -> None:
    await schema.upgrade(empty)
    await migrate(empty, "base")
    assert await tables_in(empty) == []
    await schema.upgrade(empty)
    assert await schema.differences(empty) == []


async def test_two_who_migrate_at_once_take_turns(empty: Database) -> None:
    await asyncio.gather(*(schema.upgrade(empty) for _ in range(4)))
    assert await schema.differences(empty) == []


async def test_a_session_that_fails_leaves_nothing(migrated: Database) -> None:
    with pytest.raises(RuntimeError, match="half-way"):
        async with migrated.session() as session:
            await session.execute(insert(checkpoints).values(**row(1)))
            raise RuntimeError("half-way")
    async with migrated.snapshot() as session:
        assert (await session.execute(select(checkpoints))).first() is None


async def test_times_come_back_to_the_microsecond(migrated: Database) -> None:
    async with migrated.session() as session:
        await session.execute(insert(checkpoints).values(**row(1)))
    async with migrated.snapshot() as session:
        assert await session.scalar(select(checkpoints.c.observed_at)) == row(1)["observed_at"]


async def test_a_snapshot_sees_one_moment(migrated: Database) -> None:
    async with migrated.session() as session:
        await session.execute(insert(checkpoints).values(**row(1)))
    async with migrated.snapshot() as snapshot:
        assert len((await snapshot.execute(select(checkpoints))).all()) == 1
        async with migrated.session() as session:
            await session.execute(insert(checkpoints).values(**row(2)))
        assert len((await snapshot.execute(select(checkpoints))).all()) == 1
    async with migrated.session() as session:
        await session.execute(delete(checkpoints))
    async with migrated.snapshot() as snapshot:
        assert (await snapshot.execute(select(checkpoints))).all() == []


async def test_a_statement_that_is_wrong_is_not_taken_for_a_busy_database(migrated: Database) -> None:
    for statement in ("SELECT nothing FROM nowhere", "SELECT FROM WHERE"):
        with pytest.raises(DBAPIError):
            async with migrated.snapshot() as session:
                await session.exec_driver_sql(statement)


@pytest.mark.parametrize("url", ["nonsense", "mysql://root:secret@host/db", "://:secret@"])
async def test_a_url_of_nothing_we_know_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="TOKENPOINTS_DATABASE_URL") as refused:
        Database.open(url)
    assert "secret" not in str(refused.value)


async def test_submissions_of_before_keep_what_their_bytes_say(empty: Database) -> None:
    key = development_signer("issuer", 31337)
    signed = key.sign(nonce=7, to=key.address, calldata=b"", gas_limit=90_000, fees=Fees(400, 3))
    async with empty.session() as session:
        await session.run_sync(lambda connection: command.upgrade(schema.config_for(connection), "0001"))
        await session.execute(
            text(
                "INSERT INTO batches (seq, program, issuer, number, receipts_root, entry_count, sealed_at)"
                " VALUES (1, 'demo', :issuer, 5, :root, 1, 0)"
            ),
            {"issuer": key.address, "root": bytes(32)},
        )
        await session.execute(
            text(
                "INSERT INTO submissions (batch_seq, issuer, nonce, transaction_hash, signed_bytes, created_at)"
                " VALUES (1, :issuer, 7, :hash, :raw, 0)"
            ),
            {"issuer": key.address, "hash": signed.hash, "raw": signed.raw},
        )
    await schema.upgrade(empty)
    async with empty.snapshot() as session:
        (kept,) = await batches.submissions_from(session, key.address, 0, limit=9)
        raw = await batches.signed_bytes(session, [kept.seq])
    assert (kept.batch_seq, kept.batch_number, kept.nonce, kept.gas_limit) == (1, 5, 7, 90_000)
    assert (kept.fees, raw[kept.seq]) == (Fees(400, 3), signed.raw)
