"""The client's methods are those of the OpenAPI document, and what they answer is what it promises."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest
from scripts.generate_client import FOLDER, LEFT_OUT, files

from tests.gateway.conftest import Gateway, receipt
from tests.support.documented import Documented, document, operations
from tokenpoints.client import UNSET, AsyncClient, Call, Client, models
from tokenpoints.errors import GatewayRefused, StillUnderWay

PART = "a/b ü"
"""Of a path: it has to be quoted."""


def client_of(gateway: Gateway) -> AsyncClient:
    key = gateway.http.headers["authorization"].removeprefix("Bearer ")
    return AsyncClient("http://127.0.0.1", api_key=key, transport=httpx.ASGITransport(app=gateway.app))


def test_the_committed_modules_are_what_the_document_makes() -> None:
    for name, content in files(document()).items():
        assert (FOLDER / name).read_text() == content, f"`make client` writes another {name}"


def test_the_client_brings_in_nothing_of_the_processes() -> None:
    heavy = ("fastapi", "pydantic", "sqlalchemy", "web3", "eth_account", "tokenpoints.domain", "tokenpoints.gateway")
    code = f"import sys, tokenpoints.client; assert not set({heavy}) & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_both_clients_have_the_same_methods() -> None:
    for name, _ in inspect.getmembers(Client, inspect.isfunction):
        if not name.startswith("__") and name != "close":
            own, other = inspect.signature(getattr(Client, name)), inspect.signature(getattr(AsyncClient, name))
            assert list(own.parameters) == list(other.parameters), name


def given_to(operation: Documented) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Arguments for all parameters, by Python's names, and the query that they make."""
    arguments: dict[str, Any] = {} if operation.sent is None else {"body": operation.sent}
    query: dict[str, list[str]] = {}
    for each in operation.parameters:
        name, schema = each["name"], each["schema"]
        if each["in"] == "path":
            arguments[name] = 7 if schema.get("type") == "integer" else PART
        elif each["in"] == "query" and name not in LEFT_OUT:
            is_list, is_flag = schema.get("type") == "array", schema.get("type") == "boolean"
            arguments["from_" if name == "from" else name] = ["x", "y"] if is_list else True if is_flag else "1"
            query[name] = ["x", "y"] if is_list else ["true"] if is_flag else ["1"]
        elif name == "Idempotency-Key":
            arguments["idempotency_key"] = "mine"
    return arguments, query


def plain(answer: Any) -> Any:
    return answer if isinstance(answer, bytes | str) else msgspec.to_builtins(answer)


@pytest.mark.parametrize("name", operations())
def test_each_operation_is_asked_as_documented_and_its_answer_read(name: str) -> None:
    operation = operations()[name]
    arguments, query = given_to(operation)
    path = operation.path
    for each in operation.parameters:
        path = path.replace(f"{{{each['name']}}}", quote(str(arguments.get(each["name"])), safe=""))

    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.raw_path.partition(b"?")[0].decode()) == (operation.method, path)
        assert {each: request.url.params.get_list(each) for each in request.url.params} == query
        assert (msgspec.json.decode(request.content) if request.content else None) == operation.sent
        key = arguments.get("idempotency_key", request.headers.get("idempotency-key"))
        assert request.headers.get("idempotency-key") == key and (key is None) == (operation.method == "GET")
        if isinstance(operation.answered, str):
            headers = {"content-type": operation.media_type}
            return httpx.Response(operation.status, content=operation.answered.encode(), headers=headers)
        return httpx.Response(operation.status, json=operation.answered)

    async def awaited() -> Any:
        async with AsyncClient("http://gateway", transport=httpx.MockTransport(answer)) as client:
            return await getattr(client, name)(**arguments)

    with Client("http://gateway", transport=httpx.MockTransport(answer)) as client:
        found = getattr(client, name)(**arguments)
    assert asyncio.run(awaited()) == found
    expected = operation.answered
    assert plain(found) == (expected.encode() if isinstance(found, bytes) else expected)
    promised = inspect.signature(getattr(Client, name), eval_str=True).return_annotation
    assert msgspec.convert(plain(found), promised) == found


@pytest.mark.asyncio
async def test_a_gateway_answers_what_the_methods_promise(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        program = await client.get_program("demo")
        assert isinstance(program, models.ProgramAnswer) and program.currency.code == "USD"
        assert [each.slug for each in (await client.list_programs()).programs] == ["demo", "other"]
        recorded = await client.record_receipt("demo", receipt())
        assert isinstance(recorded, models.RecordedReceiptAnswer)
        planned = await client.record_receipt("demo", receipt(2), dry_run=True)
        assert not planned.replayed and len((await client.list_receipts("demo")).receipts) == 1
        found = await client.get_receipt("demo", recorded.id)
        assert isinstance(found, models.ReceiptAnswer) and found.refunds == []
        assert (await client.get_award("demo", recorded.awards[0].id)).status == "pending"
        assert (await client.list_awards("demo", member=recorded.member, from_="2026-01-01T00:00:00Z")).awards
        assert isinstance(await client.get_balance("demo", recorded.member), models.BalanceAnswer)
        assert (await client.get_statement_pdf("demo", recorded.member)).startswith(b"%PDF")
        assert isinstance(await client.get_statement_csv("demo", recorded.member), str)
        created = await client.create_webhook(
            "demo", models.WebhookToCreate(url="https://example.com/hook", events=["award.minted"])
        )
        changed = await client.change_webhook("demo", created.id, models.WebhookToChange(enabled=False))
        assert (changed.url, changed.disabled_why) == ("https://example.com/hook", "requested")
        assert (await client.delete_webhook("demo", created.id)).id == created.id
        assert {each.code for each in await client.list_problems()} > {"unknown_member"}
        only = Call("GET", "/v1/programs/demo", dict[str, Any], query={"fields": "slug,symbol"})
        assert await client.ask(only) == {"slug": "demo", "symbol": program.symbol}


@pytest.mark.asyncio
async def test_a_list_is_iterated_page_by_page(gateway: Gateway) -> None:
    async with client_of(gateway) as client:
        customers = [f"c{number}" for number in range(1, 8)]
        await client.enrol_members("demo", models.MembersToEnrol(customer_ids=customers))
        asked: list[str | None] = []
        listed = client.list_members

        async def counted(*arguments: Any, **named: Any) -> models.MembersAnswer:
            asked.append(named["cursor"])
            return await listed(*arguments, **named)

        client.list_members = counted  # type: ignore[method-assign]
        found = [each.customer_id async for each in client.iterate_members("demo", limit=3)]
    assert found == customers and len(asked) == 3


def test_a_list_is_iterated_in_threads_too() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page: dict[str, Any] = {"keys": [], "next_cursor": None if request.url.params.get("cursor") else "2"}
        asked.append(str(request.url))
        return httpx.Response(200, json=page)

    asked: list[str] = []
    with Client("http://gateway", transport=httpx.MockTransport(answer)) as client:
        assert list(client.iterate_keys("demo", limit=5)) == []
    assert [url.partition("?")[2] for url in asked] == ["limit=5", "cursor=2&limit=5"]


@pytest.mark.parametrize("body", ['{"code": 1}', '{"pending": "many"}', "[]"])
def test_an_answer_of_another_kind_is_refused(body: str) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, text=body))
    with Client("http://gateway", transport=transport) as client, pytest.raises(GatewayRefused) as caught:
        client.count_awards("demo")
    assert (caught.value.status, caught.value.problem_code) == (200, "unexpected_answer")


@pytest.mark.parametrize("status", [200, 404])
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"refused_by_reason": {"\xff": 1}}'])
def test_an_answer_that_is_no_json_is_none_of_a_gateway(status: int, body: bytes) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(status, content=body))
    with Client("http://gateway", transport=transport) as client, pytest.raises(GatewayRefused) as caught:
        client.count_awards("demo")
    assert (caught.value.status, caught.value.problem_code) == (status, "not_a_gateway")


def test_what_a_newer_gateway_adds_is_passed_over() -> None:
    known = operations()["count_awards"].answered
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json={**known, "new": {"one": 1}}))
    with Client("http://gateway", transport=transport) as client:
        assert msgspec.to_builtins(client.count_awards("demo")) == known


def test_a_path_is_left_by_no_part() -> None:
    asked: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path)
        return httpx.Response(200, json=operations()["get_award"].answered)

    with Client("http://gateway", transport=httpx.MockTransport(answer)) as client:
        client.get_award("..", "?a#b")
    assert asked == [b"/v1/programs/%2E%2E/awards/%3Fa%23b"]


def test_what_is_unset_is_not_sent() -> None:
    body = models.WebhookToChange(url=None)
    assert body.enabled is UNSET and msgspec.json.encode(body) == b'{"url":null}'


def test_an_award_is_waited_for_until_it_is_settled_or_time_is_up() -> None:
    award = operations()["get_award"].answered
    states = iter(["pending", "pending", "confirmed"])
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={**award, "status": next(states, "pending")})

    transport = httpx.MockTransport(answer)
    with Client("http://gateway", transport=transport, clock=lambda: now, sleep=sleep) as client:
        assert client.settled_award("demo", "awd_1").status == "confirmed" and now == 1.0
        with pytest.raises(StillUnderWay, match="10 seconds"):
            client.settled_award("demo", "awd_1", limit_seconds=10)
    assert now == 11.0
