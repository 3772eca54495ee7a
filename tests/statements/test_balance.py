from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.ledger_rows import create_tables
from tests.support.programs import NOW, account_of, make_program
from tests.support.small_ledger import SmallLedger
from tokenpoints.statements.balance import balance_of
from tokenpoints.storage.database import Database

pytestmark = pytest.mark.asyncio


async def test_lots_are_live_and_the_oldest_comes_first(database: Database, ledger: SmallLedger) -> None:
    async with database.snapshot() as session:
        balance = await balance_of(session, ledger.program, ledger.regular, now=NOW)
    assert balance.active == sum(lot.points for lot in balance.lots) > 0
    assert [lot.expires_at for lot in balance.lots] == sorted(lot.expires_at for lot in balance.lots)
    assert balance.expiring_next == balance.lots[0]
    assert all(lot.expires_at > NOW for lot in balance.lots)
    assert balance.block_number == ledger.last_block


async def test_pending_counts_sealed_and_unsealed_awards_and_no_refused_one(
    database: Database, ledger: SmallLedger
) -> None:
    async with database.snapshot() as session:
        balance = await balance_of(session, ledger.program, ledger.regular, now=NOW)
    assert balance.pending == 900 + 370


async def test_points_expire_by_the_calendar_before_the_chain_records_it(
    database: Database, ledger: SmallLedger
) -> None:
    async with database.snapshot() as session:
        balance = await balance_of(session, ledger.program, ledger.lapsed, now=NOW)
    assert (balance.active, balance.lots, balance.expiring_next) == (0, [], None)
    assert balance.expired_unrecorded == 4 * 840


async def test_a_lot_stops_counting_in_the_second_in_which_it_expires(database: Database, ledger: SmallLedger) -> None:
    async with database.snapshot() as session:
        before = await balance_of(session, ledger.program, ledger.regular, now=NOW)
        assert before.expiring_next is not None
        last_second = before.expiring_next.expires_at - timedelta(seconds=1)
        at_last = await balance_of(session, ledger.program, ledger.regular, now=last_second)
        after = await balance_of(session, ledger.program, ledger.regular, now=before.expiring_next.expires_at)
    assert at_last.active == before.active
    assert after.active == before.active - before.expiring_next.points
    assert after.expired_unrecorded == before.expired_unrecorded + before.expiring_next.points


async def test_an_unknown_account_has_nothing(database: Database, ledger: SmallLedger) -> None:
    async with database.snapshot() as session:
        balance = await balance_of(session, ledger.program, account_of("nobody"), now=NOW)
    assert (balance.active, balance.pending, balance.expired_unrecorded) == (0, 0, 0)


async def test_before_the_first_block_there_is_no_block_number(database: Database) -> None:
    await create_tables(database)
    async with database.snapshot() as session:
        balance = await balance_of(session, make_program(), account_of("nobody"), now=NOW)
    assert balance.block_number is None


async def test_a_clock_behind_the_chain_takes_nothing_back(database: Database, ledger: SmallLedger) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    async with database.snapshot() as session:
        balance = await balance_of(session, ledger.program, ledger.regular, now=long_ago)
    assert balance.active > 0
