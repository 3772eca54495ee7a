"""Receipts of every kind: which earn, which count once, and what they are not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.gateway.conftest import Gateway, receipt
from tests.gateway.test_bad_input import is_problem
from tests.support import chain_rows, deployments
from tests.support.asgi import client_of
from tests.support.keys import bearing, make_key
from tokenpoints.config import Settings
from tokenpoints.domain.keys import KeyRole
from tokenpoints.domain.programs import ProgramRule, ReceiptKind
from tokenpoints.gateway.app import create_app
from tokenpoints.storage.database import Database

pytestmark = pytest.mark.asyncio

FIXED = {"numerator": 0, "denominator": 1}
RULES: dict[ReceiptKind, dict[str, Any]] = {
    ReceiptKind.PURCHASE: {},
    ReceiptKind.VISIT: FIXED | {"fixed_points": 10},
    ReceiptKind.SIGN_UP: FIXED | {"fixed_points": 500},
    ReceiptKind.BIRTHDAY: FIXED | {"fixed_points": 50},
    ReceiptKind.ANNIVERSARY: FIXED | {"fixed_points": 60},
    ReceiptKind.SURVEY: FIXED | {"fixed_points": 20},
    ReceiptKind.REVIEW: FIXED | {"fixed_points": 30},
    ReceiptKind.REFERRAL: FIXED | {"fixed_points": 100},
    ReceiptKind.DONATION: {"numerator": 2},
    ReceiptKind.ADJUSTMENT: {"numerator": 1, "denominator": 1},
}
"""Of all kinds but for social actions."""


@pytest_asyncio.fixture
async def gateway(database: Database, tmp_path: Path) -> AsyncIterator[Gateway]:
    """With customers c1, c2 and c3."""
    rules = [
        ProgramRule(id=number, name=kind.value, earns_on=kind, terms_document=kind.value)
        for number, kind in enumerate(RULES, start=1)
    ]
    program = deployments.program(rules=rules, adjustment_limit=1_000, adjustment_days=3)
    await chain_rows.create_tables(database)
    await chain_rows.add_block(database, 1)
    for rule in rules:
        await chain_rows.add_rule(database, program, rule_id=rule.id, **RULES[rule.earns_on])
    app = create_app(
        database=database,
        deployment=deployments.deployment(program),
        settings=Settings(data_dir=tmp_path),
        clock=lambda: chain_rows.NOW,
    )
    headers = bearing(await make_key(database, "demo", KeyRole.ADMIN))
    async with client_of(app, base_url="http://127.0.0.1:18080", headers=headers) as http:
        made = Gateway(http, database, program, app)
        for customer in ("c1", "c2", "c3"):
            assert (await made.post("members", {"customer_id": customer})).status_code == 201
        yield made


def of(kind: str, number: int = 1, **changes: Any) -> dict[str, Any]:
    """A receipt of that kind, without an amount."""
    return receipt(number, kind=kind, amount=...) | {"kind": kind} | changes


def referral(number: int = 1, referrer: str = "c1", friend: str = "c2", **changes: Any) -> dict[str, Any]:
    """c1 brings c2."""
    named = {"referrer": {"customer_id": referrer}, "friend": {"customer_id": friend}}
    found = receipt(number, kind="referral", amount=..., customer_id=..., occurred_at="2026-01-09T10:00:00Z")
    return {**found, **named, **changes}


async def points(gateway: Gateway, body: object) -> list[str]:
    answer = await gateway.post("receipts", body)
    assert answer.status_code == 202, answer.text
    return [award["points_expected"] for award in answer.json()["awards"]]


@pytest.mark.parametrize(
    ("kind", "earned"),
    [
        ("visit", ["10"]),
        ("sign_up", ["500"]),
        ("birthday", ["50"]),
        ("anniversary", ["60"]),
        ("survey", ["20"]),
        ("review", ["30"]),
    ],
)
async def test_a_kind_earns_by_its_rule(gateway: Gateway, kind: str, earned: list[str]) -> None:
    assert await points(gateway, of(kind)) == earned
    recorded = (await gateway.post("receipts", of(kind))).json()
    assert recorded["replayed"] and recorded["without_award"] is None
    found = (await gateway.get(f"receipts/{recorded['id']}")).json()
    assert (found["kind"], found["amount"]) == (kind, 0)


async def test_a_donation_earns_by_its_amount(gateway: Gateway) -> None:
    assert await points(gateway, of("donation", amount=5_000, subject="trees")) == ["100"]


async def test_a_kind_without_a_rule_is_recorded_and_says_so(gateway: Gateway) -> None:
    answer = (await gateway.post("receipts", of("social", subject="a post"))).json()
    assert (answer["awards"], answer["without_award"]) == ([], "no_rule")
    again = (await gateway.post("receipts", of("social", subject="a post"))).json()
    assert again == answer | {"replayed": True}
    small = (await gateway.post("receipts", receipt(2, amount=1))).json()
    assert small["without_award"] == "too_small"


async def test_a_sign_up_counts_once_for_a_member(gateway: Gateway) -> None:
    await points(gateway, of("sign_up"))
    again = await gateway.post("receipts", of("sign_up", 2))
    is_problem(again, "already_counted")
    assert again.json()["errors"] == [{"pointer": "/reference", "detail": "counts once, and was recorded as 'till-1'"}]
    assert await points(gateway, of("sign_up", 3, customer_id="c2")) == ["500"]
    both = [of("sign_up", 4, customer_id="c3"), of("sign_up", 5, customer_id="c3")]
    refused = await gateway.post("receipts/bulk", {"receipts": both})
    is_problem(refused, "already_counted")
    assert refused.json()["errors"][0]["pointer"] == "/receipts/1/reference"
    assert await points(gateway, both[1]) == ["500"]


@pytest.mark.parametrize("kind", ["birthday", "anniversary"])
async def test_a_birthday_counts_once_a_year(gateway: Gateway, kind: str) -> None:
    assert await points(gateway, of(kind, occurred_at="2025-12-31T23:59:59Z"))
    assert await points(gateway, of(kind, 2, occurred_at="2026-01-01T00:00:00Z"))
    is_problem(await gateway.post("receipts", of(kind, 3, occurred_at="2026-01-10T00:00:00Z")), "already_counted")


async def test_both_sides_of_a_referral_earn_with_the_first_purchase(gateway: Gateway) -> None:
    answer = (await gateway.post("receipts", referral())).json()
    assert (answer["awards"], answer["without_award"]) == ([], "awaits_purchase")
    assert await points(gateway, receipt(2, customer_id="c2")) == ["12", "100"]
    awards = (await gateway.get("awards")).json()["awards"]
    by_reference = sorted((award["reference"], award["points_expected"]) for award in awards)
    assert by_reference == [("till-1", "100"), ("till-2", "100"), ("till-2", "12")]
    assert await points(gateway, receipt(3, customer_id="c2")) == ["12"]
    again = (await gateway.post("receipts", referral())).json()
    assert [award["points_expected"] for award in again["awards"]] == ["100"]


async def test_a_referral_and_the_purchase_in_one_call(gateway: Gateway) -> None:
    both = [referral(), receipt(2, customer_id="c2"), receipt(3, customer_id="c2")]
    answer = (await gateway.post("receipts/bulk", {"receipts": both})).json()
    assert [len(each["awards"]) for each in answer["receipts"]] == [0, 2, 1]
    assert len((await gateway.get("awards")).json()["awards"]) == 4
    late = [receipt(4, customer_id="c3"), referral(5, friend="c3")]
    refused = await gateway.post("receipts/bulk", {"receipts": late})
    is_problem(refused, "invalid_input")
    assert refused.json()["errors"][0]["pointer"] == "/receipts/1/friend"


async def test_a_purchase_from_before_the_referral_credits_nobody(gateway: Gateway) -> None:
    await gateway.post("receipts", referral())
    assert await points(gateway, receipt(2, customer_id="c2", occurred_at="2026-01-08T10:00:00Z")) == ["12"]
    assert await points(gateway, receipt(3, customer_id="c2")) == ["12"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (referral(2, friend="c1"), "/friend"),
        (referral(2, friend="c3"), "/friend"),
        (referral(2, referrer="c3"), "/friend"),
        (referral(2) | {"friend": {"customer_id": "c2", "member": "mem_0"}}, "/friend"),
        (referral(2) | {"friend": {}}, "/friend"),
        (referral(2) | {"friend": None}, ""),
        (referral(2) | {"customer_id": "c1"}, ""),
        (receipt(2, friend={"customer_id": "c2"}), ""),
    ],
)
async def test_friends_who_are_not_new(gateway: Gateway, body: dict[str, Any], pointer: str) -> None:
    await gateway.post("receipts", referral())
    await gateway.post("receipts", receipt(9, customer_id="c3"))
    answer = await gateway.post("receipts", body)
    is_problem(answer, "invalid_input")
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_referring_in_a_circle_is_harmless(gateway: Gateway) -> None:
    assert (await gateway.post("receipts", referral(1, "c1", "c2"))).status_code == 202
    assert (await gateway.post("receipts", referral(2, "c2", "c1"))).status_code == 202
    assert await points(gateway, receipt(3, customer_id="c1")) == ["12", "100"]
    assert await points(gateway, receipt(4, customer_id="c2")) == ["12", "100"]
    assert len((await gateway.get("awards")).json()["awards"]) == 6


async def test_a_friend_nobody_knows(gateway: Gateway) -> None:
    answer = await gateway.post("receipts", referral(friend="nobody", referrer="none"))
    is_problem(answer, "unknown_member")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/referrer/customer_id", "/friend/customer_id"]


LINES = [{"sku": "milk", "quantity": 3, "amount": 1_000, "category": "food"}, {"sku": "soap", "amount": "234"}]


async def test_lines_are_kept_and_add_up(gateway: Gateway) -> None:
    recorded = (await gateway.post("receipts", receipt(lines=LINES, redemptions=[7]))).json()
    found = (await gateway.get(f"receipts/{recorded['id']}")).json()
    assert [(line["line"], line["sku"], line["quantity"], line["amount"]) for line in found["lines"]] == [
        (1, "milk", 3, 1_000),
        (2, "soap", 1, 234),
    ]
    assert found["redemptions"] == [7]
    wrong = await gateway.post("receipts", receipt(2, amount=1_235, lines=LINES))
    is_problem(wrong, "invalid_input")
    assert wrong.json()["errors"] == [{"pointer": "/lines", "detail": "add up to 1234, and the amount is 1235"}]
    other = await gateway.post("receipts", receipt(lines=[*LINES[:1], {"sku": "rope", "amount": 234}]))
    is_problem(other, "reference_conflict")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"lines": [{"sku": "x", "amount": 1234}] * 501}, "/lines"),
        ({"lines": [{"sku": "", "amount": 1234}]}, "/lines/0/sku"),
        ({"lines": [{"sku": "x", "quantity": 0, "amount": 1234}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "x", "quantity": 1.5, "amount": 1234}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "x", "quantity": True, "amount": 1234}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "x", "amount": 12.34}]}, "/lines/0/amount"),
        ({"lines": [{"sku": "x", "amount": "12e2"}]}, "/lines/0/amount"),
        ({"lines": [{"sku": "x", "amount": -1}]}, "/lines/0/amount"),
        ({"lines": [{"sku": "x", "amount": True}]}, "/lines/0/amount"),
        ({"redemptions": [0]}, "/redemptions/0"),
        ({"redemptions": [1, 1]}, ""),
        ({"kind": "visit"}, "/amount"),
        ({"kind": "visit", "amount": ..., "lines": LINES}, "/lines"),
        ({"subject": "a survey"}, "/subject"),
        ({"amount": ...}, "/amount"),
        ({"kind": "adjustment"}, "/kind"),
        ({"kind": "refund"}, "/kind"),
        ({"channel": "a\nb"}, "/channel"),
    ],
)
async def test_what_does_not_go_with_a_kind(gateway: Gateway, change: dict[str, Any], pointer: str) -> None:
    answer = await gateway.post("receipts", receipt(**change))
    assert answer.status_code == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert (await gateway.get("awards")).json()["awards"] == []


async def test_the_same_from_till_and_web_shop_counts_once(gateway: Gateway) -> None:
    till = receipt(channel="pos", store="s1", lines=LINES)
    first = (await gateway.post("receipts", till)).json()
    web = receipt(channel="web", occurred_at="2026-01-10T10:04:59Z")
    again = (await gateway.post("receipts", web)).json()
    assert again == first | {"replayed": True}
    assert len((await gateway.get("awards")).json()["awards"]) == 1
    found = (await gateway.get(f"receipts/{first['id']}")).json()
    assert (found["channel"], found["store"], found["occurred_at"]) == ("pos", "s1", "2026-01-10T10:00:00Z")


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 1_235},
        {"customer_id": "c2"},
        {"occurred_at": "2026-01-10T10:10:01Z"},
        {"store": "s2"},
        {"kind": "donation", "lines": ...},
        {"channel": "pos", "occurred_at": "2026-01-10T10:00:01Z"},
    ],
)
async def test_something_else_from_another_channel_is_a_conflict(gateway: Gateway, change: dict[str, Any]) -> None:
    await gateway.post("receipts", receipt(channel="pos", store="s1"))
    is_problem(await gateway.post("receipts", receipt(**({"channel": "web"} | change))), "reference_conflict")
    assert len((await gateway.get("awards")).json()["awards"]) == 1


async def test_a_rule_that_changed_between_purchase_and_upload(gateway: Gateway) -> None:
    changed_at = int(chain_rows.NOW.timestamp()) - 3_600
    await chain_rows.add_rule(gateway.database, gateway.program, version=2, numerator=3, effective_at=changed_at)
    assert await points(gateway, receipt(1, occurred_at="2026-01-15T10:59:59Z")) == ["12"]
    assert await points(gateway, receipt(2, occurred_at="2026-01-15T11:00:00Z")) == ["37"]


async def test_a_cashier_credits_nothing_to_themselves_by_a_friends_purchase(gateway: Gateway) -> None:
    members = (await gateway.get("members", customer_id="c1")).json()["members"]
    key = await make_key(gateway.database, "demo", KeyRole.CASHIER, store="s1", member_id=members[0]["id"])
    await gateway.post("receipts", referral())
    answer = await gateway.http.post(
        "/v1/programs/demo/receipts", json=receipt(2, customer_id="c2"), headers=bearing(key)
    )
    is_problem(answer, "award_to_self")
    assert (await gateway.get("awards")).json()["awards"] == []
