"""From the chain's half to messages: everything final, once, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import delete, func, insert, select, true, update

from tests.support import chain_rows
from tests.support.ledger_rows import create_tables
from tests.support.programs import NOW as LEDGER_NOW
from tests.support.programs import make_program
from tests.support.receiver import Receiver, receiving
from tests.support.small_ledger import build_small_ledger
from tests.webhooks.conftest import World
from tokenpoints.dispatcher import telling
from tokenpoints.dispatcher.telling import Teller
from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.programs import Program
from tokenpoints.domain.rules import RefusalReason
from tokenpoints.domain.webhooks import EventType
from tokenpoints.storage import webhook_endpoints
from tokenpoints.storage.database import Database
from tokenpoints.storage.tables import checkpoints, entries, refusals, webhook_messages

pytestmark = pytest.mark.asyncio

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def test_awards_are_told_when_they_are_final_with_everything_but_the_customer(world: World) -> None:
    async with receiving(Receiver()) as receiver:
        await world.webhook(receiver.url)
        await world.award(2, refused={1: RefusalReason.BUDGET_EXCEEDED})
        await world.deliver()
        assert receiver.requests == []
        await world.finalize()
        await world.deliver()
        minted, refused = sorted((got.json for got in receiver.got), key=lambda told: str(told["type"]))
    [award] = (await world.call("GET", "awards?status=finalized"))["awards"]
    assert minted == {
        "type": "award.minted",
        "timestamp": "2026-01-15T12:00:02Z",
        "data": {
            "program": "demo",
            "member": award["member"],
            "account": award["account"],
            "block_number": 2,
            "transaction_hash": award["transaction_hash"],
            "log_index": 0,
            "award": award["id"],
            "receipt": award["receipt"],
            "reference": "till-1-0",
            "rule": 1,
            "rule_version": 1,
            "batch_number": 1,
            "batch_position": 0,
            "points_expected": "12",
            "entry": "2-0",
            "entry_type": "award",
            "amount": "12",
            "balance_after": "12",
            "tier_after": 0,
            "counterparty": None,
        },
    }
    assert refused["type"] == "award.refused"
    assert (refused["data"]["refusal"], refused["data"]["reference"]) == ("budget_exceeded", "till-1-1")
    assert not any(b"jane-doe" in request for request in receiver.requests)


async def test_an_endpoint_is_told_what_becomes_final_after_it_was_made_and_only_what_it_wants(world: World) -> None:
    async with receiving(Receiver()) as early, receiving(Receiver()) as late:
        await world.award(1)
        await world.finalize()
        await world.webhook(early.url, EventType.AWARD_REFUSED)
        await world.award(2, refused={0: RefusalReason.RULE_CLOSED})
        await world.webhook(late.url, EventType.AWARD_MINTED)
        await world.finalize()
        await world.deliver()
        assert [got.json["type"] for got in early.got] == ["award.refused"]
        assert [got.json["data"]["reference"] for got in late.got] == ["till-2-1"]


async def test_two_dispatchers_at_once_tell_everything_once(world: World) -> None:
    webhook = await world.webhook("http://127.0.0.1:9/")
    await world.award(30)
    await world.finalize()
    tellers = [Teller(world.database, ["demo"], clock=world.clock) for _ in range(3)]
    await asyncio.gather(*(teller.step() for teller in tellers))
    assert len(await world.messages(webhook)) == 30


async def test_what_finds_no_room_waits_with_the_chain(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "WAITING_MAX", 3)
    async with receiving(Receiver()) as receiver:
        webhook = await world.webhook(receiver.url)
        for _ in range(4):
            await world.award(2)
            await world.finalize()
            await world.dispatcher._teller.step()
        assert len(await world.messages(webhook)) == 4
        await world.deliver()
        await world.deliver()
        assert len(set(receiver.ids)) == len(receiver.ids) == 8


async def test_while_the_chains_half_is_rebuilt_nothing_is_missed_or_told_twice(world: World) -> None:
    webhook = await world.webhook("http://127.0.0.1:9/")
    await world.award(2)
    await world.finalize()
    teller = Teller(world.database, ["demo"], clock=world.clock)
    await teller.step()
    async with world.database.session() as session:
        rows = [dict(row._mapping) for row in await session.execute(select(entries))]
        await session.execute(delete(entries))
        await session.execute(update(checkpoints).values(block_number=1, finalized_number=0))
    await teller.step()
    async with world.database.session() as session:
        await session.execute(delete(checkpoints))
    await teller.step()
    async with world.database.session() as session:
        await session.execute(insert(entries), rows)
    await chain_rows.add_block(world.database, world.block + 1)
    await teller.step()
    assert len(await world.messages(webhook)) == 2


async def endpoint_of(database: Database, program: Program, events: Sequence[EventType] = tuple(EventType)) -> None:
    async with database.session() as session:
        await webhook_endpoints.add(
            session,
            id="whk_1",
            program=program.slug,
            url="https://example.com/",
            events=list(events),
            secret="whsec_" + "b2xk" * 8,
            created_at=NOW,
            told_block=-1,
        )


async def told(database: Database) -> list[dict[str, Any]]:
    """The bodies of all messages, in the order in which they were made."""
    async with database.snapshot() as session:
        bodies = await session.scalars(select(webhook_messages.c.body).order_by(webhook_messages.c.seq))
        return [orjson.loads(body) for body in bodies]


@pytest.mark.parametrize("page_size", [1, 500])
async def test_everything_in_a_ledger_is_told_once_in_its_order(
    database: Database, monkeypatch: pytest.MonkeyPatch, page_size: int
) -> None:
    monkeypatch.setattr(telling, "PAGE_SIZE", page_size)
    program = make_program()
    ledger, parts = build_small_ledger(program)
    await create_tables(database)
    await ledger.write(database)
    await endpoint_of(database, program)
    async with database.session() as session:
        final = await session.scalar(select(checkpoints.c.finalized_number))
    teller = Teller(database, [program.slug], clock=lambda: NOW)
    while await teller.step():
        pass
    messages = await told(database)
    async with database.snapshot() as session:
        count = 0
        for table, condition in (
            (entries, entries.c.type != EntryType.EXPIRY_LOGGED),  # which says nothing new
            (refusals, true()),
        ):
            query = select(func.count()).select_from(table).where(condition, table.c.block_number <= final)
            count += await session.scalar(query) or 0
    assert final is not None and parts.last_block > final > 1 and len(messages) == count > 100
    indexes = [message["data"]["log_index"] for message in messages]
    numbers = [message["data"]["block_number"] for message in messages]
    # What expires by itself comes before all logs of its block.
    places = [(number, -1 if index is None else index) for number, index in zip(numbers, indexes, strict=True)]
    assert places == sorted(places)
    assert {message["data"].get("entry_type") for message in messages if message["type"] == "entry.created"} >= {
        "transfer_in",
        "transfer_out",
        "expiry",
    }


async def test_each_kind_of_entry_says_what_it_is(database: Database) -> None:
    program = make_program()
    ledger, parts = build_small_ledger(program)
    ledger.block(LEDGER_NOW)
    for kind, amount, reason in (
        (EntryType.CLAWBACK, -5, 1),
        (EntryType.CLAWBACK, -5, 9),
        (EntryType.FREEZE, 0, 2),
        (EntryType.REDEMPTION, -10, None),
    ):
        ledger.event(parts.regular, kind, amount, reason=reason, batch=1 if kind is EntryType.CLAWBACK else None)
    block = ledger.block_number
    await create_tables(database)
    await ledger.write(database)
    await endpoint_of(database, program, [EventType.AWARD_CLAWED_BACK, EventType.ENTRY_CREATED])
    async with database.session() as session:
        await session.execute(update(checkpoints).values(finalized_number=block))
    await Teller(database, [program.slug], clock=lambda: NOW).step()
    found = [message for message in await told(database) if message["data"]["block_number"] == block]
    assert [(each["type"], each["data"].get("reason")) for each in found] == [
        ("award.clawed_back", "mistake"),
        ("award.clawed_back", "reason_9"),
        ("entry.created", "legal_order"),
        ("entry.created", None),
    ]
    assert found[0]["data"]["award"] is not None and found[0]["data"]["amount"] == "-5"
    assert "award" not in found[3]["data"] and found[3]["data"]["member"] is not None
