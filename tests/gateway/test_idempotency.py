"""A write under an idempotency key happens once, whatever crashes, repeats or comes at the same time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from tests.gateway.conftest import Gateway, receipt
from tests.gateway.test_bad_input import is_problem
from tests.support import chain_rows
from tests.support.keys import bearing, make_key
from tokenpoints.access import keys as access_keys
from tokenpoints.domain.keys import KeyRole, Mode
from tokenpoints.earning.recording import record
from tokenpoints.gateway.context import Context
from tokenpoints.storage import tables
from tokenpoints.storage.database import Session

pytestmark = pytest.mark.asyncio


async def send(gateway: Gateway, key: str, path: str, body: object, **headers: str) -> httpx.Response:
    return await gateway.http.post(f"/v1/programs/demo/{path}", json=body, headers={"Idempotency-Key": key, **headers})


async def count(gateway: Gateway, table: Any) -> int:
    async with gateway.database.snapshot() as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def test_the_same_request_is_answered_the_same_and_happens_once(gateway: Gateway) -> None:
    first = await send(gateway, "k1", "members", {"customer_id": "c2"})
    assert first.status_code == 201 and "idempotency-replayed" not in first.headers
    written = await count(gateway, tables.audit_log)
    again = await send(gateway, "k1", "members", {"customer_id": "c2"})
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert await count(gateway, tables.audit_log) == written
    # Without the key it is another request, which says what is so now.
    assert (await gateway.post("members", {"customer_id": "c2"})).status_code == 200


async def test_bulk_and_hand_made_answers_are_replayed_byte_for_byte(gateway: Gateway) -> None:
    body = {"receipts": [receipt(number) for number in range(50)]}
    first, again = [await send(gateway, "k1", "receipts/bulk", body) for _ in range(2)]
    assert first.status_code == again.status_code == 202
    assert first.content == again.content and again.json()["recorded"] == 50


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("members", {"customer_id": "c3"}),
        ("members/bulk", {"customer_id": "c2"}),
        ("members?dry_run=true", {"customer_id": "c2"}),
    ],
)
async def test_another_request_under_the_same_key_is_refused(gateway: Gateway, path: str, body: object) -> None:
    await send(gateway, "k1", "members", {"customer_id": "c2"})
    members = await count(gateway, tables.members)
    is_problem(await send(gateway, "k1", path, body), "idempotency_key_reused")
    assert await count(gateway, tables.members) == members


async def test_keys_are_the_callers_own_and_outlive_a_rotation(gateway: Gateway) -> None:
    one, two = [await make_key(gateway.database, "demo", KeyRole.INTEGRATION) for _ in range(2)]
    first = await send(gateway, "k1", "members", {"customer_id": "c2"}, **bearing(one))
    other = await send(gateway, "k1", "members", {"customer_id": "c3"}, **bearing(two))
    assert (first.status_code, other.status_code) == (201, 201)
    async with gateway.database.session() as session:
        new = await access_keys.rotate(
            session, "demo", one.key.id, overlap=timedelta(days=1), mode=Mode.TEST, now=chain_rows.NOW
        )
    again = await send(gateway, "k1", "members", {"customer_id": "c2"}, **bearing(new))
    assert again.content == first.content and again.headers["idempotency-replayed"] == "true"


async def test_what_was_refused_can_be_tried_again_under_its_key(gateway: Gateway) -> None:
    body = receipt(customer_id="c2")
    is_problem(await send(gateway, "k1", "receipts", body), "unknown_member")
    assert await count(gateway, tables.idempotency_keys) == 0
    await gateway.post("members", {"customer_id": "c2"})
    assert (await send(gateway, "k1", "receipts", body)).status_code == 202


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "ключ".encode(), b"a\xff"])
async def test_what_is_no_key_is_refused(gateway: Gateway, key: str | bytes) -> None:
    raw = key.encode() if isinstance(key, str) else key
    response = await gateway.http.post(
        "/v1/programs/demo/members", json={"customer_id": "c2"}, headers=[(b"Idempotency-Key", raw)]
    )
    is_problem(response, "invalid_input")
    assert response.json()["errors"][0]["pointer"] == "Idempotency-Key"
    assert await count(gateway, tables.members) == 1


async def test_two_keys_on_one_request_are_refused(gateway: Gateway) -> None:
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    response = await gateway.http.post("/v1/programs/demo/members", json={"customer_id": "c2"}, headers=headers)
    is_problem(response, "invalid_input")


async def test_keys_of_255_characters_and_on_reads_are_taken(gateway: Gateway) -> None:
    assert (await send(gateway, "~" * 255, "members", {"customer_id": "c2"})).status_code == 201
    read = await gateway.http.get("/v1/programs/demo/members", headers={"Idempotency-Key": "a b"})
    assert read.status_code == 200


async def test_an_answer_with_a_secret_is_not_stored(gateway: Gateway) -> None:
    till = {"name": "till", "role": "read"}
    first = await send(gateway, "k1", "keys", till)
    assert first.status_code == 201 and first.headers["cache-control"] == "no-store"
    again = await send(gateway, "k1", "keys", till)
    is_problem(again, "idempotency_answer_not_kept")
    assert again.json()["subjects"] == [first.json()["id"]]
    async with gateway.database.snapshot() as session:
        [row] = (await session.execute(select(tables.idempotency_keys))).all()
    assert row.body is None and first.json()["key"] not in repr(row)
    hook = {"url": "https://shop.example.com/hook", "events": ["award.minted"]}
    made = await send(gateway, "k2", "webhooks", hook)
    assert made.status_code == 201, made.text
    rotated = await send(gateway, "k3", f"webhooks/{made.json()['id']}/rotate-secret", {})
    assert rotated.status_code == 200
    is_problem(
        await send(gateway, "k3", f"webhooks/{made.json()['id']}/rotate-secret", {}), "idempotency_answer_not_kept"
    )


async def test_patch_and_delete_are_replayed_though_the_thing_is_gone(gateway: Gateway) -> None:
    hook = {"url": "https://shop.example.com/hook", "events": ["award.minted"]}
    path = f"/v1/programs/demo/webhooks/{(await gateway.post('webhooks', hook)).json()['id']}"
    for method, body in (("PATCH", {"enabled": False}), ("DELETE", None)):
        headers = {"Idempotency-Key": method}
        first, again = [await gateway.http.request(method, path, json=body, headers=headers) for _ in range(2)]
        assert first.status_code == 200 and again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"
    assert (await gateway.http.delete(path)).status_code == 404


async def test_a_hundred_at_once_have_one_effect(gateway: Gateway) -> None:
    async def until_done() -> httpx.Response:
        while True:
            response = await send(gateway, "k1", "receipts", receipt())
            if response.status_code == 202:
                return response
            is_problem(response, "idempotency_key_in_flight")
            assert response.headers["retry-after"] == "1"
            await asyncio.sleep(0.01)

    answers = await asyncio.gather(*(until_done() for _ in range(100)))
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert await count(gateway, tables.receipts) == await count(gateway, tables.idempotency_keys) == 1
    assert await count(gateway, tables.audit_log) == 2  # with the enrolment of c1


async def test_the_effect_is_undone_where_the_answer_cannot_be_stored(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:

        async def fail(*_args: object, **_options: object) -> None:
            raise ConnectionResetError

        patched.setattr("tokenpoints.storage.idempotency_keys.add", fail)
        is_problem(await send(gateway, "k1", "receipts", receipt()), "database_unavailable")
    assert await count(gateway, tables.receipts) == 0
    again = await send(gateway, "k1", "receipts", receipt())
    assert again.status_code == 202 and not again.json()["replayed"]


@pytest.mark.parametrize("place", ["storage.idempotency_keys.add", "gateway.endpoints.receipts.record"])
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OperationalError("insert", {}, Exception("database is locked")), "database_unavailable"),
        (OperationalError("insert", {}, Exception("no such table: receipts")), "internal_error"),
    ],
)
async def test_faults_of_the_database_are_answered_as_without_a_key(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, place: str, error: Exception, code: str
) -> None:
    with monkeypatch.context() as patched:

        async def fail(*_args: object, **_options: object) -> None:
            raise error

        patched.setattr(f"tokenpoints.{place}", fail)
        is_problem(await send(gateway, "k1", "receipts", receipt()), code)
    assert await count(gateway, tables.receipts) == 0
    assert (await send(gateway, "k1", "receipts", receipt())).status_code == 202


async def test_what_another_session_got_in_the_way_of_is_done_again(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Deadlock(Exception):
        sqlstate = "40P01"

    times = 0

    async def record_second(*args: Any, **options: Any) -> Any:
        nonlocal times
        times += 1
        if times == 1:
            raise OperationalError("insert", {}, Deadlock())
        return await record(*args, **options)

    monkeypatch.setattr("tokenpoints.gateway.endpoints.receipts.record", record_second)
    assert (await send(gateway, "k1", "receipts", receipt())).status_code == 202
    assert times == 2 and await count(gateway, tables.receipts) == 1


async def test_answers_are_forgotten_after_a_day_and_not_before(gateway: Gateway) -> None:
    await send(gateway, "old", "members", {"customer_id": "c2"})
    await send(gateway, "young", "members", {"customer_id": "c3"})
    context: Context = gateway.app.state.context

    async def age(session: Session) -> None:
        long_ago = chain_rows.NOW - timedelta(hours=24, seconds=1)
        oldest = select(func.min(tables.idempotency_keys.c.seq)).scalar_subquery()
        await session.execute(
            update(tables.idempotency_keys).where(tables.idempotency_keys.c.seq == oldest).values(created_at=long_ago)
        )

    async with context.database.session() as session:
        await age(session)
    later = chain_rows.NOW + timedelta(hours=23)
    object.__setattr__(context, "clock", lambda: later)
    await gateway.get("members")
    assert await count(gateway, tables.idempotency_keys) == 1
    again = await send(gateway, "young", "members", {"customer_id": "c3"})
    assert again.headers["idempotency-replayed"] == "true"
