from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.ledger_rows import create_tables
from tests.support.programs import NOW, account_of, make_program
from tests.support.small_ledger import SmallLedger
from tokenpoints.domain.programs import Tier
from tokenpoints.statements.balance import balance_of
from tokenpoints.storage.database import Database

pytestmark = pytest.mark.asyncio


async def test_lots_are_live_and_the_oldest_comes_first(database: Database, ledger: SmallLedger) -> None:
    async with database.snapshot() as session:
        balance = await balance_of(session, ledger.program, ledger.regular, now=NOW)
    assert balance.active == sum(lot.points for lot in balance.lots) > 0
    ends = [lot.expires_at for lot in balance.lots if lot.expires_at is not None]
    assert ends == sorted(ends) and len(ends) == len(balance.lots)
    assert balance.expiring_next == balance.lots[0]
    assert all(end > NOW for end in ends)
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
        assert before.expiring_next is not None and before.expiring_next.expires_at is not None
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


async def test_points_that_never_expire_are_one_lot_without_an_end(database: Database, ledger: SmallLedger) -> None:
    calendar = ledger.program.calendar.model_copy(update={"points_expire": False})
    for_ever = ledger.program.model_copy(update={"calendar": calendar})
    async with database.snapshot() as session:
        balance = await balance_of(session, for_ever, ledger.lapsed, now=NOW)
    assert (balance.active, balance.expiring_next, balance.expired_unrecorded) == (4 * 840, None, 0)
    assert all(lot.expires_at is None for lot in balance.lots)


async def test_a_tier_falls_without_a_transaction(database: Database, ledger: SmallLedger) -> None:
    tiers = [Tier(name="Reader"), Tier(name="Friend", threshold=1)]
    with_tiers = ledger.program.model_copy(update={"tiers": tiers})
    year = timedelta(seconds=with_tiers.calendar.length_seconds * with_tiers.calendar.tier_period_epochs)
    async with database.snapshot() as session:
        seen = [await balance_of(session, with_tiers, ledger.regular, now=NOW + years * year) for years in (0, 1, 2)]
    # The rows of this ledger know of no tiers, so the first year's is not recorded as risen.
    assert [balance.tier for balance in seen] == [0, 1, 0]
    assert seen[0].tier_points > 0 and seen[1].tier_points == 0
