"""What befalls operations on their way: killed operators, two at once, reorgs, foreign nonces. Each is made once."""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from tests.integration.conftest import BOTH_DATABASES, World
from tests.integration.operating import DAY, REWARDS, RULES, TOKEN, Brand, reward, rule
from tests.support.chain import running_anvil
from tests.support.ports import free_port
from tokenpoints import bootstrap
from tokenpoints.chain.changes import calls_of
from tokenpoints.chain.interfaces import interface
from tokenpoints.domain.changes import AddReward, SetRule
from tokenpoints.domain.fees import Fees
from tokenpoints.domain.types import hex_of
from tokenpoints.errors import LeaseLost
from tokenpoints.failpoints import Point
from tokenpoints.operator.acting import Acting
from tokenpoints.storage import leases
from tokenpoints.storage.leases import Lease, fenced

pytestmark = pytest.mark.asyncio

MANAGER = interface("AccessManager")
GWEI = 10**9


@pytest_asyncio.fixture
async def brand(world: World) -> Brand:
    """Whose operator has said what it can do."""
    made = Brand(world)
    await made.operator.step()
    return made


def run_operator(world: World, failpoint: str) -> int:
    """Run the real process until it ends; its status."""
    environment = {
        **os.environ,
        "TOKENPOINTS_DATA_DIR": str(world.settings.data_dir),
        "TOKENPOINTS_DEPLOYMENTS_DIR": str(world.settings.deployments_dir),
        "TOKENPOINTS_NODE_PORT": str(world.settings.node_port),
        "TOKENPOINTS_DATABASE_URL": str(world.settings.database_url),
        "TOKENPOINTS_FAILPOINTS": failpoint,
        "TOKENPOINTS_POLL_SECONDS": "0.05",
        "TOKENPOINTS_BUMP_SECONDS": "1",
    }
    command = [sys.executable, "-m", "tokenpoints.cli.processes", "operator"]
    return subprocess.run(command, env=environment, timeout=60, check=False, capture_output=True).returncode


@pytest.mark.slow
@BOTH_DATABASES
async def test_an_operator_killed_anywhere_makes_each_change_once(brand: Brand) -> None:
    points = (Point.OPERATOR_SIGNED, Point.OPERATOR_STORED, Point.OPERATOR_SENT, Point.OPERATOR_MINED)
    for count, point in enumerate(points, start=1):
        operation = await brand.ask("POST", "rewards", reward())
        status = await asyncio.to_thread(run_operator, brand.world, f"{point}=kill@1")
        assert status == -signal.SIGKILL, point
        brand.restart()
        await brand.done(operation)
        # Two would be two rewards: the contract does not know that they are the same.
        assert await brand.read(REWARDS, "rewardCount") == count, point
    assert len(await brand.submissions()) == len(points)


@pytest.mark.slow
async def test_an_operator_killed_while_it_raises_a_fee_makes_the_change_once(brand: Brand) -> None:
    await brand.world.chain.automine(False)
    operation = await brand.ask("POST", "rewards", reward())
    await brand.work()
    (first,) = await brand.submissions()
    killed = asyncio.create_task(asyncio.to_thread(run_operator, brand.world, f"{Point.OPERATOR_BUMPING}=kill@1"))
    while not killed.done():
        await brand.world.chain.set_base_fee(first.max_fee_wei + 1)
        await brand.world.chain.mine()
        await asyncio.sleep(0.2)
    assert await killed == -signal.SIGKILL
    assert len(await brand.submissions()) == 1
    brand.policy = replace(brand.policy, bump_seconds=0)
    brand.restart()
    await brand.work()
    _, second = await brand.submissions()
    assert second.nonce == first.nonce and second.max_fee_wei * 8 >= first.max_fee_wei * 9
    await brand.world.chain.mine()
    await brand.world.chain.automine(True)
    await brand.done(operation)
    assert await brand.read(REWARDS, "rewardCount") == 1


async def test_of_two_operators_one_makes_it_and_the_other_is_refused(brand: Brand) -> None:
    world = brand.world
    async with world.database.session() as session:
        old = await leases.take(session, "operator", holder="one", seconds=0)
    async with world.database.session() as session:
        new = await leases.take(session, "operator", holder="two", seconds=60)
    assert isinstance(old, Lease) and isinstance(new, Lease)
    operation = await brand.ask("POST", "rewards", reward())
    paused = brand.new_operator(fenced(world.database, old))
    working = brand.new_operator(fenced(world.database, new))
    with pytest.raises(LeaseLost):
        await paused.step()
    assert await brand.submissions() == []
    brand.operator = working
    await brand.done(operation)
    assert await brand.read(REWARDS, "rewardCount") == 1


async def test_two_operators_without_a_lease_still_make_it_once(brand: Brand) -> None:
    operation = await brand.ask("POST", "rewards", reward())
    await brand.world.chain.automine(False)
    both = [brand.new_operator() for _ in range(2)]
    for _ in range(3):
        await asyncio.gather(*(each.step() for each in both))
    assert len({row.nonce for row in await brand.submissions()}) == 1
    await brand.world.chain.mine()
    await brand.world.chain.automine(True)
    await brand.done(operation)
    assert await brand.read(REWARDS, "rewardCount") == 1


async def test_what_a_reorg_undoes_is_sent_again(brand: Brand) -> None:
    first = await brand.ask("POST", "rewards", reward())
    await brand.done(first)
    second = await brand.ask("POST", "rewards", reward(price_min="200"))
    await brand.done(second)
    assert [(await brand.see(each))["state"] for each in (first, second)] == ["confirmed", "confirmed"]
    signed = await brand.submissions()
    await brand.world.chain.automine(False)
    await brand.world.chain.reorg(2)
    await brand.world.chain.drop_pool()
    assert await brand.read(REWARDS, "rewardCount") == 0
    brand.restart()
    await brand.work()
    assert [(await brand.see(each))["state"] for each in (first, second)] == ["sent", "sent"]
    await brand.world.chain.automine(True)
    await brand.world.chain.mine()
    await brand.work()
    assert await brand.read(REWARDS, "rewardCount") == 2
    assert await brand.submissions() == signed
    await brand.world.chain.mine(3)
    await brand.work()
    assert [(await brand.see(each))["state"] for each in (first, second)] == ["finalized", "finalized"]


async def test_a_node_that_has_no_state_from_before_its_start_does_not_stop_the_operator(
    brand: Brand, tmp_path: Path
) -> None:
    before = await Acting(brand.world.chain.rpc, bootstrap.signer(brand.world.settings, brand.role)).state()
    assert before.final_nonce > 0
    dump = await brand.world.chain.rpc.call("anvil_dumpState")
    (tmp_path / "state.json").write_bytes(gzip.decompress(bytes.fromhex(dump[2:])))
    async with running_anvil(free_port(), state=tmp_path / "state.json") as again:
        acting = Acting(again.rpc, bootstrap.signer(brand.world.settings, brand.role))
        begun = await acting.state()
        assert (begun.nonce, begun.final_number, begun.final_nonce) == (before.nonce, before.final_number, 0)
        for _ in range(3):
            await again.mine()
        assert (await acting.state()).final_nonce == before.nonce


async def test_a_foreign_transaction_on_the_nonce_is_waited_out_until_it_is_final(brand: Brand) -> None:
    world = brand.world
    await world.chain.automine(False)
    operation = await brand.ask("POST", "rewards", reward())
    await brand.work()
    (ours,) = await brand.submissions()
    key = bootstrap.signer(world.settings, "owner")
    foreign = key.sign(
        nonce=ours.nonce, to=key.address, calldata=b"", gas_limit=21_000, fees=Fees(100 * GWEI, 50 * GWEI)
    )
    await world.chain.rpc.send(foreign.raw)
    await world.chain.mine()
    await world.chain.automine(True)
    await brand.work()
    # Ours could be mined after all, if that block were undone: a second signature could make two rewards.
    assert len(await brand.submissions()) == 1
    brand.skipped_seconds = 10
    await brand.work()
    (status, *_) = (await brand.ask("GET", "status", expect=200))["operators"]
    assert (status["state"], status["wait"]) == ("waiting", "nonce_used")
    await world.chain.mine(3)
    await brand.done(operation)
    assert await brand.read(REWARDS, "rewardCount") == 1
    assert len(await brand.submissions()) == 2


async def test_a_change_that_the_contracts_come_to_refuse_fails_and_stops_nothing(brand: Brand) -> None:
    first = await brand.ask("PUT", "rules/1", rule(rate="1/200"))
    second = await brand.ask("PUT", "rules/1", rule(rate="1/300"))
    third = await brand.ask("POST", "rewards", reward())
    await brand.work()
    failed = await brand.see(second)
    assert failed["state"] == "failed" and failed["error"].startswith("ChangePending(")
    assert [(await brand.see(each))["state"] for each in (first, third)] == ["confirmed", "confirmed"]
    assert await brand.read(RULES, "versionCount", 1) == 2


async def test_a_transaction_that_reverts_in_its_block_says_why(brand: Brand) -> None:
    world = brand.world
    other = bootstrap.signer(world.settings, "custodian")
    await brand.done(await brand.ask("PUT", f"roles/operator/{hex_of(other.address)}", {}))
    await world.chain.automine(False)
    operation = await brand.ask("PUT", "rules/1", rule(rate="1/200"))
    await brand.work()
    # Another key with the role announces a change, and is mined first for its fee.
    calls = calls_of(
        world.program.contracts, SetRule.model_validate_json(orjson.dumps(rule(rate="1/300") | {"rule": 1}))
    )
    rival = other.sign(
        nonce=0, to=calls[0].to, calldata=calls[0].calldata, gas_limit=500_000, fees=Fees(100 * GWEI, 50 * GWEI)
    )
    await world.chain.rpc.send(rival.raw)
    await world.chain.mine()
    await world.chain.automine(True)
    await brand.work()
    failed = await brand.see(operation)
    assert failed["state"] == "failed" and failed["error"].startswith("ChangePending("), failed
    await world.chain.mine(3)
    await brand.done(await brand.ask("DELETE", "rules/1/announcement"))
    assert (await brand.see(operation))["state"] == "failed"


async def test_an_operators_delay_is_scheduled_waited_out_and_executed(brand: Brand) -> None:
    owner = bootstrap.signer(brand.world.settings, "owner").address
    await brand.done(await brand.ask("PUT", f"roles/operator/{hex_of(owner)}", {"delay_seconds": DAY}))
    brand.restart()
    await brand.operator.step()
    plan = await brand.dry("PUT", "rules/1", rule(rate="1/200"))
    assert [step["title"] for step in plan["steps"]] == ["schedule EarningRules.setRule", "EarningRules.setRule"]
    assert plan["delay_seconds"] == DAY and all(step["gas"] > 0 for step in plan["steps"])
    refused = await brand.dry("DELETE", "rules/1/announcement")
    assert "NoChangeToCancel" in refused["refusal"]
    operation = await brand.ask("PUT", "rules/1", rule(rate="1/200"))
    await brand.work()
    scheduled = await brand.see(operation)
    assert scheduled["state"] == "scheduled" and scheduled["due_at"] is not None
    # What another role does meanwhile does not wait for it.
    await brand.done(await brand.ask("POST", "pause", {"until": brand.in_seconds(DAY)}))
    await brand.world.chain.pass_time(DAY + 60)
    brand.restart()
    await brand.done(operation)
    assert await brand.read(RULES, "versionCount", 1) == 2


async def test_a_scheduled_operation_is_cancelled_on_the_chain(brand: Brand) -> None:
    owner = bootstrap.signer(brand.world.settings, "owner").address
    await brand.done(await brand.ask("PUT", f"roles/operator/{hex_of(owner)}", {"delay_seconds": DAY}))
    brand.restart()
    await brand.operator.step()
    operation = await brand.ask("POST", "rewards", reward())
    await brand.work()
    asked = await brand.ask("DELETE", f"operations/{operation['id']}", expect=200)
    assert asked["cancel_requested_at"] is not None
    await brand.work()
    assert (await brand.see(operation))["state"] == "cancelled"
    added = AddReward.model_validate_json(orjson.dumps(reward()))
    (call,) = calls_of(brand.world.program.contracts, added)
    scheduled = await brand.read(MANAGER, "hashOperation", owner, call.to, call.calldata)
    assert await brand.read(MANAGER, "getSchedule", scheduled) == 0
    assert await brand.read(MANAGER, "getNonce", scheduled) == 1
    await brand.world.chain.pass_time(DAY + 60)
    await brand.work()
    assert await brand.read(REWARDS, "rewardCount") == 0


async def test_only_what_is_not_under_way_can_be_cancelled(brand: Brand) -> None:
    operation = await brand.ask("POST", "rewards", reward())
    assert (await brand.ask("DELETE", f"operations/{operation['id']}", expect=200))["state"] == "cancelled"
    assert (await brand.ask("DELETE", f"operations/{operation['id']}", expect=200))["state"] == "cancelled"
    await brand.work()
    assert await brand.submissions() == []
    operation = await brand.ask("POST", "rewards", reward())
    await brand.done(operation)
    late = await brand.ask("DELETE", f"operations/{operation['id']}", expect=409)
    assert late["code"] == "operation_under_way"


async def test_an_empty_purse_and_a_fee_over_the_cap_are_waited_out(brand: Brand) -> None:
    owner = bootstrap.signer(brand.world.settings, "owner").address
    operation = await brand.ask("POST", "rewards", reward())
    await brand.world.chain.set_balance(owner, 10**12)
    with capture_logs() as lines:
        await brand.work()
    assert [line["why"] for line in lines if line["event"] == "operator_waits"] == ["purse_empty"]
    assert (await brand.see(operation))["state"] == "pending"
    await brand.world.chain.set_balance(owner, 10**21)
    brand.policy = replace(brand.policy, fee_cap_wei=1)
    brand.restart()
    with capture_logs() as lines:
        await brand.work()
    assert [line["why"] for line in lines if line["event"] == "operator_waits"] == ["fee_over_cap"]
    brand.policy = replace(brand.policy, fee_cap_wei=500 * GWEI)
    brand.restart()
    await brand.done(operation)
    assert await brand.read(TOKEN, "pausedUntil") == 0
