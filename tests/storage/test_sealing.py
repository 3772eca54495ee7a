"""Which awards the next batch takes."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, text

from tests.support.programs import NOW, account_of, hash_of
from tokenpoints.storage import awards, batches, dead_letters
from tokenpoints.storage.database import Database, Session
from tokenpoints.storage.tables import awards as award_table
from tokenpoints.storage.tables import members, receipts

pytestmark = pytest.mark.asyncio

WAITING = 2_000


async def add_awards(session: Session, count: int) -> list[int]:
    """Awards of one member, each of a receipt of its own. Returns their numbers."""
    member = {"id": "mem_a", "program": "demo", "customer_id": "a", "salt": hash_of("salt"), "created_at": NOW}
    await session.execute(insert(members).values(commitment=hash_of("a"), account=account_of("a"), **member))
    receipt = {"program": "demo", "member_seq": 1, "kind": "purchase", "amount": 100, "body_hash": hash_of("body")}
    times = {"occurred_at": NOW, "received_at": NOW}
    await session.execute(
        insert(receipts), [receipt | times | {"id": f"rec_{n}", "reference": str(n)} for n in range(count)]
    )
    award = {"program": "demo", "member_seq": 1, "rule_id": 1, "units": 100, "points_expected": 1, "created_at": NOW}
    await awards.add(session, [award | {"id": f"awd_{n}", "receipt_seq": n + 1} for n in range(count)])
    return list(await session.scalars(select(award_table.c.seq).order_by(award_table.c.seq)))


async def add_batch(session: Session, number: int) -> int:
    return await batches.add_batch(
        session,
        program="demo",
        issuer=account_of("issuer"),
        number=number,
        receipts_root=hash_of("root"),
        entry_count=1,
        sealed_at=NOW,
    )


async def test_the_oldest_that_are_not_set_aside_are_taken(database: Database) -> None:
    async with database.session() as session:
        seqs = await add_awards(session, 6)
        await dead_letters.add(session, {seqs[1]: "reverts"}, now=NOW)
    async with database.session() as session:
        assert await awards.next_unsealed(session, "demo", [2], 3) == []
        taken = [award.seq for award in await awards.next_unsealed(session, "demo", [1], 3)]
        assert taken == [seqs[0], seqs[2], seqs[3]]
        summary = await awards.unsealed_summary(session, "demo", [1])
    assert summary == awards.Unsealed(5, NOW)


async def test_awards_have_the_positions_in_which_they_are_given(database: Database) -> None:
    async with database.session() as session:
        first, second, third = await add_awards(session, 3)
        batch_seq = await add_batch(session, 1)
        await awards.assign_to_batch(session, [third, first], batch_seq)
        assert [award.seq for award in await awards.in_batch(session, batch_seq)] == [third, first]
        assert await awards.unsealed_summary(session, "demo", [1]) == awards.Unsealed(1, NOW)
        assert [award.seq for award in await awards.next_unsealed(session, "demo", [1], 3)] == [second]
        await awards.assign_to_batch(session, [second], await add_batch(session, 2))
        assert await awards.unsealed_summary(session, "demo", [1]) is None


async def rows_read(session: Session) -> int:
    """By this connection, as PostgreSQL counts them."""
    query = (
        "SELECT sum(coalesce(idx_tup_fetch, 0) + seq_tup_read) FROM pg_stat_xact_user_tables"
        " WHERE relname IN ('awards', 'receipts', 'members')"
    )
    return int(await session.scalar(text(query)))


@pytest.mark.parametrize("database_kind", ["postgresql"])  # which counts what it reads
async def test_those_that_wait_behind_are_not_read(database: Database) -> None:
    async with database.session() as session:
        await add_awards(session, WAITING)
    async with database.session() as session:
        # What was written before may still be counted.
        before = await rows_read(session)
        assert len(await awards.next_unsealed(session, "demo", [1], 10)) == 10
        assert 0 < await rows_read(session) - before < WAITING
