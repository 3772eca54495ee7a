from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import insert, select, text

from tokenpoints.chain.signers import development_signer
from tokenpoints.domain.fees import Fees
from tokenpoints.storage import batches, schema
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


async def test_submissions_of_before_keep_what_their_bytes_say(tmp_path: Path) -> None:
    key = development_signer("issuer", 31337)
    signed = key.sign(nonce=7, to=key.address, calldata=b"", gas_limit=90_000, fees=Fees(400, 3))
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    async with database.session() as session:
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
    await schema.upgrade(database)
    async with database.snapshot() as session:
        (kept,) = await batches.submissions_from(session, key.address, 0, limit=9)
        raw = await batches.signed_bytes(session, [kept.seq])
    assert (kept.batch_seq, kept.batch_number, kept.nonce, kept.gas_limit) == (1, 5, 7, 90_000)
    assert (kept.fees, raw[kept.seq]) == (Fees(400, 3), signed.raw)
    await database.close()
