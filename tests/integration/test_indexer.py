"""The indexer before nodes that go back, lag, forget, lie or change, and at the end of epochs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from tests.integration.conftest import BOTH_DATABASES, World, chain_rows, rebuilt_rows
from tests.support.chain import running_anvil
from tests.support.ports import free_port
from tokenpoints import bootstrap
from tokenpoints.chain.heads import follow_heads
from tokenpoints.chain.interfaces import interface
from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.logs import LogCheck
from tokenpoints.domain.types import Hash32
from tokenpoints.errors import AnotherChain
from tokenpoints.indexer import recording
from tokenpoints.indexer.indexer import Indexer
from tokenpoints.indexer.source import ChainSource, Head
from tokenpoints.storage import checkpoints, ledger
from tokenpoints.storage.tables import balances, entries

pytestmark = pytest.mark.asyncio


class LateFinality(ChainSource):
    """A node whose finality lags far behind."""

    finalized_number = 0

    async def head(self, heights: object = ()) -> Head:
        found = await super().head(heights)  # type: ignore[arg-type]
        return replace(found, finalized_number=min(found.finalized_number, self.finalized_number))


class WrongHashes(ChainSource):
    """A node that tells of blocks that there are not."""

    lies = True

    async def head(self, heights: Sequence[int] = ()) -> Head:
        found = await super().head(heights)
        return replace(found, hashes=dict(zip(heights, self._told(found.hashes.values()), strict=True)))

    async def hashes(self, numbers: Sequence[int]) -> list[Hash32 | None]:
        return self._told(await super().hashes(numbers))

    def _told(self, hashes: Iterable[Hash32 | None]) -> list[Hash32 | None]:
        return [Hash32(b"\xab" * 32) if self.lies else each for each in hashes]


def contracts_of(world: World) -> list[bytes]:
    return [contract.address for contract in world.program.contracts.logging]


def indexer_of(world: World, source: ChainSource | None = None) -> Indexer:
    """As one follows a node that is not the embedded one."""
    return Indexer(
        source or ChainSource(world.chain.rpc, contracts_of(world)),  # type: ignore[arg-type]
        world.database,
        world.deployment,
        clock=world.clock,
        block_count_max=100,
        poll_seconds=0.01,
    )


async def buy_and_settle(world: World, count: int, prefix: str = "r") -> None:
    for number in range(count):
        await world.buy("anna", 100, f"{prefix}{number}")
        await world.settle()


async def test_a_node_that_went_back_is_waited_for(world: World) -> None:
    await world.enrol("anna")
    snapshot = await world.chain.snapshot()
    await buy_and_settle(world, 3)
    before = await chain_rows(world)
    await world.chain.revert(snapshot)
    indexer = indexer_of(world)
    assert not (await indexer.step()).moved
    assert await chain_rows(world) == before, "nothing was undone: the node has no other blocks, only fewer"


async def test_other_blocks_where_the_node_went_back_are_a_reorg(world: World) -> None:
    accounts = await world.enrol("anna")
    source = LateFinality(world.chain.rpc, contracts_of(world))  # type: ignore[arg-type]
    world.indexer = indexer_of(world, source)
    async with world.database.session() as session:
        await checkpoints.clear(session, world.deployment.chain_id)
        await ledger.roll_back(session, world.deployment.first_block - 1)
    await world.index()
    snapshot = await world.chain.snapshot()
    await buy_and_settle(world, 5)
    await world.chain.revert(snapshot)
    await world.chain.pass_time(7)
    await world.index()
    assert await world.balance_in_database(accounts["anna"]) == 0
    assert await chain_rows(world) == await rebuilt_rows(world)


@pytest.mark.parametrize("rivals", [0, 2])
async def test_a_deep_reorg_above_finality_is_undone(world: World, rivals: int) -> None:
    accounts = await world.enrol("anna")
    source = LateFinality(world.chain.rpc, contracts_of(world))  # type: ignore[arg-type]
    world.indexer = indexer_of(world, source)
    async with world.database.session() as session:
        await checkpoints.clear(session, world.deployment.chain_id)
        await ledger.roll_back(session, world.deployment.first_block - 1)
    await world.index()
    await world.chain.mine(60)
    await buy_and_settle(world, 8)
    assert await world.balance_in_database(accounts["anna"]) == 8
    await world.chain.reorg(40)
    if rivals:
        await world.chain.mine(rivals)
    await world.index()
    assert await world.balance_in_database(accounts["anna"]) == await world.balance_on_chain(accounts["anna"]) == 0
    assert await chain_rows(world) == await rebuilt_rows(world)


async def test_a_finalized_block_that_changes_stops_the_indexer_until_it_is_resumed(world: World) -> None:
    accounts = await world.enrol("anna")
    await buy_and_settle(world, 6)
    await world.chain.mine(4)
    await world.index()
    before = await chain_rows(world)
    await world.chain.reorg(8)  # finality is two blocks behind
    indexer = indexer_of(world)
    assert not (await indexer.step()).moved
    assert not (await indexer.step()).moved
    assert await chain_rows(world) == before
    answer = await world.http.get("/health/ready")
    assert answer.status_code == 503
    assert "finalized block" in answer.json()["detail"]

    settings = world.settings
    because = await bootstrap.resume_indexer(settings, accept_chain=False)
    assert because is not None
    await indexer.step()
    assert (await world.http.get("/health/ready")).status_code == 503, "the node says the same, so it stops again"
    assert await bootstrap.resume_indexer(settings, accept_chain=True) == because
    assert await bootstrap.resume_indexer(settings, accept_chain=True) is None
    while (await indexer.step()).moved:
        pass
    assert (await world.http.get("/health/ready")).status_code == 200
    assert await world.balance_in_database(accounts["anna"]) == await world.balance_on_chain(accounts["anna"])


@BOTH_DATABASES
async def test_a_node_that_had_lied_of_finalized_blocks_is_followed_again(world: World) -> None:
    accounts = await world.enrol("anna")
    await buy_and_settle(world, 6)
    await world.chain.mine(4)
    await world.index()
    before = await chain_rows(world)
    source = WrongHashes(world.chain.rpc, contracts_of(world))  # type: ignore[arg-type]
    indexer = indexer_of(world, source)
    for _ in range(3):
        assert not (await indexer.step()).moved
        assert (await world.http.get("/health/ready")).status_code == 503
        assert await chain_rows(world) == before
    source.lies = False
    await buy_and_settle(world, 1, "later")
    while (await world.http.get("/health/ready")).status_code == 503 or (await indexer.step()).moved:
        await indexer.step()
    assert await world.balance_in_database(accounts["anna"]) == 7
    assert await chain_rows(world) == await rebuilt_rows(world)


async def test_a_shorter_chain_with_other_finalized_blocks_undoes_nothing(world: World) -> None:
    snapshot = await world.chain.snapshot()
    await world.chain.mine(20)
    await world.index()
    before = await chain_rows(world)
    await world.chain.revert(snapshot)
    await world.chain.pass_time(7)
    assert not (await indexer_of(world).step()).moved
    assert await chain_rows(world) == before
    assert "finalized block" in (await world.http.get("/health/ready")).json()["detail"]


async def test_a_node_of_another_chain_id_ends_the_indexer(world: World) -> None:
    port = free_port()
    async with running_anvil(port, chain_id=31338) as other:
        indexer = indexer_of(world, ChainSource(other.rpc, contracts_of(world)))  # type: ignore[arg-type]
        with pytest.raises(AnotherChain, match="31338"):
            await indexer.step()


async def test_another_chain_of_the_same_id_is_told_by_its_first_block(world: World) -> None:
    await world.chain.mine(10)
    await world.index()
    port = free_port()
    async with running_anvil(port) as other:
        await other.mine(60)
        indexer = indexer_of(world, ChainSource(other.rpc, contracts_of(world)))  # type: ignore[arg-type]
        assert not (await indexer.step()).moved
    detail = (await world.http.get("/health/ready")).json()["detail"]
    assert "another chain" in detail


async def test_what_a_failed_step_had_in_mind_is_forgotten(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(Exception):
        pass

    async def fail(*_: object) -> None:
        raise Full

    accounts = await world.enrol("anna")
    await buy_and_settle(world, 2)
    await world.buy("anna", 500, "last")
    await world.submit()
    with monkeypatch.context() as patched:
        patched.setattr(world.indexer._recorder, "save_balances", fail)
        with pytest.raises(Full):
            await world.indexer.step()
    await world.index()
    assert await world.balance_in_database(accounts["anna"]) == 7
    assert await chain_rows(world) == await rebuilt_rows(world)


async def test_balances_are_right_where_hardly_any_account_is_remembered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = await world.enrol("anna", "ben")
    with monkeypatch.context() as patched:
        patched.setattr(recording, "_REMEMBERED_MAX", 1)
        for number in range(3):
            await world.buy("anna", 100, f"a{number}")
            await world.buy("ben", 200, f"b{number}")
            await world.settle()
        remembered = [words.known for words in world.indexer._recorder._words.values()]
        bounded = await chain_rows(world)
    assert all(len(known) <= 1 for known in remembered)
    assert await world.balance_in_database(accounts["ben"]) == 6
    assert bounded == await rebuilt_rows(world)


@pytest.mark.parametrize("by_hash", [False, True])
async def test_the_receipts_of_a_real_node_lead_to_the_root_in_its_headers(world: World, by_hash: bool) -> None:
    await world.enrol("anna")
    await buy_and_settle(world, 3)
    head = await world.chain.rpc.block("latest")
    assert head is not None
    numbers = range(world.deployment.first_block, head.number + 1)
    plain = ChainSource(world.chain.rpc, contracts_of(world), log_check=LogCheck.BLOOM)  # type: ignore[arg-type]
    checked = ChainSource(world.chain.rpc, contracts_of(world), log_check=LogCheck.RECEIPTS)  # type: ignore[arg-type]
    expected = await plain.read(numbers, None)
    found = await checked.read(numbers, None, by_hash=by_hash)
    assert found.logged == expected.logged
    assert found.log_count > 9


@BOTH_DATABASES
async def test_points_end_with_their_epoch_in_the_entries_too(world: World) -> None:
    accounts = list((await world.enrol("anna", "bo")).values())
    clock, token = world.program.clock, interface("PointsToken")
    await world.buy("anna", 1000, "r1")
    await world.settle()

    async def holds() -> None:
        """The entries of each account add up to what the chain answers."""
        counted = 0
        async with world.database.snapshot() as session:
            before = await session.scalar(select(func.count()).select_from(entries))
        while (step := await world.indexer.step()).moved:
            counted += step.entry_count
        async with world.database.snapshot() as session:
            assert await session.scalar(select(func.count()).select_from(entries)) == (before or 0) + counted
        for account in accounts:
            async with world.database.snapshot() as session:
                total = await session.scalar(select(func.sum(entries.c.amount)).where(entries.c.account == account))
                latest = await session.scalar(
                    select(entries.c.balance_after)
                    .where(entries.c.account == account)
                    .order_by(entries.c.block_number.desc(), entries.c.log_index.desc())
                    .limit(1)
                )
            assert (total or 0) == (latest or 0) == await world.balance_on_chain(account)

    for epoch in range(2, 8):
        head = await world.chain.rpc.block("latest")
        assert head is not None
        await world.chain.pass_time(clock.start + (epoch - 1) * clock.length_seconds - head.timestamp + 1)
        await holds()
        await world.buy("bo" if epoch % 2 else "anna", 100 * epoch, f"e{epoch}")
        await world.settle()
        await holds()
    await world.chain.pass_time(2 * clock.length_seconds)  # two ends at once
    await holds()
    await world.send("issuer", world.program.contracts.token.address, token.calldata("sweep", accounts))
    await holds()
    async with world.database.snapshot() as session:
        kinds = (await session.execute(select(entries.c.type, func.count()).group_by(entries.c.type))).all()
        words = (await session.execute(select(func.count()).select_from(balances))).scalar_one()
    counts = {row[0]: row[1] for row in kinds}
    assert counts[EntryType.EXPIRY] >= 4
    assert counts[EntryType.EXPIRY_LOGGED] >= 2
    assert words == 2
    member = (await world.http.get("/v1/programs/demo/members", params={"customer_id": "anna"})).json()["members"][0]
    page = (await world.http.get(f"/v1/programs/demo/members/{member['id']}/entries")).json()["entries"]
    expired = [entry for entry in page if entry["type"] == "expiry"]
    assert expired
    assert all(entry["transaction_hash"] is None and entry["log_index"] is None for entry in expired)
    walked, cursor = [], None
    while True:
        query = {"limit": 1} if cursor is None else {"limit": 1, "cursor": cursor}
        answer = (await world.http.get(f"/v1/programs/demo/members/{member['id']}/entries", params=query)).json()
        walked += [entry["id"] for entry in answer["entries"]]
        if (cursor := answer["next_cursor"]) is None:
            break
    assert walked == [entry["id"] for entry in page]
    assert await chain_rows(world) == await rebuilt_rows(world)


async def test_a_reorg_across_the_end_of_an_epoch_brings_points_back(world: World) -> None:
    accounts = await world.enrol("anna")
    await world.buy("anna", 1000, "r1")
    await world.settle()
    clock = world.program.clock
    head = await world.chain.rpc.block("latest")
    assert head is not None
    await world.chain.pass_time(clock.expires_at(1) - head.timestamp - 60)
    await world.index()
    snapshot = await world.chain.snapshot()
    await world.chain.pass_time(120)
    await world.index()
    assert await world.balance_in_database(accounts["anna"]) == 0
    await world.chain.revert(snapshot)
    world.chain.ahead_seconds -= 120
    await world.index()
    assert await chain_rows(world) == await rebuilt_rows(world)
    async with world.database.snapshot() as session:
        assert await session.scalar(select(func.sum(entries.c.amount))) == 10


async def test_a_new_head_is_announced(world: World) -> None:
    wake = asyncio.Event()
    listening = asyncio.create_task(follow_heads(f"ws://127.0.0.1:{world.chain.port}", wake))
    try:
        async with asyncio.timeout(20):
            while not wake.is_set():
                await world.chain.mine()
                await asyncio.sleep(0.05)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
