"""Bad input gets a clear problem, and changes nothing."""

from __future__ import annotations

import json
from typing import Any
from unicodedata import normalize

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from tests.gateway.conftest import BODY_BYTES_MAX, Gateway, receipt
from tokenpoints.domain.accounts import is_identifier
from tokenpoints.domain.rules import UNITS_MAX
from tokenpoints.gateway.bodies import parsed
from tokenpoints.gateway.problems import KINDS, Problem
from tokenpoints.gateway.requests.fields import Amount
from tokenpoints.gateway.requests.receipts import ReceiptToRecord

RECEIPTS = "/v1/programs/demo/receipts"
JSON = {"Content-Type": "application/json"}


def is_problem(response: httpx.Response, code: str) -> None:
    assert response.headers["content-type"] == "application/problem+json"
    assert "x-request-id" in response.headers
    body = response.json()
    assert body["code"] == code
    assert body["type"] == f"/problems/{code}"
    assert body["status"] == response.status_code == KINDS[code].status
    assert body["title"] and body["detail"] and isinstance(body["errors"], list)


async def nothing_changed(gateway: Gateway) -> None:
    assert (await gateway.get("awards")).json()["awards"] == []
    assert len((await gateway.get("members")).json()["members"]) == 1


def raw(amount: str) -> bytes:
    return json.dumps(receipt(amount="@")).replace('"@"', amount).encode()


AMOUNTS_OUT_OF_RANGE: list[Any] = [
    "0", "-1", "-0", "1.5", "1.0", "1e3", "1e30", "NaN", "Infinity", "-Infinity", str(2**48), str(2**53 + 1),
    str(2**63), str(2**64), "1" * 4000, '"0"', '"-5"', '"1.5"', '"1e3"', '"0x10"', '" 5"', '""', '"+5"',
    '"' + "9" * 10_000 + '"', '"\\u0665"', "true", "null", "[]", "{}",
]  # fmt: skip


@pytest.mark.asyncio
async def test_amounts_out_of_range(gateway: Gateway, subtests: pytest.Subtests) -> None:
    for amount in AMOUNTS_OUT_OF_RANGE:
        with subtests.test(amount=amount):
            response = await gateway.http.post(RECEIPTS, content=raw(amount), headers=JSON)
            is_problem(response, "amount_out_of_range")
            assert response.json()["errors"][0]["pointer"] == "/amount"
            await nothing_changed(gateway)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"nonsense", b"\xff\xfe", b'{"reference":"\xff"}', b'{"reference":"\\ud800"}', b"[" * 100_000,
        b'{"a":' * 50_000, b"\xef\xbb\xbf{}", raw("1" * 10_000), raw("01"), b"{'a':1}", b'{"a":1}{}',
    ],
    ids=range(13),
)  # fmt: skip
async def test_what_is_not_json(gateway: Gateway, body: bytes) -> None:
    response = await gateway.http.post(RECEIPTS, content=body[: BODY_BYTES_MAX - 1], headers=JSON)
    is_problem(response, "malformed_json")
    await nothing_changed(gateway)


FIELDS_THAT_CANNOT_BE_MEANT: list[Any] = [
    ({"reference": ""}, "/reference"),
    ({"reference": "x" * 129}, "/reference"),
    ({"reference": "a\u0000b"}, "/reference"),
    ({"reference": "a\nb"}, "/reference"),
    ({"reference": "a\u202eb"}, "/reference"),
    ({"reference": " a"}, "/reference"),
    ({"reference": 7}, "/reference"),
    ({"reference": ...}, "/reference"),
    ({"customer_id": "x" * 129}, "/customer_id"),
    ({"customer_id": "\u0007"}, "/customer_id"),
    ({"customer_id": ...}, "/member"),
    ({"member": "mem_x"}, "/member"),
    ({"member": "x" * 41, "customer_id": ...}, "/member"),
    ({"kind": "gift"}, "/kind"),
    ({"kind": ...}, "/kind"),
    ({"currency": "EUR"}, "/currency"),
    ({"currency": "usd"}, "/currency"),
    ({"occurred_at": "2026-01-10T10:00:00"}, "/occurred_at"),
    ({"occurred_at": "2026-01-10"}, "/occurred_at"),
    ({"occurred_at": "2026-01-10 10:00:00Z"}, "/occurred_at"),
    ({"occurred_at": "2026-02-30T10:00:00Z"}, "/occurred_at"),
    ({"occurred_at": "0000-01-01T00:00:00Z"}, "/occurred_at"),
    ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "/occurred_at"),
    ({"occurred_at": "9999-12-31T23:59:59-14:00"}, "/occurred_at"),
    ({"occurred_at": "1969-12-31T23:59:59Z"}, "/occurred_at"),
    ({"occurred_at": "2026-01-16T12:00:01Z"}, "/occurred_at"),
    ({"occurred_at": "99999-01-01T00:00:00Z"}, "/occurred_at"),
    ({"occurred_at": 1768039200}, "/occurred_at"),
    ({"occurred_at": "1768039200"}, "/occurred_at"),
    ({"occurred_at": None}, "/occurred_at"),
    ({"surprise": 1}, "/surprise"),
]


@pytest.mark.asyncio
async def test_fields_that_cannot_be_meant(gateway: Gateway, subtests: pytest.Subtests) -> None:
    for change, pointer in FIELDS_THAT_CANNOT_BE_MEANT:
        with subtests.test(change=change, pointer=pointer):
            response = await gateway.post("receipts", receipt(**change))
            is_problem(response, "invalid_input")
            assert pointer in [error["pointer"] for error in response.json()["errors"]]
            bulk = await gateway.post("receipts/bulk", {"receipts": [receipt(9), receipt(**change)]})
            is_problem(bulk, "invalid_input")
            assert f"/receipts/1{pointer}" in [error["pointer"] for error in bulk.json()["errors"]]
            await nothing_changed(gateway)


@pytest.mark.asyncio
@pytest.mark.parametrize("body", ["[]", "7", '"x"', "null", '{"receipts": {}}', '{"receipts": [1]}'])
async def test_json_of_another_shape(gateway: Gateway, body: str) -> None:
    for path in ("", "/bulk"):
        is_problem(await gateway.http.post(RECEIPTS + path, content=body.encode(), headers=JSON), "invalid_input")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
async def test_other_content_types(gateway: Gateway, headers: dict[str, str]) -> None:
    response = await gateway.http.post(RECEIPTS, content=json.dumps(receipt()).encode(), headers=headers)
    is_problem(response, "unsupported_media_type")
    await nothing_changed(gateway)


@pytest.mark.asyncio
async def test_charset_utf8_is_json_as_well(gateway: Gateway) -> None:
    headers = {"Content-Type": 'Application/JSON; charset="UTF-8"'}
    response = await gateway.http.post(RECEIPTS, content=json.dumps(receipt()).encode(), headers=headers)
    assert response.status_code == 202


@pytest.mark.asyncio
async def test_announced_and_streamed_bodies_over_the_limit(gateway: Gateway) -> None:
    announced = await gateway.http.post(RECEIPTS, content=b" " * (BODY_BYTES_MAX + 1), headers=JSON)
    is_problem(announced, "body_too_large")
    lied = await gateway.http.post(RECEIPTS, content=b"{}", headers=JSON | {"Content-Length": "9" * 30})
    is_problem(lied, "body_too_large")

    async def endless() -> Any:
        for _ in range(BODY_BYTES_MAX // 1000 + 2):
            yield b" " * 1000

    is_problem(await gateway.http.post(RECEIPTS, content=endless(), headers=JSON), "body_too_large")
    await nothing_changed(gateway)


PATHS_AND_METHODS: list[Any] = [
    ("GET", "/", "not_found"),
    ("GET", "/v1/programs/", "not_found"),
    ("GET", "/v1/programs/demo/nothing", "not_found"),
    ("GET", "/v1/programs/%00/members", "unknown_program"),
    ("GET", "/v1/programs/" + "x" * 3000, "unknown_program"),
    ("GET", "/v1/programs/nobody", "unknown_program"),
    ("POST", "/v1/programs/nobody/receipts", "unknown_program"),
    ("GET", "/v1/programs/demo/members/mem_0", "unknown_member"),
    ("GET", "/v1/programs/demo/members/%ff%00%0a", "unknown_member"),
    ("GET", "/v1/programs/demo/members/mem_0/balance", "unknown_member"),
    ("GET", "/v1/programs/demo/members/mem_0/entries", "unknown_member"),
    ("GET", "/v1/programs/demo/receipts/rcp_0", "unknown_receipt"),
    ("GET", "/v1/programs/demo/receipts/%00", "unknown_receipt"),
    ("GET", "/v1/programs/demo/awards/%00", "unknown_award"),
    ("GET", "/v1/programs/demo/awards/awd_0", "unknown_award"),
    ("DELETE", "/v1/programs", "method_not_allowed"),
    ("PUT", RECEIPTS, "method_not_allowed"),
    ("PATCH", RECEIPTS, "method_not_allowed"),
    ("GET", "/problems/nothing", "not_found"),
]


@pytest.mark.asyncio
async def test_paths_and_methods(gateway: Gateway, subtests: pytest.Subtests) -> None:
    for method, path, code in PATHS_AND_METHODS:
        with subtests.test(method=method, path=path, code=code):
            content = json.dumps(receipt()).encode() if method == "POST" else None
            is_problem(await gateway.http.request(method, path, content=content, headers=JSON), code)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "invalid_input"),
        ("limit=501", "invalid_input"),
        ("limit=x", "invalid_input"),
        ("limit=" + "9" * 5000, "invalid_input"),
        ("status=lost", "invalid_input"),
        ("surprise=1", "invalid_input"),
        ("reference=%00", "invalid_input"),
        ("cursor=" + "x" * 101, "invalid_input"),
        ("cursor=%00", "invalid_cursor"),
        ("cursor=nonsense", "invalid_cursor"),
        ("cursor=", "invalid_cursor"),
        ("cursor=bWVtYmVyczox", "invalid_cursor"),  # members:1
        ("cursor=YXdhcmRzOi0x", "invalid_cursor"),  # awards:-1
        ("cursor=YXdhcmRzOjk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "invalid_cursor"),
    ],
)
async def test_queries(gateway: Gateway, query: str, code: str) -> None:
    is_problem(await gateway.http.get(f"/v1/programs/demo/awards?{query}"), code)


@pytest.mark.asyncio
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "127.0.0.1:x", "[::1", "127.0.0.2"])
async def test_other_hosts(gateway: Gateway, host: str) -> None:
    is_problem(await gateway.http.get("/health/live", headers={"Host": host}), "host_not_allowed")


@pytest.mark.asyncio
@pytest.mark.parametrize("host", ["127.0.0.1", "LOCALHOST:1", "[::1]:8080", "[::1]"])
async def test_own_hosts(gateway: Gateway, host: str) -> None:
    assert (await gateway.http.get("/health/live", headers={"Host": host})).status_code == 200


class _Amount(BaseModel):
    amount: Amount


@given(st.integers())
def test_whole_amounts_are_taken_exactly_or_refused(number: int) -> None:
    for written in (str(number), f'"{number}"'):
        try:
            taken = _Amount.model_validate_json(f'{{"amount": {written}}}').amount
        except ValidationError:
            assert not 1 <= number <= UNITS_MAX
        else:
            assert taken == number and 1 <= number <= UNITS_MAX


@given(st.floats() | st.booleans() | st.none() | st.text().filter(lambda text: not text.isdigit()))
def test_nothing_else_is_an_amount(value: object) -> None:
    with pytest.raises(ValidationError):
        _Amount.model_validate_json(json.dumps({"amount": value}))


@given(st.text())
def test_references_are_taken_as_they_are_or_refused(text: str) -> None:
    body = json.dumps(receipt(reference=text)).encode()
    try:
        taken = parsed(ReceiptToRecord, body).reference
    except Problem:
        assert not is_identifier(normalize("NFC", text))
    else:
        assert taken == normalize("NFC", text) and is_identifier(taken)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(sorted(receipt())) | st.text(max_size=5), _JSON))
def test_no_body_is_a_fault_of_the_gateway(body: dict[str, Any]) -> None:
    try:
        parsed(ReceiptToRecord, json.dumps(receipt() | body).encode())
    except Problem as problem:
        assert KINDS[problem.code].status < 500


@pytest.mark.asyncio
async def test_fields_that_are_named_twice(gateway: Gateway) -> None:
    one = json.dumps(receipt())
    twice = one[:-1] + ', "amount": 1}'
    for path, body in ((RECEIPTS, twice), (RECEIPTS + "/bulk", f'{{"receipts": [{one}, {twice}]}}')):
        response = await gateway.http.post(path, content=body.encode(), headers=JSON)
        is_problem(response, "malformed_json")
        assert "'amount'" in response.json()["detail"]
    escaped = one[:-1] + ', "\\u0061mount": 1}'
    is_problem(await gateway.http.post(RECEIPTS, content=escaped.encode(), headers=JSON), "malformed_json")
    await nothing_changed(gateway)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["Jose\u0301", "김민수", "A\u030angstro\u0308m"])
async def test_one_customer_in_two_normal_forms_is_one_member(gateway: Gateway, name: str) -> None:
    composed, decomposed = normalize("NFC", name), normalize("NFD", name)
    assert composed != decomposed
    first = await gateway.post("members", {"customer_id": decomposed})
    again = await gateway.post("members", {"customer_id": composed})
    assert (first.status_code, again.status_code) == (201, 200) and first.json()["id"] == again.json()["id"]
    assert first.json()["customer_id"] == composed
    both = await gateway.post("members/bulk", {"customer_ids": [composed, decomposed]})
    assert [member["id"] for member in both.json()["members"]] == [first.json()["id"]] * 2
    found = await gateway.get("members", customer_id=decomposed)
    assert [member["id"] for member in found.json()["members"]] == [first.json()["id"]]
    for form, replayed in ((decomposed, False), (composed, True)):
        recorded = await gateway.post("receipts", receipt(reference=form, customer_id=form))
        assert (recorded.status_code, recorded.json()["replayed"]) == (202, replayed)
    bulk = [receipt(reference=normalize(form, "x" + name), customer_id=name) for form in ("NFC", "NFD")]
    is_problem(await gateway.post("receipts/bulk", {"receipts": bulk}), "duplicate_references")
