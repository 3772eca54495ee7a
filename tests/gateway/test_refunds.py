"""Refunds and adjustments, as far as the gateway takes them: what comes of them on the chain is for a node."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from tests.gateway.conftest import Gateway, receipt
from tests.gateway.test_bad_input import is_problem
from tests.gateway.test_receipt_kinds import LINES, gateway, of, referral
from tests.support import chain_rows
from tests.support.keys import bearing, make_key
from tokenpoints.access import keys
from tokenpoints.client import AsyncClient, models
from tokenpoints.domain.keys import KeyRole, Mode
from tokenpoints.storage import tables

pytestmark = pytest.mark.asyncio
__all__ = ["gateway"]


async def bought(gateway: Gateway, **changes: Any) -> str:
    """The id of a purchase of three pieces of milk and a soap."""
    answer = await gateway.post("receipts", receipt(**({"lines": LINES} | changes)))
    assert answer.status_code == 202, answer.text
    found: str = answer.json()["id"]
    return found


async def count(gateway: Gateway, table: Any) -> int:
    async with gateway.database.snapshot() as session:
        return int((await session.execute(select(func.count()).select_from(table))).scalar_one())


async def test_a_refund_by_line_is_recorded_once_and_seen_at_the_purchase(gateway: Gateway) -> None:
    purchase = await bought(gateway, redemptions=[7])
    body = {"reference": "back-1", "lines": [{"sku": "milk", "quantity": 2}], "reason": "gone off"}
    answer = await gateway.post(f"receipts/{purchase}/refunds", body)
    assert answer.status_code == 202
    refund = answer.json()
    assert (refund["amount"], refund["lines"], refund["receipt"]) == (666, [{"line": 1, "quantity": 2}], purchase)
    assert (refund["state"], refund["points_due"], refund["points_short"], refund["redemptions"]) == (
        "waiting",
        None,
        None,
        [],
    )
    again = (await gateway.post(f"receipts/{purchase}/refunds", body)).json()
    assert again == refund | {"replayed": True}
    found = (await gateway.get(f"receipts/{purchase}")).json()
    assert (found["refunded_amount"], [line["refunded_quantity"] for line in found["lines"]]) == (666, [2, 0])
    rest = (await gateway.post(f"receipts/{purchase}/refunds", {"reference": "back-2"})).json()
    assert (rest["amount"], rest["lines"]) == (568, [{"line": 1, "quantity": 1}, {"line": 2, "quantity": 1}])
    assert [(each["redemption"], each["state"]) for each in rest["redemptions"]] == [(7, "waiting")]
    [own] = (await gateway.get(f"receipts/{rest['id']}")).json()["refunds"]
    assert own["reference"] == "back-2"
    assert await count(gateway, tables.clawbacks) == 2


async def test_parts_of_a_receipt_without_lines_never_exceed_it(gateway: Gateway) -> None:
    purchase = await bought(gateway, lines=...)
    assert (await gateway.post(f"receipts/{purchase}/refunds", {"reference": "b1", "amount": 1_000})).status_code == 202
    over = await gateway.post(f"receipts/{purchase}/refunds", {"reference": "b2", "amount": 235})
    is_problem(over, "not_refundable")
    assert over.json()["detail"] == "234 of 1234 are left to refund, and not 235"
    assert (await gateway.post(f"receipts/{purchase}/refunds", {"reference": "b3", "amount": "234"})).status_code == 202
    is_problem(await gateway.post(f"receipts/{purchase}/refunds", {"reference": "b4"}), "not_refundable")
    assert (await count(gateway, tables.refunds), await count(gateway, tables.receipts)) == (2, 3)


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"amount": 0}, "amount_out_of_range", "/amount"),
        ({"amount": 1.5}, "amount_out_of_range", "/amount"),
        ({"amount": True}, "amount_out_of_range", "/amount"),
        ({"amount": "1e2"}, "amount_out_of_range", "/amount"),
        ({"amount": 5}, "not_refundable", None),
        ({"amount": 5, "lines": [{"line": 1}]}, "invalid_input", ""),
        ({"lines": []}, "invalid_input", "/lines"),
        ({"lines": [{"line": 3}]}, "invalid_input", "/lines/0/line"),
        ({"lines": [{"line": 1, "sku": "milk"}]}, "invalid_input", "/lines/0"),
        ({"lines": [{"line": 1}, {"sku": "milk"}]}, "invalid_input", "/lines/1/line"),
        ({"lines": [{"line": 2}, {"line": 1, "quantity": 4}]}, "invalid_input", "/lines/1/quantity"),
        ({"lines": [{"line": 1, "quantity": 0}]}, "invalid_input", "/lines/0/quantity"),
        ({"redemptions": [8]}, "invalid_input", "/redemptions/0"),
        ({"occurred_at": "2026-01-10T09:59:59Z"}, "invalid_input", "/occurred_at"),
        ({"occurred_at": "2026-01-17T00:00:00Z"}, "invalid_input", None),
        ({"reason": "a\u0000b"}, "invalid_input", "/reason"),
        ({"reference": "till-1"}, "reference_conflict", None),
        ({"surprise": 1}, "invalid_input", "/surprise"),
    ],
)
async def test_refunds_that_cannot_be_meant(
    gateway: Gateway, body: dict[str, Any], code: str, pointer: str | None
) -> None:
    purchase = await bought(gateway, redemptions=[7])
    answer = await gateway.post(f"receipts/{purchase}/refunds", {"reference": "back-1"} | body)
    is_problem(answer, code)
    assert pointer is None or pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert (await count(gateway, tables.refunds), await count(gateway, tables.receipts)) == (0, 1)


async def test_what_is_refunded_as_a_whole_or_not_at_all(gateway: Gateway) -> None:
    visit = (await gateway.post("receipts", of("visit"))).json()["id"]
    is_problem(await gateway.post(f"receipts/{visit}/refunds", {"reference": "b1", "amount": 1}), "not_refundable")
    refund = (await gateway.post(f"receipts/{visit}/refunds", {"reference": "b2"})).json()
    assert refund["amount"] == 0
    is_problem(await gateway.post(f"receipts/{visit}/refunds", {"reference": "b3"}), "not_refundable")
    is_problem(await gateway.post(f"receipts/{refund['id']}/refunds", {"reference": "b4"}), "not_refundable")
    brought = (await gateway.post("receipts", referral(5))).json()["id"]
    is_problem(await gateway.post(f"receipts/{brought}/refunds", {"reference": "b5"}), "not_refundable")
    is_problem(await gateway.post("receipts/rcp_0/refunds", {"reference": "b6"}), "unknown_receipt")


async def test_another_body_under_a_refunds_reference_is_a_conflict(gateway: Gateway) -> None:
    purchase = await bought(gateway)
    await gateway.post(f"receipts/{purchase}/refunds", {"reference": "back-1", "lines": [{"line": 1}]})
    other = await gateway.post(f"receipts/{purchase}/refunds", {"reference": "back-1", "lines": [{"line": 2}]})
    is_problem(other, "reference_conflict")


async def test_a_redemption_is_restored_once(gateway: Gateway) -> None:
    purchase = await bought(gateway, redemptions=[7, 8])
    first = {"reference": "back-1", "lines": [{"line": 2}], "redemptions": [7]}
    assert (await gateway.post(f"receipts/{purchase}/refunds", first)).status_code == 202
    second = {"reference": "back-2", "redemptions": [7]}
    is_problem(await gateway.post(f"receipts/{purchase}/refunds", second), "invalid_input")
    rest = (await gateway.post(f"receipts/{purchase}/refunds", {"reference": "back-3"})).json()
    assert [each["redemption"] for each in rest["redemptions"]] == [8]


async def test_a_stores_key_refunds_what_its_store_sold(gateway: Gateway) -> None:
    key = bearing(await make_key(gateway.database, "demo", KeyRole.STORE, store="s1"))
    own, foreign = await bought(gateway, store="s1"), await bought(gateway, reference="till-2", store="s2")
    base = "/v1/programs/demo/receipts"
    answer = await gateway.http.post(f"{base}/{own}/refunds", json={"reference": "back-1"}, headers=key)
    assert answer.status_code == 202
    refused = await gateway.http.post(f"{base}/{foreign}/refunds", json={"reference": "back-2"}, headers=key)
    is_problem(refused, "unknown_receipt")
    wrong = {"reference": "back-3", "store": "s2"}
    is_problem(await gateway.http.post(f"{base}/{own}/refunds", json=wrong, headers=key), "wrong_store")


def adjustment(points: object = "250", **changes: Any) -> dict[str, Any]:
    return {"reference": "adj-1", "customer_id": "c1", "points": points, "reason": "goodwill"} | changes


async def test_an_adjustment_up_to_the_limit_is_made_at_once(gateway: Gateway) -> None:
    made = (await gateway.post("adjustments", adjustment("1000"))).json()
    assert (made["state"], made["points"], [award["points_expected"] for award in made["awards"]]) == (
        "approved",
        "1000",
        ["1000"],
    )
    again = (await gateway.post("adjustments", adjustment(1000))).json()
    assert again["replayed"] and again["id"] == made["id"]
    is_problem(await gateway.post("adjustments", adjustment(999)), "reference_conflict")
    is_problem(await gateway.post("adjustments", adjustment(reference="till-1", points=0)), "amount_out_of_range")
    found = (await gateway.get(f"receipts/{made['receipt']}")).json()
    assert (found["kind"], found["amount"]) == ("adjustment", 0)
    is_problem(await gateway.post(f"adjustments/{made['id']}/approve", {}), "adjustment_not_pending")


async def test_above_the_limit_another_key_decides(gateway: Gateway) -> None:
    async def decide(made: Any, what: str, key: keys.ShownKey) -> Any:
        path = f"/v1/programs/demo/adjustments/{made['id']}/{what}"
        return await gateway.http.post(path, headers=bearing(key))

    second = await make_key(gateway.database, "demo", KeyRole.ADMIN)
    own_id = (await gateway.get("keys")).json()["keys"][-1]["id"]
    made = (await gateway.post("adjustments", adjustment(-1_001))).json()
    assert (made["state"], made["clawback"], made["requested_by"]) == ("pending", None, own_id)
    assert made["expires_at"] == "2026-01-18T12:00:00Z"
    is_problem(await gateway.post(f"adjustments/{made['id']}/approve", {}), "second_approver_needed")
    async with gateway.database.session() as session:
        rotated = await keys.rotate(
            session, "demo", own_id, overlap=timedelta(days=1), mode=Mode.TEST, now=chain_rows.NOW
        )
    is_problem(await decide(made, "approve", rotated), "second_approver_needed")
    assert await count(gateway, tables.clawbacks) == 0
    approved = (await decide(made, "approve", second)).json()
    assert (approved["state"], approved["decided_by"], approved["clawback"]) == ("approved", second.key.id, "waiting")
    assert (await decide(made, "approve", second)).json()["state"] == "approved"
    assert await count(gateway, tables.clawbacks) == 1
    is_problem(await decide(made, "reject", second), "adjustment_not_pending")
    other = (await gateway.post("adjustments", adjustment(5_000, reference="adj-2"))).json()
    rejected = (await gateway.post(f"adjustments/{other['id']}/reject", {})).json()
    assert (rejected["state"], rejected["awards"]) == ("rejected", [])
    listed = (await gateway.get("adjustments", state="rejected")).json()["adjustments"]
    assert [each["id"] for each in listed] == [other["id"]]
    log = (await gateway.get("audit-log")).json()["entries"]
    done = {(entry["key"], entry["action"]) for entry in log if entry["outcome"] == "done"}
    assert {(own_id, "adjust"), (second.key.id, "approve_adjustment"), (own_id, "reject_adjustment")} <= done


async def test_an_adjustment_that_nobody_decides_expires(gateway: Gateway) -> None:
    second = await make_key(gateway.database, "demo", KeyRole.ADMIN)
    made = (await gateway.post("adjustments", adjustment(2_000))).json()
    async with gateway.database.session() as session:
        await session.execute(update(tables.adjustments).values(expires_at=chain_rows.NOW))
    assert (await gateway.get(f"adjustments/{made['id']}")).json()["state"] == "expired"
    path = f"/v1/programs/demo/adjustments/{made['id']}/approve"
    is_problem(await gateway.http.post(path, headers=bearing(second)), "adjustment_not_pending")
    pages = [(await gateway.get("adjustments", state=state)).json()["adjustments"] for state in ("expired", "pending")]
    assert [len(page) for page in pages] == [1, 0]


@pytest.mark.parametrize(
    "points",
    [0, "0", 1.5, "1.5", 1e3, "1e3", True, None, "", "-", "+0", str(1 << 63), 1 << 46, -(1 << 46), "١", " 5", []],
)
async def test_points_that_cannot_be_meant(gateway: Gateway, points: object) -> None:
    answer = await gateway.post("adjustments", adjustment(points))
    is_problem(answer, "amount_out_of_range")
    assert answer.json()["errors"][0]["pointer"] == "/points"
    assert await count(gateway, tables.receipts) == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": ""}, "invalid_input"),
        ({"reason": " "}, "invalid_input"),
        ({"reason": "x" * 501}, "invalid_input"),
        ({"customer_id": "nobody"}, "unknown_member"),
        ({"customer_id": None}, "invalid_input"),
        ({"occurred_at": "1969-12-31T00:00:00Z"}, "invalid_input"),
        ({"occurred_at": "2026-01-17T00:00:00Z"}, "invalid_input"),
    ],
)
async def test_adjustments_that_cannot_be_meant(gateway: Gateway, change: dict[str, Any], code: str) -> None:
    is_problem(await gateway.post("adjustments", adjustment(**change)), code)
    assert await count(gateway, tables.receipts) == 0


async def test_the_client_refunds_and_adjusts(gateway: Gateway) -> None:
    key = gateway.http.headers["authorization"].removeprefix("Bearer ")
    async with AsyncClient("http://127.0.0.1:18080", api_key=key, transport=gateway.http._transport) as client:
        lines = [
            models.LineToRecord(sku="milk", amount=1_000, quantity=3),
            models.LineToRecord(sku="soap", amount=234),
        ]
        brought = models.ReceiptToRecord(
            reference="ref-1",
            kind="referral",
            referrer=models.MemberNamed(customer_id="c2"),
            friend=models.MemberNamed(customer_id="c1"),
            occurred_at="2026-01-09T10:00:00Z",
        )
        purchase = models.ReceiptToRecord(
            reference="till-1",
            kind="purchase",
            customer_id="c1",
            amount=1_234,
            lines=lines,
            channel="pos",
            occurred_at="2026-01-10T10:00:00Z",
        )
        answer = await client.record_receipts("demo", models.ReceiptsToRecord(receipts=[brought, purchase]))
        _, recorded = answer.receipts
        assert len(recorded.awards) == 2
        two_of_milk = [models.PiecesToRefund(line=1, quantity=2)]
        body = models.RefundToRecord(reference="back-1", lines=two_of_milk, reason="gone off")
        refund = await client.refund_receipt("demo", recorded.id, body)
        assert (refund.amount, refund.state, refund.points_due) == (666, "waiting", None)
        assert [each.id for each in (await client.get_receipt("demo", recorded.id)).refunds] == [refund.id]
        adjustment = models.AdjustmentToMake(reference="adj-1", customer_id="c1", points=5_000, reason="goodwill")
        made = await client.adjust("demo", adjustment)
        assert made.id is not None
        assert (await client.get_adjustment("demo", made.id)).state == "pending"
        assert (await client.reject_adjustment("demo", made.id)).state == "rejected"
