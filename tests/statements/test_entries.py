from __future__ import annotations

from itertools import pairwise

import pytest

from tests.support.small_ledger import SmallLedger
from tokenpoints.domain.entries import AwardStatus, EntryType
from tokenpoints.statements.entries import cursor_numbers, entries_of, place_below
from tokenpoints.storage.database import Database

pytestmark = pytest.mark.asyncio


async def test_entries_are_newest_first_and_add_up(database: Database, ledger: SmallLedger) -> None:
    async with database.snapshot() as session:
        entries = await entries_of(session, ledger.program, ledger.regular, before=None, limit=100)
    places = [cursor_numbers(entry) for entry in entries]
    assert places == sorted(places, reverse=True)
    assert entries[0].balance_after == sum(entry.amount for entry in entries)
    for newer, older in pairwise(entries):
        assert newer.balance_after == older.balance_after + newer.amount


async def test_an_award_names_its_receipt_and_its_rule(database: Database, ledger: SmallLedger) -> None:
    async with database.snapshot() as session:
        newest = (await entries_of(session, ledger.program, ledger.regular, before=None, limit=1))[0]
    assert newest.type is EntryType.AWARD
    assert (newest.rule_name, newest.rule_version) == ("Everyday", 2)
    assert newest.reference is not None
    assert newest.reference.startswith("HRB-")
    assert (newest.receipt_amount, newest.amount) == (32_000, 1_600)
    assert newest.occurred_at is not None
    assert newest.occurred_at < newest.recorded_at
    assert newest.status is AwardStatus.CONFIRMED


async def test_a_transfer_names_the_other_account_and_has_no_receipt(database: Database, ledger: SmallLedger) -> None:
    async with database.snapshot() as session:
        sent = await entries_of(session, ledger.program, ledger.regular, before=None, limit=100)
        received = await entries_of(session, ledger.program, ledger.recipient, before=None, limit=100)
    out = next(entry for entry in sent if entry.type is EntryType.TRANSFER_OUT)
    into = next(entry for entry in received if entry.type is EntryType.TRANSFER_IN)
    assert out.counterparty == ledger.recipient
    assert into.counterparty == ledger.regular
    assert out.amount == -into.amount
    assert out.transaction_hash == into.transaction_hash
    assert out.reference is None
    assert out.status is AwardStatus.FINALIZED


async def test_pages_follow_one_another_without_a_gap(database: Database, ledger: SmallLedger) -> None:
    async with database.snapshot() as session:
        whole = await entries_of(session, ledger.program, ledger.regular, before=None, limit=100)
        pages, before = [], None
        while page := await entries_of(session, ledger.program, ledger.regular, before=before, limit=4):
            pages += page
            before = place_below(*cursor_numbers(page[-1]))
    assert [entry.id for entry in pages] == [entry.id for entry in whole]
