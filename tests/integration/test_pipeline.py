"""The way of a receipt, on a real node: and what happens when that node forgets."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from sqlalchemy import select

from tests.integration.conftest import BOTH_DATABASES, World, chain_rows, rebuilt_rows
from tokenpoints import bootstrap
from tokenpoints.chain import specs
from tokenpoints.chain.interfaces import interface
from tokenpoints.demo.program import program_path
from tokenpoints.domain.batches import BatchEntry, receipt_leaf
from tokenpoints.domain.merkle import proof, verify
from tokenpoints.domain.receipts import receipt_hash
from tokenpoints.domain.types import Hash32
from tokenpoints.storage import awards as award_queries
from tokenpoints.storage.tables import batches, blocks, entries, members, rule_versions, submissions

pytestmark = pytest.mark.asyncio


@BOTH_DATABASES
async def test_a_receipt_becomes_an_entry_that_explains_itself(world: World) -> None:
    accounts = await world.enrol("anna")
    answer = await world.buy("anna", 1299, "shop-1")
    assert answer["awards"][0]["points_expected"] == "12"
    await world.settle()
    assert await world.balance_on_chain(accounts["anna"]) == 12
    member = (await world.http.get("/v1/programs/demo/members", params={"customer_id": "anna"})).json()["members"][0]
    page = (await world.http.get(f"/v1/programs/demo/members/{member['id']}/entries")).json()
    (entry,) = page["entries"]
    assert (entry["type"], entry["amount"], entry["balance_after"]) == ("award", "12", "12")
    assert (entry["reference"], entry["rule"], entry["rule_version"]) == ("shop-1", 1, 1)
    mined = await world.chain.rpc.transaction_receipt(Hash32(bytes.fromhex(entry["transaction_hash"][2:])))
    assert mined is not None
    assert any(int(log["logIndex"], 16) == entry["log_index"] for log in mined["logs"])


@BOTH_DATABASES
async def test_awards_are_sealed_into_batches_in_sequence(world: World) -> None:
    await world.enrol("anna", "bo")
    for number in range(25):
        await world.buy(["anna", "bo"][number % 2], 100 * (number + 1), f"r{number}")
    await world.settle()
    async with world.database.snapshot() as session:
        rows = (await session.execute(select(batches.c.number, batches.c.entry_count))).all()
    assert [tuple(row) for row in rows] == [(1, 10), (2, 10), (3, 5)]
    assert await world.supply_on_chain() == sum(range(1, 26))


async def test_a_receipt_can_be_proven_against_the_root_on_chain(world: World) -> None:
    await world.enrol("anna", "bo")
    for number in range(5):
        await world.buy(["anna", "bo"][number % 2], 100 * (number + 1), f"r{number}")
    await world.settle()
    rules = interface("EarningRules")
    calldata = rules.calldata("batchRoot", world.program.issuer, 1)
    answer = await world.chain.rpc.read(world.program.contracts.rules.address, calldata)
    (root,) = rules.decode_output("batchRoot", answer)
    async with world.database.snapshot() as session:
        rows = await award_queries.in_batch(session, 1)
    leaves = [
        receipt_leaf(position, BatchEntry(row.account, row.units, receipt_hash(row.body_hash, row.salt)))
        for position, row in enumerate(rows)
    ]
    assert verify(leaves[3], proof(leaves, 3), Hash32(root))


@BOTH_DATABASES
@pytest.mark.parametrize("depth", [1, 3, 10])
async def test_a_reorg_that_drops_batches_loses_and_doubles_nothing(world: World, depth: int) -> None:
    accounts = await world.enrol("anna")
    for number in range(30):
        await world.buy("anna", 100, f"r{number}")
        if number % 3 == 2:
            await world.settle()
    await world.chain.reorg(depth)
    await world.index()
    assert await world.balance_in_database(accounts["anna"]) == await world.balance_on_chain(accounts["anna"])
    world.restart()
    await world.settle()
    assert await world.balance_on_chain(accounts["anna"]) == 30
    assert await world.balance_in_database(accounts["anna"]) == 30
    assert await chain_rows(world) == await rebuilt_rows(world)


async def test_a_chain_that_lost_its_program_is_repaired(own_chain_world: World) -> None:
    world = own_chain_world
    await world.enrol("anna")
    for number in range(3):
        await world.buy("anna", 100, f"r{number}")
        await world.settle()
    await world.chain.reorg(5)  # three batches, the rule and the program
    sent: list[str] = []
    spec = specs.load(program_path())
    repaired = await bootstrap.deploy(world.settings, spec, on_step=sent.append)
    assert sent == ["create the program", "set rule 1, Everyday"]
    assert [contract.address for _, contract in repaired.contracts] == [
        contract.address for _, contract in world.program.contracts
    ]
    world.restart()
    await world.settle()
    assert await world.supply_on_chain() == 3


async def test_a_reorg_at_the_same_height_is_noticed(world: World) -> None:
    accounts = await world.enrol("anna")
    await world.buy("anna", 500, "r1")
    await world.settle()
    await world.chain.reorg(1)  # the height stays, the block is another and empty
    await world.index()
    assert await world.balance_in_database(accounts["anna"]) == 0
    async with world.database.snapshot() as session:
        assert (await session.execute(select(entries))).first() is None


async def test_a_node_that_restarts_from_an_older_state_is_brought_up_again(world: World) -> None:
    accounts = await world.enrol("anna", "bo")
    for number in range(10):
        await world.buy("anna", 100, f"a{number}")
    await world.settle()
    snapshot = await world.chain.snapshot()
    for number in range(35):
        await world.buy(["anna", "bo"][number % 2], 200, f"b{number}")
    await world.settle()
    await world.chain.revert(snapshot)
    await world.index()
    assert await world.supply_on_chain() == 10
    await world.settle()
    assert await world.supply_on_chain() == 10 + 70
    for account in accounts.values():
        assert await world.balance_in_database(account) == await world.balance_on_chain(account)


async def test_signed_bytes_are_sent_after_a_crash_between_commit_and_broadcast(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(Exception):
        pass

    async def crash(_: bytes) -> str | None:
        raise Crash

    await world.enrol("anna")
    await world.buy("anna", 700, "r1")
    monkeypatch.setattr(world.submitter._issuing, "broadcast", crash)
    with pytest.raises(Crash):
        await world.submit()
    assert await world.supply_on_chain() == 0
    async with world.database.snapshot() as session:
        stored = (await session.execute(select(submissions.c.nonce, submissions.c.transaction_hash))).all()
    assert len(stored) == 1
    world.restart()
    await world.settle()
    assert await world.supply_on_chain() == 7
    async with world.database.snapshot() as session:
        assert (await session.execute(select(submissions.c.nonce, submissions.c.transaction_hash))).all() == stored


async def test_a_nonce_used_elsewhere_costs_a_new_signature_and_no_award(world: World) -> None:
    await world.enrol("anna")
    await world.chain.automine(False)
    for number in range(30):
        await world.buy("anna", 100, f"r{number}")
    await world.submit()
    await world.chain.drop_pool()
    await world.chain.automine(True)
    await world.send("issuer", world.program.contracts.access.address, b"")  # takes the first batch's nonce
    world.restart()
    for _ in range(4):
        await world.submit()
    await world.index()
    assert await world.supply_on_chain() == 30
    async with world.database.snapshot() as session:
        assert len((await session.execute(select(submissions))).all()) > 3
    assert await chain_rows(world) == await rebuilt_rows(world)


async def test_two_submitters_at_once_mint_each_award_once(world: World) -> None:
    await world.enrol("anna")
    for number in range(60):
        await world.buy("anna", 100, f"r{number}")
    first = world.submitter
    world.restart()
    for _ in range(8):
        await asyncio.gather(first.step(), world.submitter.step(), return_exceptions=True)
    world.restart()
    await world.settle()
    assert await world.supply_on_chain() == 60


async def test_refused_entries_are_told_with_their_reason(world: World) -> None:
    await world.enrol("anna")
    async with world.database.snapshot() as session:
        row = (await session.execute(select(rule_versions))).mappings().one()
    assert row["rule_id"] == 1
    # Closing a rule is worse for members and not to be had, so let its window pass.
    await world.chain.pass_time(row["closes_at"] - row["opens_at"] + 10)
    await world.buy("anna", 100, "late")
    await world.settle()
    (award,) = (await world.http.get("/v1/programs/demo/awards", params={"reference": "late"})).json()["awards"]
    assert (award["status"], award["refusal"]) == ("refused", "rule_closed")


async def test_transfers_and_expiry_reach_the_statement(world: World) -> None:
    accounts = await world.enrol("anna", "bo")
    await world.buy("anna", 1000, "r1")
    await world.buy("bo", 100, "r2")  # the policy lets members send to members, and an award makes one
    await world.settle()
    factory, account = interface("MemberAccounts"), interface("MemberAccount")
    token = interface("PointsToken")
    async with world.database.snapshot() as session:
        commitment = await session.scalar(select(members.c.commitment).where(members.c.customer_id == "anna"))
    await world.send("custodian", world.program.contracts.accounts.address, factory.calldata("create", commitment))
    assert await world.chain.rpc.code(accounts["anna"])  # created where the gateway said it would be
    transfer = token.calldata("transfer", accounts["bo"], 4)
    call = account.calldata("execute", world.program.contracts.token.address, 0, transfer)
    mined = await world.send("custodian", accounts["anna"], call)
    assert mined["status"] == "0x1"
    await world.index()
    assert [await world.balance_in_database(a) for a in accounts.values()] == [6, 5]

    clock = world.program.clock
    head = await world.chain.rpc.block("latest")
    assert head is not None
    await world.chain.pass_time(clock.expires_at(1) - head.timestamp - 5)
    await world.index()
    assert [await world.balance_on_chain(a) for a in accounts.values()] == [6, 5]
    await world.chain.pass_time(10)
    await world.index()
    assert [await world.balance_in_database(a) for a in accounts.values()] == [0, 0]
    assert await world.supply_on_chain() == 0
    await world.send("issuer", world.program.contracts.token.address, token.calldata("sweep", list(accounts.values())))
    await world.index()
    async with world.database.snapshot() as session:
        kinds = (await session.execute(select(entries.c.type, entries.c.amount).order_by(entries.c.log_index))).all()
    assert ("expiry", -6) in [tuple(kind) for kind in kinds]
    assert await chain_rows(world) == await rebuilt_rows(world)


async def test_the_block_headers_are_a_chain(world: World) -> None:
    await world.chain.mine(40)
    await world.index()
    async with world.database.snapshot() as session:
        rows = (await session.execute(select(blocks).order_by(blocks.c.number))).all()
    assert len(rows) >= 40
    for parent, child in pairwise(rows):
        assert child.parent_hash == parent.hash
        assert child.number == parent.number + 1
