"""The clients: what they send again happens once."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import func, select

from tests.gateway.conftest import Gateway
from tests.support.documented import operations
from tokenpoints.client import AsyncClient, Client, models
from tokenpoints.errors import GatewayRefused, GatewayUnreachable
from tokenpoints.storage import tables

BUSY = {"code": "database_unavailable", "detail": "busy", "errors": []}
IN_FLIGHT = {"code": "idempotency_key_in_flight", "detail": "under way", "errors": []}
CONFLICT = {"code": "conflict", "detail": "no", "errors": []}


class Losing(httpx.AsyncBaseTransport):
    """Loses the first answers of a gateway that has acted."""

    def __init__(self, gateway: Gateway, *, count: int) -> None:
        self._inner = httpx.ASGITransport(app=gateway.app)
        self._left = count

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        if self._left:
            self._left -= 1
            raise httpx.ReadError("lost")
        return response


def awaiting(
    gateway: Gateway, transport: httpx.AsyncBaseTransport, *, give_up_after_seconds: float = 60
) -> AsyncClient:
    async def at_once(_seconds: float) -> None:
        pass

    key = gateway.http.headers["authorization"].removeprefix("Bearer ")
    return AsyncClient(
        "http://127.0.0.1",
        api_key=key,
        transport=transport,
        sleep=at_once,
        give_up_after_seconds=give_up_after_seconds,
    )


@pytest.mark.asyncio
async def test_a_write_whose_answers_are_lost_happens_once(gateway: Gateway) -> None:
    async with awaiting(gateway, Losing(gateway, count=2)) as client:
        [member] = (await client.enrol_members("demo", models.MembersToEnrol(customer_ids=["c9"]))).members
        assert member.created  # as the first answer said, which nobody heard
        assert (await client.get_program("demo")).currency.code == "USD"
        receipt = models.ReceiptToRecord(
            reference="till-1", kind="purchase", customer_id="c9", amount=1234, occurred_at="2026-01-10T10:00:00Z"
        )
        [recorded] = (await client.record_receipts("demo", models.ReceiptsToRecord(receipts=[receipt]))).receipts
        assert not recorded.replayed and recorded.member == member.id
        assert (await client.count_awards("demo")).pending == 1
        assert (await client.get_award("demo", recorded.awards[0].id)).status == "pending"
        assert (await client.list_operations("demo", state="pending")).operations == []
        with pytest.raises(GatewayRefused, match="unknown_operation"):
            await client.cancel_operation("demo", "op_0")
    async with gateway.database.snapshot() as session:
        assert await session.scalar(select(func.count()).select_from(tables.idempotency_keys)) == 2


@pytest.mark.asyncio
async def test_a_gateway_that_never_answers_is_given_up(gateway: Gateway) -> None:
    async with awaiting(gateway, Losing(gateway, count=100), give_up_after_seconds=0) as client:
        with pytest.raises(GatewayUnreachable, match="lost"):
            await client.enrol_member("demo", models.MemberToEnrol(customer_id="c9"))


def test_attempts_share_a_key_calls_do_not_and_reads_have_none() -> None:
    keys: list[str | None] = []
    operation = operations()["unpause"].answered
    answers = [(503, BUSY), (409, IN_FLIGHT), (202, operation), (202, operation), (200, operation), (202, operation)]

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers.get("idempotency-key"))
        status, body = answers[len(keys) - 1]
        return httpx.Response(status, json=body)

    with Client("http://gateway", transport=httpx.MockTransport(answer), sleep=lambda _: None) as client:
        made = client.unpause("demo")
        assert made == client.unpause("demo") == client.get_operation("demo", "op_1")
        client.unpause("demo", idempotency_key="mine")
    first, second, third, fourth, fifth, sixth = keys
    assert first is not None and first == second == third
    assert fourth not in (None, first) and fifth is None and sixth == "mine"


def test_another_conflict_is_not_tried_again() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(409, json=CONFLICT)

    with (
        Client("http://gateway", transport=httpx.MockTransport(answer), sleep=lambda _: None) as client,
        pytest.raises(GatewayRefused, match="conflict"),
    ):
        client.unpause("demo")
    assert asked == ["POST"]
