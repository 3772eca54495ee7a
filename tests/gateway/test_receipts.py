"""Receipts come in once, whatever is sent how often."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from tests.gateway.conftest import Gateway, receipt
from tests.support import chain_rows
from tokenpoints.domain.programs import ReceiptKind
from tokenpoints.domain.receipts import body_hash, canonical_body
from tokenpoints.domain.types import address_from_hex, hex_of
from tokenpoints.gateway.context import Context
from tokenpoints.storage import tables
from tokenpoints.storage.database import Session

pytestmark = pytest.mark.asyncio


async def count(gateway: Gateway, table: Any) -> int:
    async with gateway.database.snapshot() as session:
        return int((await session.execute(select(func.count()).select_from(table))).scalar_one())


async def test_receipt_is_accepted_with_the_award_it_will_earn(gateway: Gateway) -> None:
    response = await gateway.post("receipts", receipt(amount=1234))
    assert response.status_code == 202
    answer = response.json()
    assert answer["id"].startswith("rcp_") and answer["reference"] == "till-1" and answer["replayed"] is False
    [award] = answer["awards"]
    assert award["id"].startswith("awd_")
    assert (award["rule"], award["points_expected"], award["status"]) == (1, "12", "pending")


async def test_member_may_be_named_by_id(gateway: Gateway) -> None:
    member = (await gateway.get("members")).json()["members"][0]
    response = await gateway.post("receipts", receipt(customer_id=..., member=member["id"]))
    assert response.status_code == 202
    assert response.json()["member"] == member["id"] and response.json()["account"] == member["account"]


async def test_same_receipt_again_gets_the_same_ids(gateway: Gateway) -> None:
    first = (await gateway.post("receipts", receipt())).json()
    again = await gateway.post("receipts", receipt(amount="1234", occurred_at="2026-01-10T19:00:00+09:00"))
    assert again.status_code == 202
    assert again.json() == first | {"replayed": True}
    assert await count(gateway, tables.receipts) == await count(gateway, tables.awards) == 1


@pytest.mark.parametrize("change", [{"amount": 1235}, {"occurred_at": "2026-01-10T10:00:01Z"}, {"customer_id": "c2"}])
async def test_same_reference_with_another_body_is_a_conflict(gateway: Gateway, change: dict[str, Any]) -> None:
    await gateway.post("members", {"customer_id": "c2"})
    await gateway.post("receipts", receipt())
    response = await gateway.post("receipts", receipt(**change))
    assert response.status_code == 409
    assert response.json()["code"] == "reference_conflict"
    assert response.json()["errors"] == [{"pointer": "/reference", "detail": "'till-1' is recorded with another body"}]
    assert await count(gateway, tables.receipts) == 1


async def test_reference_is_free_in_another_program(gateway: Gateway) -> None:
    await gateway.post("receipts", receipt())
    await gateway.http.post("/v1/programs/other/members", json={"customer_id": "c1"})
    response = await gateway.http.post("/v1/programs/other/receipts", json=receipt())
    assert response.status_code == 503  # its rule is not indexed: but no conflict
    assert response.json()["code"] == "rule_not_indexed"


async def test_amount_too_small_for_a_point_is_recorded_without_award(gateway: Gateway) -> None:
    response = await gateway.post("receipts", receipt(amount=99))
    assert response.status_code == 202 and response.json()["awards"] == []
    found = (await gateway.get(f"receipts/{response.json()['id']}")).json()
    assert found["amount"] == 99 and found["awards"] == []


async def test_receipt_can_be_read_back(gateway: Gateway) -> None:
    sent = (await gateway.post("receipts", receipt(occurred_at="2026-01-10T10:00:00.250+01:00"))).json()
    found = (await gateway.get(f"receipts/{sent['id']}")).json()
    assert found["occurred_at"] == "2026-01-10T09:00:00.250000Z"
    assert found["currency"] == "USD" and found["kind"] == "purchase" and found["member"] == sent["member"]
    body = canonical_body(
        program="demo",
        reference="till-1",
        account=address_from_hex(sent["account"]),
        kind=ReceiptKind.PURCHASE,
        amount=1234,
        currency="USD",
        occurred_at=datetime(2026, 1, 10, 9, 0, 0, 250_000, tzinfo=UTC),
    )
    assert found["body_hash"] == hex_of(body_hash(body))
    assert found["awards"][0]["id"] == sent["awards"][0]["id"]


async def test_newest_version_of_the_rule_counts(gateway: Gateway) -> None:
    await chain_rows.add_rule(gateway.database, gateway.program, version=2, numerator=3)
    response = await gateway.post("receipts", receipt(amount=1234))
    assert response.json()["awards"][0]["points_expected"] == "37"


async def test_nothing_is_recorded_before_the_rule_is_indexed(gateway: Gateway) -> None:
    async with gateway.database.session() as session:
        await session.execute(delete(tables.rule_versions))
    response = await gateway.post("receipts", receipt())
    assert response.status_code == 503 and response.json()["code"] == "rule_not_indexed"
    assert response.headers["retry-after"] == "1"
    assert await count(gateway, tables.receipts) == 0


async def test_bulk_answers_in_the_order_sent_and_marks_replays(gateway: Gateway) -> None:
    first = (await gateway.post("receipts", receipt(2))).json()
    response = await gateway.post("receipts/bulk", {"receipts": [receipt(number) for number in (3, 2, 1)]})
    assert response.status_code == 202
    answer = response.json()
    assert [item["reference"] for item in answer["receipts"]] == ["till-3", "till-2", "till-1"]
    assert [item["replayed"] for item in answer["receipts"]] == [False, True, False]
    assert answer["receipts"][1]["id"] == first["id"] and answer["receipts"][1]["awards"] == first["awards"]
    assert (answer["recorded"], answer["replayed"]) == (2, 1)


async def test_bulk_with_one_unknown_member_records_nothing(gateway: Gateway) -> None:
    body = {"receipts": [receipt(1), receipt(2, customer_id="nobody"), receipt(3)]}
    response = await gateway.post("receipts/bulk", body)
    assert response.status_code == 404 and response.json()["code"] == "unknown_member"
    assert response.json()["errors"] == [
        {"pointer": "/receipts/1/customer_id", "detail": "'nobody' is not a member of this program"}
    ]
    assert await count(gateway, tables.receipts) == 0


async def test_bulk_with_a_reference_twice_records_nothing(gateway: Gateway) -> None:
    response = await gateway.post("receipts/bulk", {"receipts": [receipt(1), receipt(2), receipt(1)]})
    assert response.status_code == 422 and response.json()["code"] == "duplicate_references"
    assert [error["pointer"] for error in response.json()["errors"]] == [
        "/receipts/0/reference",
        "/receipts/2/reference",
    ]
    assert await count(gateway, tables.receipts) == 0


async def test_bulk_with_one_conflict_records_nothing(gateway: Gateway) -> None:
    await gateway.post("receipts", receipt(1))
    response = await gateway.post("receipts/bulk", {"receipts": [receipt(2), receipt(1, amount=9)]})
    assert response.status_code == 409
    assert [error["pointer"] for error in response.json()["errors"]] == ["/receipts/1/reference"]
    assert await count(gateway, tables.receipts) == 1


async def test_bulk_lists_a_hundred_faults_and_counts_the_rest(gateway: Gateway) -> None:
    body = {"receipts": [receipt(number, amount=0) for number in range(150)]}
    response = await gateway.post("receipts/bulk", body)
    assert response.status_code == 422 and response.json()["code"] == "amount_out_of_range"
    assert len(response.json()["errors"]) == 100 and response.json()["errors_omitted"] == 50
    assert response.json()["errors"][99]["pointer"] == "/receipts/99/amount"


@pytest.mark.parametrize("size", [0, 10_001])
async def test_bulk_has_a_size(gateway: Gateway, size: int) -> None:
    response = await gateway.post("members/bulk", {"customer_ids": [str(number) for number in range(size)]})
    assert response.status_code == 422 and response.json()["errors"][0]["pointer"] == "/customer_ids"


async def test_hundred_parallel_duplicates_make_one_receipt(gateway: Gateway) -> None:
    responses = await asyncio.gather(*(gateway.post("receipts", receipt()) for _ in range(100)))
    assert {response.status_code for response in responses} == {202}
    answers = [response.json() for response in responses]
    assert len({answer["id"] for answer in answers}) == len({answer["awards"][0]["id"] for answer in answers}) == 1
    assert sum(not answer["replayed"] for answer in answers) == 1
    assert await count(gateway, tables.receipts) == await count(gateway, tables.awards) == 1


async def test_receipt_that_another_gateway_just_recorded_is_a_replay(gateway: Gateway) -> None:
    """As PostgreSQL shows it: both find nothing, and the second insert fails."""
    context = gateway.app.state.context
    assert isinstance(context, Context)
    calls = 0

    async def action(session: Session) -> str:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise IntegrityError("insert", {}, Exception("unique"))
        return "found"

    assert await context.write(action) == "found"
    assert calls == 2


async def test_conflict_that_does_not_pass_is_raised(gateway: Gateway) -> None:
    context = gateway.app.state.context

    async def action(_session: Session) -> None:
        raise IntegrityError("insert", {}, Exception("unique"))

    failing: Callable[[Session], Awaitable[None]] = action
    with pytest.raises(IntegrityError):
        await context.write(failing)
