"""What befalls transactions on their way: dropped, replaced, stuck, too dear, in a gap. Nothing is lost, nothing is
doubled, and everything goes on by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from tests.integration.conftest import World
from tests.integration.submitting import (
    assert_all_is_well,
    bought_and_not_mined,
    buy_many,
    held_back,
    issuer_role,
    sealed,
    status,
    stored,
)
from tokenpoints import bootstrap
from tokenpoints.chain.interfaces import interface
from tokenpoints.domain.fees import Fees
from tokenpoints.domain.types import Hash32, hex_of
from tokenpoints.errors import ChainUnavailable
from tokenpoints.storage.tables import batches
from tokenpoints.submitter.issuing import IssuerState, Issuing
from tokenpoints.submitter.sealing import Sealing

pytestmark = pytest.mark.asyncio

GWEI = 10**9


async def test_full_batches_are_sealed_four_at_once_and_what_is_left_gathers(world: World) -> None:
    await bought_and_not_mined(world, 64, age_seconds=60, in_flight_max=8)
    grown = []
    while await world.submitter.step():
        grown.append(await sealed(world))
    assert grown == [[10] * 4, [10] * 6]
    assert [(row.batch_number, row.nonce) for row in await stored(world)] == [(n + 1, n) for n in range(6)]
    await world.chain.mine()
    await world.chain.automine(True)
    await world.settle()
    assert await sealed(world) == [10, 10, 10, 10, 10, 10, 4]
    await assert_all_is_well(world, 64)


async def test_while_the_node_takes_its_time_with_what_is_sent_the_next_batches_are_sealed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bought_and_not_mined(world, 80, in_flight_max=8)
    seal, broadcast, is_sealed = Sealing.seal, Issuing.broadcast, asyncio.Event()

    async def told(self: Sealing, *arguments: Any, **named: Any) -> bool:
        done = await seal(self, *arguments, **named)
        is_sealed.set()
        return done

    async def late(self: Issuing, signed_bytes: bytes) -> str | None:
        await is_sealed.wait()
        return await broadcast(self, signed_bytes)

    assert await world.submitter.step()
    monkeypatch.setattr(Sealing, "seal", told)
    monkeypatch.setattr(Issuing, "broadcast", late)
    async with asyncio.timeout(10):
        assert await world.submitter.step()
    assert (len(await stored(world)), await sealed(world)) == (4, [10] * 8)
    await world.chain.mine()
    await world.chain.automine(True)
    await world.settle()
    await assert_all_is_well(world, 80)


async def test_a_node_that_goes_away_while_batches_are_sent_gets_them_when_it_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bought_and_not_mined(world, 50, in_flight_max=8)
    broadcast, sent = Issuing.broadcast, []

    async def second_is_lost(self: Issuing, signed_bytes: bytes) -> str | None:
        sent.append(signed_bytes)
        if len(sent) == 2:
            raise ChainUnavailable("the node does not answer")
        return await broadcast(self, signed_bytes)

    monkeypatch.setattr(Issuing, "broadcast", second_is_lost)
    assert await world.submitter.step()
    with pytest.raises(ChainUnavailable, match="does not answer"):
        await world.submitter.step()
    assert (len(await stored(world)), len(sent)) == (4, 2)
    await world.chain.automine(True)
    await world.settle()
    signed = [bytes(row.signed_bytes) for row in await stored(world)]
    assert sent == [*signed[:2], *signed[1:]]
    await assert_all_is_well(world, 50)


async def test_no_more_batches_are_sealed_at_once_than_may_be_in_flight(world: World) -> None:
    await bought_and_not_mined(world, 40, in_flight_max=3)
    await world.submit()
    assert await sealed(world) == [10, 10, 10]


async def test_a_dropped_transaction_is_noticed_and_sent_again(world: World) -> None:
    await bought_and_not_mined(world, 30)
    await world.submit()
    before = await stored(world)
    await world.chain.drop(before[2].transaction_hash)
    world.skipped_seconds = 6
    with capture_logs() as lines:
        await world.submit()
    assert [line["batch"] for line in lines if line["event"] == "transaction_dropped"] == [3]
    assert [line["batch"] for line in lines if line["event"] == "transaction_broadcast"] == [3]
    await world.chain.mine()
    assert await stored(world) == before
    await assert_all_is_well(world, 30)


async def test_a_foreign_transaction_in_the_place_of_ours_is_named(world: World) -> None:
    await bought_and_not_mined(world, 20)
    await world.submit()
    key = bootstrap.signer(world.settings, "issuer")
    foreign = key.sign(nonce=0, to=key.address, calldata=b"", gas_limit=21_000, fees=Fees(100 * GWEI, 50 * GWEI))
    await world.chain.rpc.send(foreign.raw)
    await world.chain.mine()
    await world.chain.automine(True)
    with capture_logs() as lines:
        await world.settle()
    named = [line for line in lines if line["event"] == "foreign_transaction"]
    assert [(line["batch"], line["nonce"], line["transaction"]) for line in named] == [(1, 0, hex_of(foreign.hash))]
    await assert_all_is_well(world, 20)


async def test_a_stuck_transaction_is_bumped_and_mined(world: World) -> None:
    before = await held_back(world, 20)
    for _ in range(3):
        await world.chain.set_base_fee(before[0].max_fee_wei + 1)
        await world.chain.mine()
    await world.submit()
    after = await stored(world)
    assert after[:2] == before
    assert [(row.nonce, row.attempt, row.batch_number) for row in after[2:]] == [(0, 1, 1), (1, 1, 2)]
    for old, new in zip(before, after[2:], strict=True):
        assert new.max_fee_wei * 8 >= old.max_fee_wei * 9
        assert new.priority_fee_wei * 8 >= old.priority_fee_wei * 9
    await world.chain.mine()
    mined = await world.chain.rpc.transaction_receipt(after[2].transaction_hash)
    assert mined is not None and mined["status"] == "0x1"
    await assert_all_is_well(world, 20)


async def test_what_the_node_refuses_for_its_fee_is_bumped_though_no_block_comes(world: World) -> None:
    (first,) = await held_back(world, 5)
    await world.chain.drop_pool()
    await world.chain.set_base_fee(2 * first.max_fee_wei)
    await world.chain.automine(True)  # a block comes with a transaction, and not without
    world.restart()
    async with asyncio.timeout(30):
        while await world.supply_on_chain() == 0:
            await world.submit()
    attempts = await stored(world)
    assert {row.nonce for row in attempts} == {first.nonce} and attempts[-1].max_fee_wei >= 2 * first.max_fee_wei
    await assert_all_is_well(world, 5)


async def test_the_first_attempt_may_be_the_one_that_is_mined(world: World) -> None:
    (first,) = await held_back(world, 5)
    await world.chain.set_base_fee(first.max_fee_wei + 1)
    await world.chain.mine(3)
    await world.submit()
    assert len(await stored(world)) == 2
    await world.chain.drop_pool()
    await world.chain.rpc.send(first.signed_bytes)  # what a pool elsewhere kept
    await world.chain.set_base_fee(GWEI)
    await world.chain.mine()
    mined = await world.chain.rpc.transaction_receipt(first.transaction_hash)
    assert mined is not None and mined["status"] == "0x1"
    await world.settle()
    assert len(await stored(world)) == 2
    await assert_all_is_well(world, 5)


async def test_over_the_fee_cap_batches_wait_and_receipts_are_accepted(world: World) -> None:
    await world.enrol("anna")
    await world.chain.set_base_fee(world.policy.fee_cap_wei)
    await world.chain.mine()
    await buy_many(world, 3)
    await world.submit()
    assert await stored(world) == []
    said = await status(world)
    assert (said["state"], said["wait"]) == ("waiting", "fee_over_cap")
    assert said["oldest_unsealed_at"] is not None
    await world.buy("anna", 100, "meanwhile")
    await world.chain.set_base_fee(GWEI)
    await world.chain.mine()
    await world.settle()
    said = await status(world)
    assert (said["state"], said["wait"], said["oldest_unsealed_at"]) == ("working", None, None)
    assert (await stored(world))[0].max_fee_wei <= world.policy.fee_cap_wei
    await assert_all_is_well(world, 4)


async def test_with_an_empty_purse_batches_wait_and_receipts_are_accepted(world: World) -> None:
    await world.enrol("anna")
    await world.chain.set_balance(world.program.issuer, 0)
    await buy_many(world, 3)
    await world.settle()
    assert await stored(world) == []
    said = await status(world)
    assert (said["state"], said["wait"], said["balance_wei"]) == ("waiting", "purse_empty", "0")
    await world.buy("anna", 100, "meanwhile")
    await world.chain.set_balance(world.program.issuer, 10**18)
    await world.settle()
    assert (await status(world))["state"] == "working"
    await assert_all_is_well(world, 4)


async def read_of_two_blocks(world: World, monkeypatch: pytest.MonkeyPatch, *older: str) -> None:
    """From now on the node answers some of what it is asked as of now, and the rest as of then."""
    real = Issuing.state
    earlier = await real(Issuing(world.chain.rpc, bootstrap.signer(world.settings, "issuer"), world.program))

    async def torn(self: Issuing) -> IssuerState:
        return replace(await real(self), **{name: getattr(earlier, name) for name in older})

    monkeypatch.setattr(Issuing, "state", torn)


async def test_a_mined_batch_is_not_signed_again_where_its_nonce_is_read_and_its_number_is_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.enrol("anna")
    await buy_many(world, 3)
    with monkeypatch.context() as patch:
        await read_of_two_blocks(world, patch, "batch_count")
        await world.submit()
        assert await world.supply_on_chain() == 3
        for _ in range(2):
            with pytest.raises(ChainUnavailable, match="does not fit together: a batch above 0 is awarded"):
                await world.submit()
            world.restart()
        assert len(await stored(world)) == 1
        assert (await status(world))["wait"] is None
    await buy_many(world, 3, "later")
    await world.submit()
    assert [(row.batch_number, row.nonce) for row in await stored(world)] == [(1, 0), (2, 1)]
    await assert_all_is_well(world, 6)


async def test_a_receipt_of_a_block_that_was_replaced_says_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipts_now = Issuing.receipts

    async def of_another_block(self: Issuing, hashes: Sequence[Hash32]) -> list[dict[str, Any] | None]:
        found = await receipts_now(self, hashes)
        return [None if each is None else each | {"blockHash": hex_of(bytes(32))} for each in found]

    await world.enrol("anna")
    await buy_many(world, 3)
    await read_of_two_blocks(world, monkeypatch, "batch_count")
    await world.submit()
    monkeypatch.setattr(Issuing, "receipts", of_another_block)
    # That it would be signed again is found out by the next trial.
    with pytest.raises(ChainUnavailable, match="does not fit together: BatchOutOfSequence"):
        await world.submit()


async def test_a_batch_is_not_tried_on_a_block_before_the_one_that_it_follows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.enrol("anna")
    with monkeypatch.context() as patch:
        await read_of_two_blocks(world, patch, "block_number")
        await buy_many(world, 3)
        await world.submit()
        await buy_many(world, 3, "later")
        with pytest.raises(ChainUnavailable, match="does not fit together: BatchOutOfSequence"):
            await world.submit()
        assert len(await stored(world)) == 1
        assert (await status(world))["wait"] is None  # nobody refuses anything
    await world.submit()
    assert [(row.batch_number, row.nonce) for row in await stored(world)] == [(1, 0), (2, 1)]
    await assert_all_is_well(world, 6)


async def test_a_chain_whose_clock_is_behind_costs_one_failure_at_most(world: World) -> None:
    await world.enrol("anna")
    world.chain.ahead_seconds = 600  # ours is ahead, and the chain's is not
    now = world.clock()
    for number in range(3):
        await world.buy("anna", 100, f"late{number}", occurred_at=now - timedelta(seconds=90 - number))
        await world.settle()
    assert await world.supply_on_chain() == 3
    assert len(await stored(world)) <= 4
    await assert_all_is_well(world, 3)


async def test_a_nonce_gap_is_healed(world: World) -> None:
    await world.enrol("anna")
    snapshot = await world.chain.snapshot()
    await world.send("issuer", world.program.issuer, b"")  # of somebody else with our key
    await buy_many(world, 20)
    await world.settle()
    assert await world.supply_on_chain() == 20
    await world.chain.revert(snapshot)  # and a reorg leaves it out
    await world.index()
    assert await world.supply_on_chain() == 0
    world.restart()
    await world.settle()
    rows = await stored(world)
    # What else is signed depends on the chain's clock, which went back, too.
    assert [(row.nonce, row.batch_number) for row in rows[:3]] == [(1, 1), (2, 2), (0, None)]
    await assert_all_is_well(world, 20)


async def test_two_keys_share_the_awards_and_double_none(world: World) -> None:
    accounts = await world.enrol("anna")
    second = bootstrap.development_address("issuer-2", world.settings)
    access = interface("AccessManager")
    contracts = world.program.contracts
    grant = access.calldata("grantRole", await issuer_role(world), second, 0)
    assert (await world.send("owner", contracts.access.address, grant))["status"] == "0x1"
    cap = interface("EarningRules").calldata("setIssuerCap", second, 1_000_000)
    assert (await world.send("owner", contracts.rules.address, cap))["status"] == "0x1"
    await world.index()
    await buy_many(world, 100)
    both = [world.new_submitter(), world.new_submitter("issuer-2")]
    for _ in range(12):
        await asyncio.gather(*(submitter.step() for submitter in both))
    async with world.database.snapshot() as session:
        shares = (await session.execute(select(batches.c.issuer, batches.c.number))).all()
    by_issuer = {issuer: sorted(row.number for row in shares if row.issuer == issuer) for issuer, _ in shares}
    assert set(by_issuer) == {world.program.issuer, second}
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_issuer.values())
    await world.index()
    assert await world.balance_in_database(accounts["anna"]) == 100
    issuers = {
        each["issuer"].lower() for each in (await world.http.get("/v1/programs/demo/status")).json()["submitters"]
    }
    assert issuers == {hex_of(world.program.issuer), hex_of(second)}
    await assert_all_is_well(world, 100)
