"""The reconciler on a real node: what the database says wrongly is found, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from structlog.testing import capture_logs

from tests.integration.conftest import World
from tokenpoints.chain.many_reads import ManyReads
from tokenpoints.domain.programs import Program
from tokenpoints.domain.reconciliation import DifferenceKind, Reconciliation
from tokenpoints.domain.types import Address, hex_of
from tokenpoints.errors import ChainRefused
from tokenpoints.reconciler import chain_state, comparing
from tokenpoints.reconciler.reconciler import BlockReplaced, NothingIndexed, Reconciler
from tokenpoints.storage import checkpoints, reconciliations
from tokenpoints.storage.tables import awarded_batches, balances, rule_versions

pytestmark = pytest.mark.asyncio


def reconciler_of(world: World) -> Reconciler:
    return Reconciler(world.chain.rpc, world.database, world.deployment, clock=world.clock, interval_seconds=300)


async def compared(world: World) -> Reconciliation:
    return await reconciler_of(world).reconcile(world.program)


async def with_points(world: World) -> dict[str, Address]:
    """Three members, two of them with points, in two batches."""
    accounts = await world.enrol("ann", "bob", "cyd")
    await world.buy("ann", 12_300, "r1")
    await world.settle()
    await world.buy("bob", 4_500, "r2")
    await world.buy("ann", 700, "r3")
    await world.settle()
    return accounts


async def test_a_database_that_follows_the_chain_has_no_difference(world: World) -> None:
    await with_points(world)
    found = await compared(world)
    assert (found.difference_count, found.differences) == (0, [])
    assert (found.counts.accounts, found.counts.batches, found.counts.rule_versions) == (3, 2, 1)
    async with world.database.snapshot() as session:
        assert await reconciliations.latest(session, "demo") == found
    head = await world.chain.rpc.block("latest")
    assert head is not None and found.block_hash == head.hash


async def test_no_difference_once_points_have_expired_and_nobody_said_so(world: World) -> None:
    await with_points(world)
    await world.chain.pass_time(5 * world.program.calendar.length_seconds)
    await world.buy("cyd", 900, "r4")
    await world.settle()
    assert (await compared(world)).difference_count == 0


async def test_nothing_is_said_before_a_block_is_indexed(world: World) -> None:
    async with world.database.session() as session:
        await checkpoints.clear(session, world.deployment.chain_id)
    with pytest.raises(NothingIndexed):
        await compared(world)


@pytest.mark.parametrize("column", ["word", "lot_0", "epoch"])
async def test_a_changed_balance_is_found_with_both_values(world: World, column: str) -> None:
    accounts = await with_points(world)
    on_chain = (await chain_state_of(world).words([accounts["ann"]]))[0]
    value: Any = (on_chain + 1).to_bytes(32, "big") if column == "word" else 3
    async with world.database.session() as session:
        await session.execute(update(balances).where(balances.c.account == accounts["ann"]).values({column: value}))
    with capture_logs() as lines:
        found = await compared(world)
    told = next(each for each in found.differences if each.kind is DifferenceKind.ACCOUNT)
    assert told.subject == hex_of(accounts["ann"])
    assert told.on_chain == f"0x{on_chain:064x}" and told.in_database != told.on_chain
    alarms = [line for line in lines if line["log_level"] == "error"]
    assert {(line["event"], line["subject"], line["in_database"], line["on_chain"]) for line in alarms} == {
        ("difference", each.subject, each.in_database, each.on_chain) for each in found.differences
    }


async def test_a_missing_balance_is_found_in_the_account_and_in_the_supply(world: World) -> None:
    accounts = await with_points(world)
    async with world.database.session() as session:
        await session.execute(delete(balances).where(balances.c.account == accounts["bob"]))
    found = await compared(world)
    assert {(each.kind, each.subject) for each in found.differences} == {
        (DifferenceKind.ACCOUNT, hex_of(accounts["bob"])),
        (DifferenceKind.SUPPLY, hex_of(world.program.contracts.token.address)),
    }


@pytest.mark.parametrize(
    ("change", "in_database", "on_chain"),
    [
        (update(rule_versions).values(cap_per_award=7), "cap_per_award 7", "cap_per_award 10000"),
        (update(rule_versions).values(effective_at=5), "effective_at 5", "effective_at 0"),
    ],
)
async def test_a_changed_rule_is_found_with_what_differs(
    world: World, change: Any, in_database: str, on_chain: str
) -> None:
    async with world.database.session() as session:
        await session.execute(change)
    (told,) = (await compared(world)).differences
    assert (told.kind, told.subject) == (DifferenceKind.RULE, "rule 1 version 1")
    assert (told.in_database, told.on_chain) == (in_database, on_chain)


async def test_a_missing_rule_is_found(world: World) -> None:
    async with world.database.session() as session:
        await session.execute(delete(rule_versions))
    (told,) = (await compared(world)).differences
    assert (told.subject, told.in_database) == ("rule 1 version 1", "nothing")


@pytest.mark.parametrize(
    "change",
    [
        update(awarded_batches).where(awarded_batches.c.number == 1).values(receipts_root=b"\1" * 32),
        update(awarded_batches).where(awarded_batches.c.number == 1).values(mints_hash=b"\2" * 32),
        delete(awarded_batches).where(awarded_batches.c.number == 1),
    ],
)
async def test_a_changed_or_missing_batch_is_found(world: World, change: Any) -> None:
    await with_points(world)
    async with world.database.session() as session:
        await session.execute(change)
    (told,) = (await compared(world)).differences
    assert (told.kind, told.subject) == (DifferenceKind.BATCH, f"{hex_of(world.program.issuer)} batch 1")
    assert told.in_database != told.on_chain


@pytest.mark.parametrize("number", [3, 10**15])
async def test_a_batch_that_only_the_database_has_is_found(world: World, number: int) -> None:
    await with_points(world)
    async with world.database.session() as session:
        await session.execute(update(awarded_batches).where(awarded_batches.c.number == 2).values(number=number))
    told = (await compared(world)).differences
    assert [(each.subject.split()[-1], each.in_database == "nothing", each.on_chain == "nothing") for each in told] == [
        ("2", True, False),
        (str(number), False, True),
    ]


async def test_of_many_differences_the_first_are_kept_and_all_are_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_points(world)
    monkeypatch.setattr(comparing, "DIFFERENCES_KEPT", 1)
    monkeypatch.setattr(comparing, "PAGE_ACCOUNTS", 1)
    async with world.database.session() as session:
        await session.execute(update(balances).values(lot_0=1))
    found = await compared(world)
    assert (found.difference_count, len(found.differences), found.counts.accounts) == (3, 1, 3)


async def test_a_reorg_before_the_indexer_saw_it_is_no_difference(world: World) -> None:
    await with_points(world)
    await world.chain.reorg(2)
    with pytest.raises(BlockReplaced):
        await compared(world)
    await world.settle()
    assert (await compared(world)).difference_count == 0


async def test_a_reorg_in_the_middle_is_no_difference(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await with_points(world)
    read: Callable[..., Any] = chain_state.ChainState.words

    async def reorg_first(self: chain_state.ChainState, accounts: list[Address]) -> list[int]:
        await world.chain.reorg(2)
        words: list[int] = await read(self, accounts)
        return words

    monkeypatch.setattr(chain_state.ChainState, "words", reorg_first)
    with pytest.raises(BlockReplaced):
        await compared(world)
    async with world.database.snapshot() as session:
        assert await reconciliations.latest(session, "demo") is None


async def test_blocks_that_come_meanwhile_are_no_difference(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await with_points(world)
    read: Callable[..., Any] = chain_state.ChainState.words

    async def award_first(self: chain_state.ChainState, accounts: list[Address]) -> list[int]:
        await world.buy("ann", 5_000, "late")
        await world.settle()
        words: list[int] = await read(self, accounts)
        return words

    monkeypatch.setattr(chain_state.ChainState, "words", award_first)
    assert (await compared(world)).difference_count == 0


async def test_only_the_latest_comparisons_are_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciliations, "KEPT_MAX", 2)
    for _ in range(4):
        await compared(world)
    async with world.database.snapshot() as session:
        count = (await session.exec_driver_sql("SELECT count(*), max(seq) - min(seq) FROM reconciliations")).one()
    assert tuple(count) == (2, 1)


async def test_a_program_is_compared_often_at_first_and_then_at_each_interval(world: World) -> None:
    now = [world.clock()]
    reconciler = Reconciler(
        world.chain.rpc, world.database, world.deployment, clock=lambda: now[0], interval_seconds=30
    )
    for wait in (5, 10, 20, 30, 30):
        assert [await reconciler.step(), await reconciler.step()] == [True, False]
        now[0] += timedelta(seconds=wait - 1)
        assert not await reconciler.step()
        now[0] += timedelta(seconds=1)


async def test_a_program_that_is_long_to_compare_is_not_compared_more_often(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, compare = [world.clock()], Reconciler.reconcile

    async def slow(self: Reconciler, program: Program) -> Reconciliation:
        now[0] += timedelta(seconds=0.2)
        return await compare(self, program)

    monkeypatch.setattr(Reconciler, "reconcile", slow)
    reconciler = Reconciler(
        world.chain.rpc, world.database, world.deployment, clock=lambda: now[0], interval_seconds=60
    )
    assert await reconciler.step()
    now[0] += timedelta(seconds=19)
    assert not await reconciler.step()
    now[0] += timedelta(seconds=1)
    assert await reconciler.step()


async def test_a_read_that_reverts_is_refused_and_no_answer(world: World) -> None:
    state = chain_state_of(world)
    with pytest.raises(ChainRefused):
        await state._reads.read(world.program.contracts.rules.address, [b"\0" * 36] * 3, answer_bytes=32)


async def test_more_reads_than_one_call_can_answer(world: World) -> None:
    accounts = await with_points(world)
    strangers = [Address(number.to_bytes(20, "big")) for number in range(1, 2_001)]
    words = await chain_state_of(world).words([accounts["ann"], *strangers, accounts["bob"]])
    assert words[0] and words[-1] and not any(words[1:-1]) and len(words) == 2_002


def chain_state_of(world: World) -> chain_state.ChainState:
    return chain_state.ChainState(_Latest(world), world.program)


class _Latest(ManyReads):
    """Reads at the head, for tests."""

    def __init__(self, world: World) -> None:
        super().__init__(world.chain.rpc, world.program.origin.salt)
        self._block = "latest"  # type: ignore[assignment]
