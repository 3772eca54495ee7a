"""Inserting many rows: by COPY on PostgreSQL, statement by statement on SQLite and for few."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.support import chain_rows
from tokenpoints.domain.types import Address
from tokenpoints.storage import ledger
from tokenpoints.storage.bulk import insert_all, insert_numbered
from tokenpoints.storage.database import Database
from tokenpoints.storage.tables import balances, members

pytestmark = pytest.mark.asyncio

NOW = datetime(2026, 1, 15, 12, 0, 0, 123_456, tzinfo=UTC)
HARD_TO_WRITE = ("\\N", "\\", "\\\\x00", "a\tb", "a\nb", "a\rb", "\\.", "{,}", '"', "가é😀", " ", "NULL")


def rows_of(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"mem_{number}",
            "program": "demo",
            "customer_id": f"{HARD_TO_WRITE[number % len(HARD_TO_WRITE)]}{number}",
            "salt": number.to_bytes(32, "big"),
            "commitment": bytes(32),
            "account": number.to_bytes(20, "little"),
            "created_at": NOW + timedelta(microseconds=number),
        }
        for number in range(count)
    ]


@pytest.mark.parametrize("count", [1, 2, 49, 50, 2_501])
async def test_rows_come_back_as_they_were_under_the_numbers_that_were_told(database: Database, count: int) -> None:
    await chain_rows.create_tables(database)
    rows = rows_of(count)
    async with database.session() as session:
        seqs = await insert_numbered(session, members, rows)
        [*found] = (await session.execute(select(members).order_by(members.c.seq))).mappings()
    assert [dict(row) for row in found] == [{"seq": seq, **row} for seq, row in zip(seqs, rows, strict=True)]


async def test_numbers_go_on_after_those_told_and_after_those_not_told(database: Database) -> None:
    await chain_rows.create_tables(database)
    rows = rows_of(180)
    async with database.session() as session:
        seqs = await insert_numbered(session, members, rows[:60])
        await insert_all(session, members, rows[60:120])
        seqs += await insert_numbered(session, members, rows[120:179])
        seqs += await insert_numbered(session, members, rows[179:])
        found = (await session.scalars(select(members.c.id).order_by(members.c.seq))).all()
    assert found == [row["id"] for row in rows]
    assert seqs == sorted(set(seqs))


async def test_a_row_that_is_put_again_replaces_the_first(database: Database) -> None:
    await chain_rows.create_tables(database)
    accounts = [Address(number.to_bytes(20, "big")) for number in range(2_100)]
    async with database.session() as session:
        await ledger.set_balances(session, "demo", dict.fromkeys(accounts[:1500], (1, 1)))
        await ledger.set_balances(session, "demo", dict.fromkeys(reversed(accounts[200:]), (2, 2)))
        found = (await session.execute(select(balances.c.account, balances.c.lot_0, balances.c.block_number))).all()
    expected = [(account, 1, 1) for account in accounts[:200]] + [(account, 2, 2) for account in accounts[200:]]
    assert sorted(map(tuple, found)) == expected


@pytest.mark.parametrize("count", [1, 2, 60])
async def test_what_is_taken_is_told_as_everywhere(database: Database, count: int) -> None:
    await chain_rows.create_tables(database)
    rows = rows_of(count)
    async with database.session() as session:
        await insert_numbered(session, members, rows)
    with pytest.raises(IntegrityError):
        async with database.session() as session:
            await insert_numbered(session, members, rows)
    async with database.snapshot() as session:
        assert len((await session.execute(select(members.c.seq))).all()) == count


async def test_a_number_that_no_column_holds_is_refused_and_nothing_is_written(database: Database) -> None:
    await chain_rows.create_tables(database)
    accounts = {Address(number.to_bytes(20, "big")): (1, 1) for number in range(60)}
    with pytest.raises((DBAPIError, OverflowError)):
        async with database.session() as session:
            await ledger.set_balances(session, "demo", accounts | {Address(bytes(20)): (1, 2**63)})
    async with database.snapshot() as session:
        assert (await session.execute(select(balances.c.account))).all() == []
