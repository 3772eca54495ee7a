"""Batches and what guardians, operators and owners do meanwhile: nothing is lost, and nothing jams."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.integration.conftest import World, chain_rows, rebuilt_rows
from tokenpoints import bootstrap
from tokenpoints.chain.events import terms_to_tuple
from tokenpoints.chain.interfaces import interface
from tokenpoints.domain.batches import BatchEntry
from tokenpoints.domain.mints import MintedGroup, award_proof
from tokenpoints.domain.occurrence import margin_seconds
from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.receipts import receipt_hash
from tokenpoints.domain.rules import Terms
from tokenpoints.storage import awards, terms
from tokenpoints.storage.tables import awarded_batches, awarded_groups, balances, entries, submissions

pytestmark = pytest.mark.asyncio

RULES, TOKEN = interface("EarningRules"), interface("PointsToken")


async def owner(world: World, contract: str, function: str, *arguments: Any) -> None:
    """What the owner, who is operator, guardian and adjuster too, does on the chain."""
    part = world.program.contracts.token if contract == "PointsToken" else world.program.contracts.rules
    mined = await world.send("owner", part.address, interface(contract).calldata(function, *arguments))
    assert mined["status"] == "0x1"


async def timestamp(world: World) -> int:
    head = await world.chain.rpc.block("latest")
    assert head is not None
    return head.timestamp


async def current_terms(world: World) -> Terms:
    async with world.database.snapshot() as session:
        return (await terms.versions(session, "demo"))[1][-1].terms


async def minted_under(world: World) -> list[tuple[int, int]]:
    """(version, points) of every award on the chain, in order."""
    async with world.database.snapshot() as session:
        query = select(entries.c.rule_version, entries.c.amount).where(entries.c.type == "award")
        ordered = query.order_by(entries.c.block_number, entries.c.log_index)
        return [(row.rule_version, row.amount) for row in await session.execute(ordered)]


async def assert_words_are_the_chains(world: World) -> None:
    async with world.database.snapshot() as session:
        rows = (await session.execute(select(balances.c.account, balances.c.word))).all()
    assert rows
    for account, word in rows:
        data = TOKEN.calldata("wordOf", account)
        stored = AccountWord.unpack(
            int.from_bytes(await world.chain.rpc.read(world.program.contracts.token.address, data))
        )
        known = AccountWord.unpack(int.from_bytes(word, "big"))
        assert known.rolled(stored.epoch, world.program.clock).pack() == stored.pack()


async def test_receipts_fall_under_the_version_of_their_time(world: World) -> None:
    await world.enrol("anna")
    await world.chain.pass_time(40 * 86_400)
    await owner(world, "EarningRules", "setRule", 1, terms_to_tuple(replace(await current_terms(world), numerator=2)))
    changed = datetime.fromtimestamp(await timestamp(world), UTC)
    await world.chain.pass_time(10 * 86_400)
    await world.index()
    for number, at in enumerate(
        [changed + timedelta(hours=1), changed - timedelta(hours=1), datetime(2017, 1, 1, tzinfo=UTC)]
    ):
        await world.buy("anna", 500, f"r{number}", occurred_at=at)
    await world.settle()
    assert sorted(await minted_under(world)) == [(1, 5), (2, 10), (2, 10)]
    async with world.database.snapshot() as session:
        groups = (await session.execute(select(awarded_groups.c.rule_version, awarded_groups.c.entry_count))).all()
    assert sorted(map(tuple, groups)) == [(1, 1), (2, 2)]
    answer = (await world.http.get("/v1/programs/demo/awards")).json()["awards"]
    assert [(award["rule_version"], award["points"], award["points_expected"]) for award in answer] == [
        (2, "10", "10"),
        (1, "5", "5"),
        (2, "10", "10"),
    ]
    await assert_words_are_the_chains(world)


async def test_an_announced_change_is_told_and_can_be_taken_back(world: World) -> None:
    worse = replace(await current_terms(world), denominator=200)
    await owner(world, "EarningRules", "setRule", 1, terms_to_tuple(worse))
    await world.index()
    (rule,) = (await world.http.get("/v1/programs/demo")).json()["rules"]
    assert (rule["terms"]["version"], rule["announced"]["version"], rule["announced"]["denominator"]) == (1, 2, "200")
    await owner(world, "EarningRules", "cancelChange", 1)
    await owner(world, "EarningRules", "setRule", 1, terms_to_tuple(replace(worse, denominator=50)))
    await world.index()
    (rule,) = (await world.http.get("/v1/programs/demo")).json()["rules"]
    assert (rule["terms"]["version"], rule["terms"]["denominator"], rule["announced"]) == (2, "50", None)
    before = await chain_rows(world)
    await world.chain.reorg(1)
    await world.chain.reorg(1)
    await world.index()
    assert await chain_rows(world) == await rebuilt_rows(world) != before


async def test_batches_wait_while_the_rules_are_read(world: World) -> None:
    await world.enrol("anna")
    await world.buy("anna", 500, "r1")
    await owner(world, "EarningRules", "setRule", 1, terms_to_tuple(replace(await current_terms(world), numerator=2)))
    await world.submit()
    assert await world.supply_on_chain() == 0
    await world.index()
    await world.submit()
    assert await world.supply_on_chain() == 10


async def test_a_change_that_overtakes_a_batch_costs_a_signature_and_no_award(world: World) -> None:
    await world.enrol("anna")
    better = replace(await current_terms(world), numerator=2)
    await world.chain.mine()
    await world.chain.automine(False)
    head = await timestamp(world)
    await world.buy("anna", 500, "r1")
    await world.submit()
    await world.chain.drop_pool()
    await world.chain.automine(True)
    await world.chain.rpc.call("evm_setNextBlockTimestamp", hex(head))
    await owner(world, "EarningRules", "setRule", 1, terms_to_tuple(better))
    await world.index()
    world.restart()
    for _ in range(3):
        await world.settle()
    assert await minted_under(world) == [(2, 10)]
    assert await chain_rows(world) == await rebuilt_rows(world)


async def test_a_paused_token_holds_batches_back(world: World) -> None:
    await world.enrol("anna")
    await owner(world, "PointsToken", "pause", await timestamp(world) + 86_400)
    await world.buy("anna", 500, "r1")
    await world.settle()
    async with world.database.snapshot() as session:
        assert (await session.execute(select(submissions))).first() is None
    await owner(world, "PointsToken", "unpause")
    await world.settle()
    assert await world.supply_on_chain() == 5


async def test_a_pause_ends_by_itself(world: World) -> None:
    await world.enrol("anna")
    await world.buy("anna", 500, "r1")
    await world.chain.automine(False)
    await world.submit()
    await world.chain.drop_pool()
    await world.chain.automine(True)
    await owner(world, "PointsToken", "pause", await timestamp(world) + 86_400)
    world.restart()
    await world.settle()
    assert await world.supply_on_chain() == 0
    await world.chain.pass_time(86_400)
    await world.settle()
    assert await world.supply_on_chain() == 5


async def test_what_is_over_the_issuers_cap_is_refused_and_the_rest_goes_on(world: World) -> None:
    await world.enrol("anna")
    await owner(world, "EarningRules", "setIssuerCap", world.program.issuer, 7)
    for number in range(3):
        await world.buy("anna", 500, f"r{number}")
    await world.buy("anna", 200, "small")
    await world.settle()
    counts = (await world.http.get("/v1/programs/demo/awards/summary")).json()
    assert (counts["pending"], counts["refused_by_reason"]) == (0, {"issuer_cap_exceeded": 2})
    assert await world.supply_on_chain() == 7


async def test_after_the_end_is_announced_only_earlier_receipts_earn(world: World) -> None:
    await world.enrol("anna")
    await world.chain.pass_time(86_400)
    before = datetime.fromtimestamp(await timestamp(world) - 3600, UTC)
    await owner(world, "EarningRules", "announceEnd", await timestamp(world) + 90 * 86_400)
    await world.chain.pass_time(86_400)
    await world.buy("anna", 500, "before", occurred_at=before)
    await world.buy("anna", 500, "long ago")
    await world.settle()
    found = (await world.http.get("/v1/programs/demo/awards")).json()["awards"]
    assert {award["reference"]: award["refusal"] for award in found} == {"before": None, "long ago": "rule_closed"}


async def test_a_batch_that_waited_too_long_is_signed_anew_under_its_nonce(world: World) -> None:
    await world.enrol("anna")
    at = datetime.fromtimestamp(await timestamp(world) - 30 * 86_400, UTC)
    await world.buy("anna", 500, "r1", occurred_at=at)
    await world.chain.automine(False)
    await world.submit()
    await world.chain.drop_pool()
    await world.chain.automine(True)
    age = timedelta(seconds=margin_seconds(world.program.look_back_seconds))
    async with world.database.session() as session:
        (first,) = (await session.execute(select(submissions))).all()
        await session.execute(update(submissions).values(created_at=first.created_at - age))
    await world.chain.pass_time(50 * 86_400)
    world.restart()
    await world.settle()
    assert await world.supply_on_chain() == 5
    async with world.database.snapshot() as session:
        kept, renewed = (await session.execute(select(submissions).order_by(submissions.c.seq))).all()
    assert (kept.signed_bytes, kept.nonce, renewed.attempt) == (first.signed_bytes, first.nonce, 1)
    assert renewed.nonce == first.nonce and renewed.transaction_hash != first.transaction_hash


async def test_an_award_is_clawed_back_with_a_proof_from_the_database(world: World) -> None:
    accounts = await world.enrol("anna", "bo")
    for number in range(5):
        await world.buy(["anna", "bo"][number % 2], 100 * (number + 600), f"r{number}")
    await world.settle()
    async with world.database.snapshot() as session:
        packed = await awards.in_batch(session, 1)
        (batch,) = (await session.execute(select(awarded_batches))).all()
        (group,) = (await session.execute(select(awarded_groups))).all()
        minted = select(entries.c.amount).where(entries.c.type == "award").order_by(entries.c.batch_position)
        points = list((await session.execute(minted)).scalars())
    block = await world.chain.rpc.block(batch.block_number)
    assert block is not None
    sent = [BatchEntry(row.account, row.units, receipt_hash(row.body_hash, row.salt)) for row in packed]
    groups = [MintedGroup(group.rule_id, group.rule_version, sent, points)]
    proof = award_proof(world.program.issuer, 1, block.timestamp, groups, 2)
    await owner(world, "EarningRules", "setIssuerCap", bootstrap.development_address("owner", world.settings), 1_000)
    await owner(world, "EarningRules", "clawBack", proof.as_tuple(), points[2], 0)
    await world.index()
    assert await world.balance_in_database(accounts["anna"]) == await world.balance_on_chain(accounts["anna"])
    member = (await world.http.get("/v1/programs/demo/members", params={"customer_id": "anna"})).json()["members"][0]
    page = (await world.http.get(f"/v1/programs/demo/members/{member['id']}/entries")).json()["entries"]
    assert (page[0]["type"], page[0]["amount"], page[0]["reference"]) == ("clawback", str(-points[2]), "r2")
    assert len((await world.http.get("/v1/programs/demo/awards")).json()["awards"]) == 5
    await assert_words_are_the_chains(world)
    assert await chain_rows(world) == await rebuilt_rows(world)


async def test_tiers_and_freezes_reach_the_statement(world: World) -> None:
    accounts = await world.enrol("anna")
    await world.buy("anna", 60_000, "r1")
    await world.settle()
    await owner(world, "PointsToken", "freeze", accounts["anna"], 0, await timestamp(world) + 3_600)
    await world.index()
    member = (await world.http.get("/v1/programs/demo/members")).json()["members"][0]
    balance = (await world.http.get(f"/v1/programs/demo/members/{member['id']}/balance")).json()
    assert balance["tier"] == {"number": 1, "name": "Regular", "points": "600"}
    page = (await world.http.get(f"/v1/programs/demo/members/{member['id']}/entries")).json()["entries"]
    assert [(entry["type"], entry["amount"]) for entry in page] == [("freeze", "0"), ("tier", "0"), ("award", "600")]
    await assert_words_are_the_chains(world)
    await world.chain.reorg(1)
    await world.index()
    assert await chain_rows(world) == await rebuilt_rows(world)
