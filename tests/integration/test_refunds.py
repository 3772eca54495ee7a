"""Refunds, referrals and adjustments from request to chain and back, on a real node."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.conftest import BOTH_DATABASES, World, chain_rows, rebuilt_rows, world_of
from tests.integration.operating import Brand, reward
from tests.support.chain import running_anvil
from tests.support.keys import bearing, make_key
from tests.support.ports import free_port
from tokenpoints import bootstrap
from tokenpoints.chain import specs
from tokenpoints.chain.interfaces import interface
from tokenpoints.demo.program import program_path
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import KeyRole
from tokenpoints.domain.specs import ProgramSpec
from tokenpoints.domain.types import Address, hex_of
from tokenpoints.operator.adjuster import Adjuster

pytestmark = pytest.mark.asyncio

TOKEN = interface("PointsToken")


def spec() -> ProgramSpec:
    """The demo program with rules for visits, referrals and adjustments."""
    fields = specs.load(program_path()).model_dump(mode="json")
    [purchase] = fields["rules"]
    fixed = purchase | {"rate": None, "multipliers": []}
    fields["rules"] += [
        fixed | {"id": 2, "name": "Visits", "earns_on": "visit", "fixed_points": 10},
        fixed | {"id": 3, "name": "Friends", "earns_on": "referral", "fixed_points": 100},
        purchase | {"id": 4, "name": "By hand", "earns_on": "adjustment", "rate": "1/1", "multipliers": []},
    ]
    return ProgramSpec.model_validate(fields)


@dataclass
class Shop:
    """A brand with all its processes, stepped by hand."""

    world: World
    brand: Brand
    adjuster: Adjuster
    accounts: dict[str, Address]

    async def settle(self, rounds: int = 6) -> None:
        """Let everything come to rest, and become final."""
        for _ in range(rounds):
            await self.world.settle()
            await self.adjuster.step()
            await self.brand.work(1)
            await self.world.chain.mine(3)
            await self.world.index()

    async def post(self, path: str, body: object, *, expect: int = 202, key: str | None = None) -> Any:
        headers = None if key is None else bearing(key)
        answer = await self.world.http.post(f"/v1/programs/demo/{path}", json=body, headers=headers)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def buy(self, customer: str, reference: str, *amounts: int, **said: Any) -> str:
        """A purchase with a line for each amount; its id."""
        lines = [{"sku": f"sku-{number}", "amount": amount} for number, amount in enumerate(amounts, start=1)]
        body = {
            "reference": reference,
            "customer_id": customer,
            "kind": "purchase",
            "amount": sum(amounts),
            "occurred_at": rfc3339(self.world.clock() - timedelta(hours=1)),
            "lines": lines,
        }
        found: str = (await self.post("receipts", body | said))["id"]
        return found

    async def see(self, receipt: str) -> Any:
        return (await self.world.http.get(f"/v1/programs/demo/receipts/{receipt}")).json()

    async def balance(self, customer: str) -> int:
        """On the chain, which the database agrees with."""
        account = self.accounts[customer]
        found = await self.world.balance_on_chain(account)
        assert await self.world.balance_in_database(account) == found
        return found

    async def spend(self, customer: str, points: int) -> None:
        """The member gets something for points, of any price."""
        priced = reward(price_min="1", price_max="10000")
        await self.brand.done(await self.brand.ask("POST", "rewards", priced))
        await self.redeem(customer, 1, points)

    async def redeem(self, customer: str, reward_id: int, points: int) -> None:
        rewards = self.world.program.contracts.rewards.address
        await self._as_member(customer, rewards, "Rewards", "redeem", reward_id, 1, points)

    async def use(self, customer: str, redemption: int) -> None:
        account, vouchers = self.accounts[customer], self.world.program.contracts.vouchers.address
        await self._as_member(customer, vouchers, "Vouchers", "use", account, redemption, 1, bytes(32))

    async def _as_member(self, customer: str, to: Address, contract: str, function: str, *arguments: Any) -> None:
        rpc, sender = self.world.chain.rpc, hex_of(self.accounts[customer])
        await rpc.call("anvil_impersonateAccount", sender)
        await self.world.chain.set_balance(self.accounts[customer], 10**18)
        data = hex_of(interface(contract).calldata(function, *arguments))
        request = {"from": sender, "to": hex_of(to), "data": data, "gas": hex(500_000)}
        sent = await rpc.call("eth_sendTransaction", request)
        async with asyncio.timeout(20):
            while True:
                if (mined := await rpc.call("eth_getTransactionReceipt", sent)) is not None:
                    break
                await asyncio.sleep(0.01)
        assert mined["status"] == "0x1"


@pytest_asyncio.fixture
async def shop(tmp_path: Path, database_url: str) -> AsyncIterator[Shop]:
    async with running_anvil(free_port()) as chain, world_of(chain, tmp_path, database_url, spec()) as world:
        brand = Brand(world)
        await brand.operator.step()
        adjuster = Adjuster(
            chain.rpc,
            world.database,
            world.deployment,
            bootstrap.signer(world.settings, "owner").address,
            clock=world.clock,
            poll_seconds=0.01,
        )
        yield Shop(world, brand, adjuster, await world.enrol("anna", "bo", "other"))


@BOTH_DATABASES
async def test_lines_of_a_purchase_that_was_partly_spent_are_refunded_one_after_the_other(shop: Shop) -> None:
    purchase = await shop.buy("anna", "till-1", 3_000, 2_000, 5_000)
    await shop.settle(2)
    assert await shop.balance("anna") == 100
    await shop.spend("anna", 60)
    first = await shop.post(f"receipts/{purchase}/refunds", {"reference": "back-1", "lines": [{"line": 1}]})
    assert (first["state"], first["points_due"], first["amount"]) == ("waiting", None, 3_000)
    await shop.settle()
    # 30 of 100 go back, and 40 were left.
    assert await shop.balance("anna") == 10
    found = await shop.see(purchase)
    assert (found["refunded_amount"], [line["refunded_quantity"] for line in found["lines"]]) == (3_000, [1, 0, 0])
    [refund] = found["refunds"]
    assert (refund["state"], refund["points_due"], refund["points_taken"], refund["points_short"]) == (
        "done",
        "30",
        "30",
        "0",
    )
    second = {"reference": "back-2", "lines": [{"sku": "sku-2"}]}
    await shop.post(f"receipts/{purchase}/refunds", second)
    await shop.settle()
    # 20 are due, and 10 are left.
    assert await shop.balance("anna") == 0
    refund = (await shop.see(purchase))["refunds"][1]
    assert (refund["state"], refund["points_due"], refund["points_taken"], refund["points_short"]) == (
        "done",
        "20",
        "10",
        "10",
    )
    again = await shop.post(f"receipts/{purchase}/refunds", second)
    assert again["replayed"] and again["id"] == refund["id"]
    await shop.post(f"receipts/{purchase}/refunds", {"reference": "back-3"})
    too_much = await shop.post(f"receipts/{purchase}/refunds", {"reference": "back-4"}, expect=409)
    assert too_much["code"] == "not_refundable"
    await shop.settle()
    assert await shop.balance("anna") == 0
    assert [each["state"] for each in (await shop.see(purchase))["refunds"]] == ["done"] * 3
    assert await chain_rows(shop.world) == await rebuilt_rows(shop.world)


async def test_refunds_line_by_line_take_back_all_that_was_earned_and_no_more(shop: Shop) -> None:
    purchase = await shop.buy("anna", "till-1", 3_333, 3_333, 3_333)
    await shop.settle(2)
    assert await shop.balance("anna") == 99
    left = []
    for line in (1, 2, 3):
        await shop.post(f"receipts/{purchase}/refunds", {"reference": f"back-{line}", "lines": [{"line": line}]})
        await shop.settle()
        left.append(await shop.balance("anna"))
    assert left == [66, 33, 0]
    refunds = (await shop.see(purchase))["refunds"]
    assert [(each["points_taken"], each["points_short"]) for each in refunds] == [("33", "0")] * 3


async def test_a_refund_of_what_is_not_on_the_chain_yet_waits_for_it(shop: Shop) -> None:
    purchase = await shop.buy("anna", "till-1", 5_000)
    await shop.post(f"receipts/{purchase}/refunds", {"reference": "back-1"})
    await shop.adjuster.step()
    [refund] = (await shop.see(purchase))["refunds"]
    assert (refund["state"], refund["detail"]) == ("waiting", "an award of the receipt is not final")
    await shop.settle()
    assert await shop.balance("anna") == 0
    [refund] = (await shop.see(purchase))["refunds"]
    assert (refund["state"], refund["points_taken"]) == ("done", "50")
    assert len(refund["operations"]) == 1


async def test_both_sides_of_a_referral_are_credited_after_the_first_purchase_and_give_back(shop: Shop) -> None:
    referral = {
        "reference": "ref-1",
        "kind": "referral",
        "referrer": {"customer_id": "anna"},
        "friend": {"customer_id": "bo"},
        "occurred_at": rfc3339(shop.world.clock() - timedelta(hours=2)),
    }
    recorded = await shop.post("receipts", referral)
    assert (recorded["awards"], recorded["without_award"]) == ([], "awaits_purchase")
    await shop.settle(2)
    assert await shop.balance("anna") == await shop.balance("bo") == 0
    purchase = await shop.buy("bo", "till-1", 2_000, 3_000)
    await shop.buy("bo", "till-2", 1_000)
    await shop.settle(2)
    assert (await shop.balance("anna"), await shop.balance("bo")) == (100, 160)
    # A part of the purchase leaves the referral as it is; all of it takes both sides back.
    await shop.post(f"receipts/{purchase}/refunds", {"reference": "back-1", "lines": [{"line": 1}]})
    await shop.settle()
    assert (await shop.balance("anna"), await shop.balance("bo")) == (100, 140)
    await shop.post(f"receipts/{purchase}/refunds", {"reference": "back-2"})
    await shop.settle()
    assert (await shop.balance("anna"), await shop.balance("bo")) == (0, 10)


async def test_an_adjustment_above_the_limit_waits_for_a_second_approver(shop: Shop) -> None:
    asks = await make_key(shop.world.database, "demo", KeyRole.ADMIN)
    agrees = await make_key(shop.world.database, "demo", KeyRole.ADMIN)
    body = {"reference": "adj-1", "customer_id": "anna", "points": "1500", "reason": "goodwill"}
    made = await shop.post("adjustments", body, key=asks.text)
    assert made["state"] == "pending" and made["awards"] == []
    refused = await shop.post(f"adjustments/{made['id']}/approve", {}, expect=403, key=asks.text)
    assert refused["code"] == "second_approver_needed"
    await shop.settle(2)
    assert await shop.balance("anna") == 0
    approved = await shop.post(f"adjustments/{made['id']}/approve", {}, expect=200, key=agrees.text)
    assert (approved["state"], approved["decided_by"]) == ("approved", agrees.key.id)
    await shop.settle(2)
    assert await shop.balance("anna") == 1_500
    taken = await shop.post("adjustments", body | {"reference": "adj-2", "points": -400}, key=asks.text)
    assert (taken["state"], taken["clawback"]) == ("approved", "waiting")
    await shop.settle()
    assert await shop.balance("anna") == 1_100
    found = (await shop.world.http.get(f"/v1/programs/demo/adjustments/{taken['id']}")).json()
    assert (found["clawback"], found["points_taken"], found["points_short"]) == ("done", "400", "0")
    log = (await shop.world.http.get("/v1/programs/demo/audit-log")).json()["entries"]
    by_key = {(entry["key"], entry["action"], entry["outcome"]) for entry in log}
    assert (asks.key.id, "adjust", "done") in by_key and (agrees.key.id, "approve_adjustment", "done") in by_key
    assert (asks.key.id, "approve_adjustment", "second_approver_needed") in by_key


async def test_an_upload_that_comes_late_falls_under_the_version_of_the_purchase(shop: Shop) -> None:
    await shop.world.chain.pass_time(86_400)
    rule = shop.world.program.rules[0].terms_document
    better = {
        "terms_document": rule,
        "rate": "2/100",
        "opens_at": "2000-01-01T00:00:00Z",
        "multipliers": [1, 1, 1],
        "cap_per_award": "10000",
        "budget": "50000000",
        "budget_window_seconds": 2_592_000,
    }
    await shop.brand.done(await shop.brand.ask("PUT", "rules/1", better))
    head = await shop.world.chain.rpc.block("latest")
    assert head is not None
    changed = datetime.fromtimestamp(head.timestamp, UTC)
    await shop.world.chain.pass_time(6 * 3_600)
    await shop.world.index()
    await shop.buy("anna", "offline-1", 1_000, occurred_at=rfc3339(changed - timedelta(hours=1)))
    await shop.buy("bo", "offline-2", 1_000, occurred_at=rfc3339(changed + timedelta(hours=1)))
    await shop.settle(2)
    assert (await shop.balance("anna"), await shop.balance("bo")) == (10, 20)


async def test_redemptions_that_a_purchase_names_are_restored_with_its_refund(shop: Shop) -> None:
    await shop.brand.done(await shop.brand.ask("POST", "rewards", reward(price_min="40")))
    await shop.buy("anna", "till-1", 10_000)
    await shop.settle(2)
    await shop.redeem("anna", 1, 40)
    await shop.redeem("anna", 1, 40)
    await shop.use("anna", 2)
    assert await shop.world.balance_on_chain(shop.accounts["anna"]) == 20
    purchase = await shop.buy("anna", "till-2", 1_000, 500, redemptions=[1, 2])
    await shop.settle(2)
    assert await shop.balance("anna") == 35
    await shop.post(f"receipts/{purchase}/refunds", {"reference": "back-1"})
    await shop.settle()
    # One voucher was there to be taken back; for the other, which is used, its points are awarded.
    assert await shop.balance("anna") == 100
    [refund] = (await shop.see(purchase))["refunds"]
    assert [(each["redemption"], each["state"]) for each in refund["redemptions"]] == [(1, "done"), (2, "done")]
    assert [each["award"] is not None for each in refund["redemptions"]] == [False, True]
    assert await chain_rows(shop.world) == await rebuilt_rows(shop.world)
