"""Batches that do not fit into a block, or revert: they are taken apart, and only the guilty award is set aside."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import insert, select, update
from structlog.testing import capture_logs

from tests.integration.conftest import World
from tests.integration.submitting import (
    assert_all_is_well,
    bought_and_not_mined,
    buy_many,
    issuer_role,
    status,
    stored,
)
from tokenpoints.chain.interfaces import interface
from tokenpoints.storage.tables import awards, batches, dead_letters, receipts, rule_versions
from tokenpoints.submitter.issuing import IssuerState, Issuing

pytestmark = pytest.mark.asyncio


async def test_batches_over_a_lowered_gas_limit_are_taken_apart_and_sealed_smaller(world: World) -> None:
    await bought_and_not_mined(world, 30)
    await world.submit()
    before = await stored(world)
    assert [row.batch_number for row in before] == [1, 2, 3]
    await world.chain.drop_pool()  # as nodes do with what fits into no block
    await world.chain.set_gas_limit(600_000)
    await world.chain.mine()
    await world.submit()
    cancels = (await stored(world))[3:]
    assert [(row.nonce, row.batch_number) for row in cancels] == [(0, None), (1, None), (2, None)]
    assert (await status(world))["wait"] == "withdrawing"
    await world.chain.mine()
    await world.submit()
    # The cancels are mined, and a reorg could still undo them and let the large batches in.
    async with world.database.snapshot() as session:
        assert len((await session.execute(select(batches))).all()) == 3
    await world.chain.mine(5)
    await world.chain.automine(True)
    sizes: list[int] = []
    for _ in range(60):
        await world.settle()
        async with world.database.snapshot() as session:
            sizes = list((await session.execute(select(batches.c.entry_count).order_by(batches.c.number))).scalars())
        if sizes == [3] * 10:
            break
    assert sizes == [3] * 10
    kept = (await stored(world))[:3]
    assert [(row.signed_bytes, row.batch_seq) for row in kept] == [(row.signed_bytes, None) for row in before]
    await assert_all_is_well(world, 30)


async def test_a_large_batch_that_is_mined_after_all_is_not_taken_apart(world: World) -> None:
    await world.enrol("anna")
    await world.chain.automine(False)
    await buy_many(world, 10)
    await world.submit()
    (sent,) = await stored(world)
    await world.chain.drop_pool()
    await world.chain.set_gas_limit(600_000)
    await world.chain.mine()
    await world.submit()
    await world.chain.drop_pool()
    await world.chain.set_gas_limit(30_000_000)
    await world.chain.mine()
    await world.chain.rpc.send(sent.signed_bytes)
    await world.chain.mine(6)
    await world.chain.automine(True)
    await world.settle()
    assert await stored(world) == [sent, (await stored(world))[1]]
    await assert_all_is_well(world, 10)


async def poison(world: World, monkeypatch: pytest.MonkeyPatch, *references: str) -> None:
    """Let awards name a rule that the database believes in and the contract does not know."""
    async with world.database.session() as session:
        known = (await session.execute(select(rule_versions))).mappings().one()
        await session.execute(insert(rule_versions).values(dict(known) | {"rule_id": 2, "log_index": 10_000}))
        guilty = select(receipts.c.seq).where(receipts.c.reference.in_(references))
        await session.execute(update(awards).where(awards.c.receipt_seq.in_(guilty)).values(rule_id=2))
    state = Issuing.state

    async def misled(self: Issuing) -> IssuerState:
        found = await state(self)
        return replace(found, version_counts={**found.version_counts, 2: 1})

    monkeypatch.setattr(Issuing, "state", misled)


async def test_a_poison_entry_is_set_aside_alone_and_can_be_retried(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.enrol("anna")
    await buy_many(world, 10)
    await poison(world, monkeypatch, "r3")
    await world.settle()
    assert await world.supply_on_chain() == 9
    (dead,) = (await world.http.get("/v1/programs/demo/awards", params={"status": "dead"})).json()["awards"]
    assert (dead["reference"], dead["status"], dead["dead_letter"]) == ("r3", "dead", "UnknownRule(ruleId=2)")
    counts = (await world.http.get("/v1/programs/demo/awards/summary")).json()
    assert (counts["dead"], counts["pending"]) == (1, 0)
    # Never sent, so nothing of it had to be waited for.
    assert [(row.batch_number, row.nonce) for row in await stored(world)] == [(1, 0)]

    retry = f"/v1/programs/demo/awards/{dead['id']}/retry"
    again = await world.http.post(retry)
    assert (again.status_code, again.json()["status"]) == (202, "pending")
    await world.settle()
    assert (await world.http.get("/v1/programs/demo/awards/summary")).json()["dead"] == 1

    async with world.database.session() as session:
        await session.execute(update(awards).where(awards.c.rule_id == 2).values(rule_id=1))
    assert (await world.http.post(retry)).status_code == 202
    await world.settle()
    await world.index()
    assert await world.supply_on_chain() == 10
    refused = await world.http.post(retry)
    assert (refused.status_code, refused.json()["code"]) == (409, "award_not_dead")
    unknown = await world.http.post("/v1/programs/demo/awards/awd_none/retry")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_award")


async def test_a_batch_that_reverted_on_the_chain_is_bisected_once_that_is_final(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bought_and_not_mined(world, 30)
    await poison(world, monkeypatch, "r12", "r17")  # in the second batch, which is sent while the first is on its way
    await world.submit()
    await world.chain.mine()
    await world.chain.automine(True)
    with capture_logs() as lines:
        await world.settle()
    reasons = {line["batch"]: line["reason"] for line in lines if line["event"] == "batch_failed"}
    assert reasons[2] == "UnknownRule(ruleId=2)"
    assert await world.supply_on_chain() == 10
    await world.chain.mine(5)
    await world.settle()
    await world.settle()
    await world.index()
    assert await world.supply_on_chain() == 28
    async with world.database.snapshot() as session:
        references = select(receipts.c.reference).join(awards).join(dead_letters)
        assert sorted((await session.execute(references)).scalars()) == ["r12", "r17"]
    counts = (await world.http.get("/v1/programs/demo/awards/summary")).json()
    assert (counts["pending"], counts["dead"]) == (0, 2)


async def test_an_award_that_no_entry_can_hold_is_set_aside(world: World) -> None:
    await world.enrol("anna")
    await buy_many(world, 3)
    async with world.database.session() as session:
        guilty = select(receipts.c.seq).where(receipts.c.reference == "r1").scalar_subquery()
        await session.execute(update(awards).where(awards.c.receipt_seq == guilty).values(units=1 << 50))
    await world.settle()
    assert await world.supply_on_chain() == 2
    (dead,) = (await world.http.get("/v1/programs/demo/awards", params={"status": "dead"})).json()["awards"]
    assert (dead["reference"], dead["dead_letter"][:9]) == ("r1", "malformed")


async def test_an_issuer_without_its_role_blames_no_award(world: World) -> None:
    await world.enrol("anna")
    access = interface("AccessManager")
    role = await issuer_role(world)
    revoke = access.calldata("revokeRole", role, world.program.issuer)
    assert (await world.send("owner", world.program.contracts.access.address, revoke))["status"] == "0x1"
    await buy_many(world, 3)
    await world.settle()
    said = await status(world)
    assert (said["state"], said["wait"]) == ("waiting", "issuer_refused")
    assert "AccessManagedUnauthorized" in said["detail"]
    assert (await world.http.get("/v1/programs/demo/awards/summary")).json()["dead"] == 0
    assert await stored(world) == []
    grant = access.calldata("grantRole", role, world.program.issuer, 0)
    assert (await world.send("owner", world.program.contracts.access.address, grant))["status"] == "0x1"
    world.skipped_seconds = 6
    await world.settle()
    await assert_all_is_well(world, 3)
