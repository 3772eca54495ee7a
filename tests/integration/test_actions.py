"""What members ask for happens on the chain, once, at the program's cost, and the answer says what it takes."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio

from tests.integration.acting import Club
from tests.integration.conftest import BOTH_DATABASES, World
from tests.integration.operating import DAY, REWARDS, Brand
from tests.integration.test_operations import SECOND
from tests.integration.test_operator import run_operator
from tests.support.asgi import client_of
from tests.support.wallets import address_of, wallet
from tokenpoints import bootstrap
from tokenpoints.chain.changes import agreement_to_tuple, calls_of
from tokenpoints.chain.interfaces import interface
from tokenpoints.client import AsyncClient, models
from tokenpoints.domain.changes import SignAgreement
from tokenpoints.domain.specs import ProgramSpec
from tokenpoints.domain.types import hex_of
from tokenpoints.errors import GatewayRefused
from tokenpoints.failpoints import Point
from tokenpoints.gateway.app import create_app

pytestmark = pytest.mark.asyncio

DONE = ("confirmed", "finalized")
EXCHANGE = interface("PartnerExchange")
STRANGER = hex_of(address_of(wallet(9)))


@pytest_asyncio.fixture
async def club(world: World) -> Club:
    return await Club.opened(world)


async def test_a_custodied_member_redeems(club: Club) -> None:
    coffee = await club.add_reward()
    [anna] = await club.customers(anna=350)
    plan = await anna.dry("redemptions", {"reward": coffee, "quantity": 2})
    assert (plan["points"], plan["remaining"], plan["refusal"], plan["fee"]) == ("200", "150", None, "0")
    assert [lot["points"] for lot in plan["lots"]] == ["200"] and plan["lots"][0]["expires_at"] is not None
    assert (plan["needs_step_up"], plan["to_sign"], plan["id"]) == (False, None, None)
    asked = await anna.ask("redemptions", {"reward": coffee, "quantity": 2})
    assert (asked["state"], asked["approval"]) == ("pending", "token")
    await club.work()
    done = await anna.see(asked)
    assert done["state"] in DONE and done["transaction_hash"] is not None
    assert await anna.balance() == 150
    again = await anna.ask("redemptions", {"reward": coffee})  # the account is there by now
    await club.work()
    assert (await anna.see(again))["state"] in DONE
    await club.world.index()
    vouchers = (await club.world.http.get("/v1/me/vouchers", headers=anna.headers)).json()["vouchers"]
    assert [each["quantity"] for each in vouchers] == [1, 2]
    listed = (await club.world.http.get("/v1/me/actions", headers=anna.headers)).json()["actions"]
    assert [each["id"] for each in listed] == [again["id"], asked["id"]]
    await club.world.chain.mine(3)
    await club.work()
    assert (await anna.see(asked))["state"] == "finalized"


async def test_a_chosen_number_of_points(club: Club) -> None:
    gift = await club.add_reward(price_min="50", price_max="500")
    [anna] = await club.customers(anna=350)
    unsaid = await anna.ask("redemptions", {"reward": gift}, expect=422)
    assert [fault["pointer"] for fault in unsaid["errors"]] == ["/points"]
    for points, reason in (("49", "price_differs"), ("501", "price_differs"), ("400", "insufficient_points")):
        refused = await anna.ask("redemptions", {"reward": gift, "points": points}, expect=409)
        assert (refused["code"], refused["reason"]) == ("action_refused", reason)
    twice = await anna.ask("redemptions", {"reward": gift, "quantity": 2, "points": "100"}, expect=409)
    assert twice["reason"] == "quantity_not_allowed"
    asked = await anna.ask("redemptions", {"reward": gift, "points": "123"})
    await club.work()
    assert (await anna.see(asked))["state"] in DONE
    assert await anna.balance() == 227


async def test_what_the_contracts_would_refuse_is_told_before_and_nothing_is_recorded(club: Club) -> None:
    owner = club.owner
    await club.add_reward(limit_per_member=1)
    await club.add_reward(tier_min=2)
    await club.add_reward(opens_at=owner.in_seconds(DAY))
    [anna] = await club.customers(anna=350)
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"reward": 1, "quantity": 2}, "limit_reached"),
        ({"reward": 1, "quantity": 11}, "out_of_stock"),
        ({"reward": 2}, "tier_too_low"),
        ({"reward": 3}, "reward_not_open"),
        ({"reward": 4}, "unknown_reward"),
        ({"reward": 1, "points": "99"}, "price_differs"),
    ]
    for body, reason in refusals:
        dry = await anna.dry("redemptions", body)
        assert dry["refusal"]["reason"] == reason, dry
        assert (await anna.ask("redemptions", body, expect=409))["reason"] == reason
    await owner.done(await owner.ask("POST", "pause", {"until": owner.in_seconds(DAY)}))
    assert (await anna.ask("redemptions", {"reward": 1}, expect=409))["reason"] == "program_paused"
    await owner.done(await owner.ask("POST", "unpause"))
    freeze = {"reason": "suspected_fraud", "until": owner.in_seconds(DAY)}
    await owner.done(await owner.ask("POST", f"accounts/{anna.id}/freeze", freeze))
    korean = {"Accept-Language": "ko"}
    refused = await anna.ask("redemptions", {"reward": 1}, expect=409, headers=korean)
    assert (refused["reason"], refused["detail"]) == ("account_frozen", "계정이 동결되어 있습니다.")
    dry = await anna.ask("redemptions", {"reward": 1}, expect=200, headers=korean, dry_run="true")
    assert dry["refusal"]["text"] == "계정이 동결되어 있습니다."
    listed = await club.world.http.get("/v1/me/actions", headers=anna.headers)
    assert listed.json() == {"actions": [], "next_cursor": None}


async def test_points_go_to_another_member_and_to_nobody_who_is_none(club: Club) -> None:
    anna, ben, new = await club.customers(anna=350, ben=10, new=0)
    asked = await anna.ask("transfers", {"to": ben.id, "points": "40"})
    assert asked["asked"]["to"] == hex_of(ben.account) and asked["asked"]["to_member"] == ben.id
    by_address = await anna.ask("transfers", {"to": hex_of(ben.account), "points": 2})
    await club.work()
    assert [(await anna.see(each))["state"] in DONE for each in (asked, by_address)] == [True, True]
    assert (await anna.balance(), await ben.balance()) == (308, 52)
    for receiver in (hex_of(new.account), STRANGER):
        refused = await anna.ask("transfers", {"to": receiver, "points": "1"}, expect=409)
        assert refused["reason"] == "transfer_not_allowed"
    impossible: list[Any] = [
        hex_of(club.world.program.contracts.token.address),
        "0x" + "00" * 20,
        "0x12",
        "anna",
        "mem_",
        7,
    ]
    for receiver in impossible:
        wrong = await anna.ask("transfers", {"to": receiver, "points": "1"}, expect=422)
        assert wrong["code"] == "invalid_input", receiver
    assert (await anna.ask("transfers", {"to": "mem_nobody", "points": "1"}, expect=404))["code"] == "unknown_member"
    for points in ("0", "-1", "1.5", 1e3, True, str(1 << 46), None):
        await anna.ask("transfers", {"to": ben.id, "points": points}, expect=422)


async def test_a_donation_goes_to_a_charity_that_the_program_lists(club: Club) -> None:
    owner, charity = club.owner, STRANGER
    [anna] = await club.customers(anna=350)
    body = {"charity": charity, "points": "50"}
    assert (await anna.ask("donations", body, expect=404))["code"] == "unknown_charity"
    await owner.ask("PUT", f"charities/{charity}", {"name": "Food bank"}, expect=200)
    assert (await anna.ask("donations", body, expect=409))["reason"] == "transfer_not_allowed"
    await owner.done(await owner.ask("PUT", f"partners/{charity}"))
    listed = (await club.world.http.get("/v1/me/charities", headers=anna.headers)).json()["charities"]
    assert [(each["account"].lower(), each["name"]) for each in listed] == [(charity, "Food bank")]
    asked = await anna.ask("donations", body)
    await club.work()
    assert (await anna.see(asked))["state"] in DONE
    assert await club.world.balance_on_chain(address_of(wallet(9))) == 50
    await owner.ask("DELETE", f"charities/{charity}", expect=200)
    assert (await anna.ask("donations", body, expect=404))["code"] == "unknown_charity"


async def partner_of(club: Club) -> tuple[Any, str]:
    """A second program that gives one of its points for two, and the agreement's id."""
    world, owner = club.world, club.owner
    issuer = bootstrap.signer(world.settings, "issuer-2").address
    partner = await bootstrap.deploy(world.settings, ProgramSpec.model_validate(SECOND), keys={"issuer": issuer})
    terms = {
        "source": hex_of(world.program.contracts.exchange.address),
        "source_points": "2",
        "target": hex_of(partner.contracts.exchange.address),
        "target_points": "1",
        "quota": "1000",
        "quota_window_seconds": DAY,
        "opens_at": "2026-01-01T00:00:00Z",
        "terms_hash": "0x" + "11" * 32,
    }
    signed = SignAgreement.model_validate_json(orjson.dumps(terms))
    (call,) = calls_of(partner.contracts, signed)
    await world.send("owner", call.to, call.calldata)
    agreement = "0x" + (await owner.read(EXCHANGE, "idOf", agreement_to_tuple(signed))).hex()
    body = {"counterpart": terms["target"]}
    await owner.done(await owner.ask("POST", f"agreements/{agreement}/accept", body))
    return partner, agreement


async def test_points_become_a_partners(club: Club) -> None:
    [anna] = await club.customers(anna=350)
    partner, agreement = await partner_of(club)
    body = {"agreement": agreement, "points": "101", "to": STRANGER}
    plan = await anna.dry("conversions", body)
    assert (plan["points"], plan["receives"], plan["remaining"]) == ("100", "50", "250")
    assert [lot["points"] for lot in plan["lots"]] == ["100"]
    asked = await anna.ask("conversions", body)
    await club.work()
    assert (await anna.see(asked))["state"] in DONE
    assert await anna.balance() == 250
    token = interface("PointsToken")
    there = await club.world.chain.rpc.read(
        partner.contracts.token.address, token.calldata("balanceOf", address_of(wallet(9)))
    )
    assert int.from_bytes(there, "big") == 50
    small = await anna.ask("conversions", body | {"points": "1"}, expect=409)
    assert small["reason"] == "amount_too_small"
    unknown = await anna.ask("conversions", body | {"agreement": "0x" + "22" * 32}, expect=404)
    assert unknown["code"] == "unknown_agreement"


async def test_large_amounts_take_a_step_up_once(club: Club) -> None:
    gift = await club.add_reward(price_min="1", price_max="5000", stock=100)
    [anna] = await club.customers(anna=3000)
    assert (await club.owner.ask("GET", "step-up-limits", expect=200)) == {
        "action_points": "1000", "day_points": "5000", "is_default": True,
    }  # fmt: skip
    await club.owner.ask("PUT", "step-up-limits", {"action_points": "100", "day_points": "150"}, expect=200)
    body = {"reward": gift, "points": "300"}
    assert (await anna.dry("redemptions", body))["needs_step_up"] is True
    refused = await anna.ask("redemptions", body, expect=403)
    assert (refused["code"], refused["step_up"]) == ("step_up_required", {"kind": "redeem", "points": "300"})
    for said in ({"kind": "transfer", "points": "300"}, {"kind": "redeem", "points": "299"}):
        assert (await anna.ask("redemptions", body, expect=403, headers=await anna.token(step_up=said)))["step_up"]
    stepped_up = await anna.token(step_up={"kind": "redeem", "points": "300"})
    asked = await anna.ask("redemptions", body, headers=stepped_up)
    assert asked["approval"] == "step_up"
    again = await anna.ask("redemptions", body, expect=403, headers=stepped_up)
    assert again["code"] == "step_up_required" and "was used" in again["detail"]
    # What was stepped up does not count for the day; small ones do.
    for points, status in (("100", 202), ("50", 202), ("1", 403)):
        await anna.ask("redemptions", {"reward": gift, "points": points}, expect=status)
    await club.work()
    assert await anna.balance() == 3000 - 450


@BOTH_DATABASES
async def test_of_parallel_requests_with_one_step_up_one_wins(club: Club) -> None:
    gift = await club.add_reward(price_min="1", price_max="5000", stock=100)
    [anna] = await club.customers(anna=30_00)
    await club.owner.ask("PUT", "step-up-limits", {"action_points": "0", "day_points": "0"}, expect=200)
    headers = await anna.token(step_up={"kind": "redeem", "points": "10"})
    body = {"reward": gift, "points": "10"}
    answers = await asyncio.gather(
        *(club.world.http.post("/v1/me/redemptions", json=body, headers=headers) for _ in range(20))
    )
    assert Counter(each.status_code for each in answers) == {202: 1, 403: 19}


@BOTH_DATABASES
async def test_the_same_points_a_hundred_times_at_once(club: Club) -> None:
    coffee = await club.add_reward(stock=1000)
    [anna] = await club.customers(anna=100)

    async def redeem() -> tuple[int, str]:
        answer = await club.world.http.post("/v1/me/redemptions", json={"reward": coffee}, headers=anna.headers)
        return answer.status_code, answer.json().get("reason", "")

    outcomes = Counter(await asyncio.gather(*(redeem() for _ in range(100))))
    assert outcomes == {(202, ""): 1, (409, "insufficient_points"): 99}
    await club.work()
    assert await anna.balance() == 0
    assert await club.owner.read(REWARDS, "redemptionCount") == 1


async def test_the_last_item_a_hundred_times_at_once(club: Club) -> None:
    coffee = await club.add_reward(stock=1)
    customers = await club.customers(**{f"c{number}": 100 for number in range(100)})
    asked = await asyncio.gather(*(each.ask("redemptions", {"reward": coffee}) for each in customers))
    # Also on a chain whose blocks come later: those behind the winner are tried on top of what waits.
    await club.world.chain.automine(False)
    for _ in range(3):
        await club.work()
        await club.world.chain.mine()
    await club.world.chain.automine(True)
    await club.work()
    seen = [await customer.see(each) for customer, each in zip(customers, asked, strict=True)]
    outcomes = Counter((each["state"], (each["refusal"] or {}).get("reason")) for each in seen)
    assert outcomes["failed", "out_of_stock"] == 99 and len(outcomes) == 2
    assert await club.owner.read(REWARDS, "redemptionCount") == 1
    assert Counter([await each.balance() for each in customers]) == {0: 1, 100: 99}
    # The accounts that were in flight before there was a winner, and redemptions that were tried before it was seen.
    assert len(await club.custodian.submissions()) < 2 * 16


async def test_many_members_are_served_at_once_and_one_member_in_turn(club: Club) -> None:
    coffee = await club.add_reward(stock=100)
    customers = await club.customers(**{f"c{number}": 300 for number in range(8)})
    await asyncio.gather(*(each.ask("redemptions", {"reward": coffee}) for each in customers))
    await club.work()
    await club.world.chain.automine(False)
    first = await asyncio.gather(*(each.ask("redemptions", {"reward": coffee}) for each in customers))
    second = [await each.ask("redemptions", {"reward": coffee}) for each in customers]
    await club.work()
    states = [(await each.see(asked))["state"] for asked, each in zip(first, customers, strict=True)]
    assert states == ["sent"] * 8
    assert {(await each.see(asked))["state"] for asked, each in zip(second, customers, strict=True)} == {"pending"}
    await club.world.chain.automine(True)
    await club.world.chain.mine()
    await club.work()
    assert [await each.balance() for each in customers] == [0] * 8


async def test_what_a_reorg_undoes_is_done_again_once(club: Club) -> None:
    coffee = await club.add_reward()
    [anna] = await club.customers(anna=300)
    asked = await anna.ask("redemptions", {"reward": coffee})
    await club.work()
    assert (await anna.see(asked))["state"] == "confirmed"
    await club.world.chain.automine(False)
    await club.world.chain.reorg(2)  # the creation of the account, too
    await club.world.chain.drop_pool()
    club.custodian.restart()
    await club.work()
    await club.world.chain.automine(True)
    await club.world.chain.mine()
    await club.work()
    assert (await anna.see(asked))["state"] in DONE
    assert await anna.balance() == 200


@pytest.mark.slow
@BOTH_DATABASES
async def test_a_custodian_killed_anywhere_does_each_action_once(club: Club) -> None:
    coffee = await club.add_reward()
    [anna] = await club.customers(anna=500)
    points = (Point.OPERATOR_SIGNED, Point.OPERATOR_STORED, Point.OPERATOR_SENT, Point.OPERATOR_MINED)
    for count, point in enumerate(points, start=1):
        asked = await anna.ask("redemptions", {"reward": coffee})
        assert await asyncio.to_thread(run_operator, club.world, f"{point}=kill@1") == -signal.SIGKILL, point
        club.custodian.restart()
        await club.work()
        assert (await anna.see(asked))["state"] in DONE, point
        assert await club.owner.read(REWARDS, "redemptionCount") == count, point


async def test_the_same_request_under_a_key_acts_once_and_keys_are_the_members_own(club: Club) -> None:
    coffee = await club.add_reward()
    anna, ben = await club.customers(anna=300, ben=300)
    key, body = {"Idempotency-Key": "k1"}, {"reward": coffee}
    first = await anna.ask("redemptions", body, headers=key)
    assert await anna.ask("redemptions", body, headers=key) == first
    assert (await anna.ask("redemptions", {"reward": 2}, headers=key, expect=422))["code"] == "idempotency_key_reused"
    assert (await ben.ask("redemptions", body, headers=key))["id"] != first["id"]


async def test_the_brand_acts_for_a_member_and_leaves_a_trace(club: Club) -> None:
    coffee = await club.add_reward()
    anna, ben = await club.customers(anna=3000, ben=300)
    asked = await club.owner.ask("POST", f"members/{anna.id}/redemptions", {"reward": coffee})
    assert asked["approval"] == "brand"
    await club.owner.ask("POST", f"members/{anna.id}/transfers", {"to": ben.id, "points": "2000"})
    await club.work()
    assert (await anna.balance(), await ben.balance()) == (900, 2300)
    listed = await club.owner.ask("GET", f"members/{anna.id}/actions", expect=200)
    assert [each["kind"] for each in listed["actions"]] == ["transfer", "redeem"]
    one = await club.owner.ask("GET", f"members/{anna.id}/actions/{asked['id']}", expect=200)
    assert one["state"] in DONE
    # Others' actions, and the brand's own operations, are elsewhere.
    elsewhere = f"members/{ben.id}/actions/{asked['id']}"
    assert (await club.owner.ask("GET", elsewhere, expect=404))["code"] == "unknown_action"
    assert (await club.owner.ask("GET", f"operations/{asked['id']}", expect=404))["code"] == "unknown_operation"
    kinds = {each["kind"] for each in (await club.owner.ask("GET", "operations", expect=200))["operations"]}
    assert kinds == {"add_reward"}
    log = (await club.owner.ask("GET", "audit-log", expect=200))["entries"]
    assert any(anna.id in each["subjects"] and asked["id"] in each["subjects"] for each in log)


async def test_actions_are_listed_filtered_and_paged(club: Club) -> None:
    coffee = await club.add_reward()
    anna, ben = await club.customers(anna=500, ben=1)
    redeemed = [await anna.ask("redemptions", {"reward": coffee}) for _ in range(2)]
    sent = await anna.ask("transfers", {"to": ben.id, "points": "1"})

    async def ids(**query: Any) -> tuple[list[str], Any]:
        found = (await club.world.http.get("/v1/me/actions", params=query, headers=anna.headers)).json()
        return [each["id"] for each in found["actions"]], found["next_cursor"]

    page, cursor = await ids(limit=2)
    assert page == [sent["id"], redeemed[1]["id"]]
    assert await ids(limit=2, cursor=cursor) == ([redeemed[0]["id"]], None)
    assert (await ids(kind="transfer"))[0] == [sent["id"]]
    assert (await ids(state="confirmed"))[0] == []
    for query in ({"kind": "pause"}, {"state": "maybe"}, {"cursor": "x"}):
        answer = await club.world.http.get("/v1/me/actions", params=query, headers=anna.headers)
        assert answer.status_code == 422, query


async def test_without_a_custodian_nothing_is_recorded(world: World) -> None:
    club = Club(world, Brand(world), Brand(world, role="custodian"))
    [anna] = await club.customers(anna=300)
    assert (await anna.ask("redemptions", {"reward": 1}, expect=503))["code"] == "no_operator"


async def test_a_node_that_is_gone_is_told(club: Club) -> None:
    [anna] = await club.customers(anna=300)
    settings = club.world.settings.model_copy(update={"rpc_url": "http://127.0.0.1:9"})
    app = create_app(
        database=club.world.database, deployment=club.world.deployment, settings=settings, clock=club.world.clock
    )
    async with client_of(app, headers=anna.headers) as http:
        answer = await http.post("/v1/me/redemptions", json={"reward": 1})
    assert (answer.status_code, answer.json()["code"]) == (503, "chain_unavailable")


async def test_the_typed_client_acts_for_members_and_for_brands(club: Club) -> None:
    coffee = await club.add_reward()
    anna, ben = await club.customers(anna=500, ben=10)
    world = club.world
    app = create_app(
        database=world.database,
        deployment=world.deployment,
        settings=world.settings,
        clock=world.clock,
        node=world.chain.rpc,
    )

    def client(authorization: str) -> AsyncClient:
        key = authorization.removeprefix("Bearer ")
        return AsyncClient("http://127.0.0.1", api_key=key, transport=httpx.ASGITransport(app=app))

    async with client(anna.headers["Authorization"]) as own, client(world.http.headers["authorization"]) as brand:
        coffees = models.RedemptionToMake(reward=coffee, quantity=2)
        assert (await own.redeem(coffees, dry_run=True)).remaining == "300"
        redeemed = await own.redeem(models.RedemptionToMake(reward=coffee))
        sent = await own.transfer(models.TransferToMake(to=ben.id, points=7))
        assert redeemed.id is not None and sent.id is not None
        await brand.redeem_for_member("demo", anna.id, models.RedemptionToMake(reward=coffee))
        with pytest.raises(GatewayRefused, match="unknown_charity"):
            await own.donate(models.DonationToMake(charity=STRANGER, points=1))
        with pytest.raises(GatewayRefused, match="unknown_agreement"):
            await own.convert(models.ConversionToMake(agreement="0x" + "22" * 32, points=1, to=STRANGER))
        claim = await own.claim(models.ClaimToMake(member=STRANGER), dry_run=True)
        assert claim.needs_step_up and claim.to_sign is not None
        await club.work()
        assert (await own.get_my_action(redeemed.id)).state in DONE
        own_actions = [each async for each in own.iterate_my_actions(limit=2)]
        assert [each.kind for each in own_actions] == ["redeem", "transfer", "redeem"]
        assert (await brand.list_actions_of_member("demo", anna.id)).actions == own_actions
    assert await anna.balance() == 500 - 207
