"""What is asked of the driver itself: a member's holding and latest entries."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, literal, select, text

from tests.storage.test_persons import enrolled
from tests.support.deployments import hash32
from tests.support.programs import NOW, account_of
from tests.support.small_ledger import small_ledger
from tokenpoints.domain.types import Address
from tokenpoints.errors import DatabaseBusy
from tokenpoints.storage import ledger_reads, tables
from tokenpoints.storage.database import Database
from tokenpoints.storage.limits import ConnectionLimits
from tokenpoints.storage.questions import Question

pytestmark = pytest.mark.asyncio

ISSUERS = [account_of(name) for name in ("first", "second", "third")]


async def pending_one_by_one(database: Database, program: str, name: str) -> int:
    """As the explorer lists them: every award, with its own batch."""
    async with database.snapshot() as session:
        found = await ledger_reads.pending_awards_of(session, program, account_of(name), limit=10_000)
    return sum(award.points_expected for award in found)


async def write_awards(database: Database, program: str, member_seqs: Sequence[int], chooser: random.Random) -> None:
    """Batches of some issuers, sealed in any order, of each of whom the first ones are awarded; awards of members in
    them, in none, and set aside."""
    issuers = ISSUERS[: chooser.randint(1, len(ISSUERS))]
    sealed: dict[Address, int] = dict.fromkeys(issuers, 0)
    batches: list[dict[str, Any]] = []
    for seq in range(1, chooser.randint(2, 12)):
        issuer = chooser.choice(issuers)
        sealed[issuer] += 1
        batches.append(
            {
                "seq": seq,
                "program": program,
                "issuer": issuer,
                "number": sealed[issuer],
                "receipts_root": hash32(seq),
                "entry_count": 100,
                "sealed_at": NOW,
            }
        )
    awarded = {issuer: chooser.randint(0, count) for issuer, count in sealed.items()}
    awards = [
        {
            "seq": seq,
            "id": f"awd_{seq}",
            "program": program,
            "receipt_seq": 1,
            "member_seq": chooser.choice(member_seqs),
            "rule_id": 1,
            "units": 1,
            "points_expected": 3**seq % 1_000,
            "created_at": NOW,
            "batch_seq": batch_seq,
            "position": None if batch_seq is None else seq,
        }
        for seq in range(1, 60)
        for batch_seq in [chooser.choice([None, *(batch["seq"] for batch in batches)])]
    ]
    dead = [
        {"award_seq": award["seq"], "reason": "reverts", "created_at": NOW}
        for award in awards
        if award["batch_seq"] is None and chooser.random() < 0.3
    ]
    minted = {"entry_count": 100, "refused_count": 0, "minted": 0, "receipts_root": hash32(1), "mints_hash": hash32(1)}
    async with database.session() as session:
        await session.execute(text("DELETE FROM dead_letters"))
        for table in (tables.awards, tables.batches, tables.awarded_batches):
            await session.execute(table.delete())
        await session.execute(insert(tables.batches), batches)
        await session.execute(insert(tables.awards), awards)
        if dead:
            await session.execute(insert(tables.dead_letters), dead)
        for issuer, count in awarded.items():
            for number in range(1, count + 1):
                place = {"block_number": 1, "transaction_hash": hash32(number), "log_index": number}
                row = {"program": program, "issuer": issuer, "number": number, **minted, **place}
                await session.execute(insert(tables.awarded_batches).values(row))


async def test_what_is_pending_is_what_its_awards_say_one_by_one(database: Database) -> None:
    seqs = await enrolled(database, anna="demo", ben="demo")
    async with database.session() as session:
        await session.execute(
            insert(tables.blocks).values(
                number=1,
                hash=hash32(1),
                parent_hash=hash32(0),
                timestamp=1,
                gas_used=0,
                gas_limit=0,
                base_fee_wei=0,
                transaction_count=1,
            )
        )
        await session.execute(
            insert(tables.receipts).values(
                seq=1,
                id="rcp_1",
                program="demo",
                reference="till-1",
                member_seq=seqs["anna"],
                kind="purchase",
                amount=1,
                occurred_at=NOW,
                body_hash=hash32(1),
                received_at=NOW,
            )
        )
    seen = set()
    for seed in range(25):
        await write_awards(database, "demo", list(seqs.values()), random.Random(seed))
        for name in seqs:
            expected = await pending_one_by_one(database, "demo", name)
            found = await ledger_reads.holding_of(database.ask, "demo", f"mem_{name}")
            assert found is not None and found.points_pending == expected, seed
            async with database.snapshot() as session:
                assert await ledger_reads.points_pending(session, "demo", account_of(name)) == expected, seed
            seen.add(expected)
    assert len(seen) > 25


async def test_the_latest_entries_are_those_of_the_account(database: Database) -> None:
    ledger = await small_ledger(database)
    slug = ledger.program.slug
    async with database.snapshot() as session:
        query = select(tables.members.c.id).where(tables.members.c.account == ledger.regular)
        member_id = (await session.execute(query)).scalar_one()
        expected = await ledger_reads.entries_of_account(session, slug, ledger.regular, before=None, limit=7)
    found = await ledger_reads.latest_entries_of_member(database.ask, slug, member_id, limit=7)
    assert [tuple(row) for row in found] == [tuple(row) for row in expected] and len(found) == 7


async def test_whom_others_became_and_nobody_have_no_latest_entries(database: Database) -> None:
    ledger = await small_ledger(database)
    slug = ledger.program.slug
    async with database.session() as session:
        of = tables.members.c
        members = {row.account: row for row in await session.execute(select(of.account, of.seq, of.id))}
        regular, other = members[ledger.regular], members[ledger.recipient]
        merge = insert(tables.merges).values(member_seq=other.seq, into_seq=regular.seq, merged_at=NOW)
        await session.execute(merge)
    for member_id in (regular.id, other.id, "mem_nobody", "mem_\x00"):
        assert not await ledger_reads.latest_entries_of_member(database.ask, slug, member_id, limit=7)
    holding = await ledger_reads.holding_of(database.ask, slug, other.id)
    assert holding is not None and (holding.member_id, holding.account) == (regular.id, ledger.regular)


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_a_question_that_takes_too_long_is_ended_and_the_next_is_answered(database_url: str) -> None:
    limits = ConnectionLimits(pool_size=1, statement_timeout_seconds=0.1)
    database = Database.open(database_url, limits=limits)
    asleep = Question(select(text("pg_sleep(60)")))
    for _ in range(2):
        with pytest.raises(DatabaseBusy, match="statement timeout"):
            await database.ask(asleep, {})
    assert [tuple(row) for row in await database.ask(_echo, {"word": "50 %"})] == [("50 %", 1)]
    await database.close()


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_connections_that_end_and_questions_that_are_called_off_leave_the_pool_whole(database_url: str) -> None:
    database = Database.open(database_url, limits=ConnectionLimits(pool_size=1))
    ending = Question(select(text("pg_terminate_backend(pg_backend_pid())")))
    with pytest.raises(DatabaseBusy):
        await database.ask(ending, {})
    assert [tuple(row) for row in await database.ask(_echo, {"word": "a"})] == [("a", 1)]
    asking = asyncio.ensure_future(database.ask(Question(select(text("pg_sleep(60)"))), {}))
    await asyncio.sleep(0.1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert [tuple(row) for row in await database.ask(_echo, {"word": "b"})] == [("b", 1)]
    await database.close()


_echo = Question(select(bindparam("word", type_=tables.members.c.id.type), literal(1)))
