"""The life of API keys: made, shown once, used, rotated, revoked; what a store's key may record; the audit log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from tests.gateway.conftest import Gateway, receipt
from tests.support import chain_rows
from tests.support.keys import bearing, make_key
from tokenpoints.access import auditing
from tokenpoints.domain.keys import KeyRole, Mode, new_secret
from tokenpoints.gateway.known_keys import KNOWN_SECONDS, KnownKeys
from tokenpoints.gateway.rates import Rates
from tokenpoints.storage import tables
from tokenpoints.storage.database import Database, Session

pytestmark = pytest.mark.asyncio

DAY = timedelta(days=1)


def at(gateway: Gateway, moment: datetime) -> None:
    """Set the gateway's clock."""
    object.__setattr__(gateway.app.state.context, "clock", lambda: moment)


async def make(gateway: Gateway, **body: Any) -> dict[str, Any]:
    answer = await gateway.post("keys", {"name": "a till", "role": "admin"} | body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def call(gateway: Gateway, key: str, path: str, body: object = None) -> httpx.Response:
    method = "GET" if body is None else "POST"
    return await gateway.http.request(method, f"/v1/programs/demo/{path}", json=body, headers=bearing(key))


async def code_of(gateway: Gateway, key: str, path: str, body: object = None) -> str:
    answer = await call(gateway, key, path, body)
    return "ok" if answer.is_success else str(answer.json()["code"])


async def test_a_key_is_shown_once_and_kept_as_a_hash(gateway: Gateway) -> None:
    made = await make(gateway, name="back office")
    assert made["key"].startswith("tp_test_") and made["id"].removeprefix("key_") in made["key"]
    listed = (await gateway.get("keys")).json()["keys"]
    assert listed[0] == {name: value for name, value in made.items() if name != "key"}
    assert (await gateway.get(f"keys/{made['id']}")).json() == listed[0]
    async with gateway.database.snapshot() as session:
        rows = (await session.execute(select(tables.api_keys))).all()
    assert made["key"] not in repr(rows) and made["key"][34:66] not in repr(rows)
    assert await code_of(gateway, made["key"], "members") == "ok"


async def test_no_key_in_the_log(gateway: Gateway) -> None:
    with capture_logs() as lines:
        made = await make(gateway)
        await call(gateway, made["key"], "members")
        await call(gateway, made["key"][:-1] + "!", "members")
    assert made["key"][34:66] not in repr(lines)


async def test_keys_are_listed_page_by_page(gateway: Gateway) -> None:
    made = [(await make(gateway))["id"] for _ in range(5)]
    first = (await gateway.get("keys", limit=3)).json()
    second = (await gateway.get("keys", limit=3, cursor=first["next_cursor"])).json()
    assert [key["id"] for key in first["keys"] + second["keys"]] == made[::-1] and second["next_cursor"] is None


async def test_a_key_has_the_scopes_that_it_was_given(gateway: Gateway) -> None:
    made = await make(gateway, role="integration", scopes=["members:read"])
    assert await code_of(gateway, made["key"], "members") == "ok"
    answer = await call(gateway, made["key"], "receipts", receipt())
    assert answer.json()["detail"] == "the API key lacks the scope receipts:write"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"role": "platform"}, "/role"),
        ({"role": "emperor"}, "/role"),
        ({"role": "store"}, "/store"),
        ({"role": "read", "store": "s1"}, "/store"),
        ({"role": "cashier", "store": "s1"}, "/member"),
        ({"role": "store", "store": "s1", "member": "mem_0"}, "/member"),
        ({"role": "read", "limits": {"day_count": 1}}, "/limits"),
        ({"role": "store", "store": "s1", "limits": {"day_count": 0}}, "/limits/day_count"),
        ({"role": "store", "store": "s1", "limits": {"day_amount": 1.5}}, "/limits/day_amount"),
        ({"role": "store", "store": "s\x00"}, "/store"),
        ({"role": "read", "scopes": ["receipts:write"]}, "/scopes"),
        ({"role": "read", "scopes": []}, "/scopes"),
        ({"role": "read", "scopes": ["everything"]}, "/scopes/0"),
        ({"role": "read", "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"role": "read", "name": " "}, "/name"),
        ({"role": "read", "surprise": 1}, "/surprise"),
    ],
)
async def test_keys_that_cannot_be(gateway: Gateway, body: dict[str, Any], pointer: str) -> None:
    answer = await gateway.post("keys", {"name": "a till"} | body)
    assert answer.status_code == 422
    assert pointer in [fault["pointer"] for fault in answer.json()["errors"]]
    assert (await gateway.get("keys")).json()["keys"] == []


async def test_a_cashier_is_a_member(gateway: Gateway) -> None:
    answer = await gateway.post("keys", {"name": "x", "role": "cashier", "store": "s1", "member": "mem_\x7f"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_member")


async def test_no_key_hands_out_what_it_cannot_do(gateway: Gateway) -> None:
    mighty = await make(gateway)
    clerk = (await make(gateway, scopes=["keys:read", "keys:write", "members:read"]))["key"]
    assert await code_of(gateway, clerk, "keys", {"name": "x", "role": "admin"}) == "forbidden"
    assert await code_of(gateway, clerk, f"keys/{mighty['id']}/rotate", {}) == "forbidden"
    assert await code_of(gateway, clerk, "keys", {"name": "x", "role": "read", "scopes": ["members:read"]}) == "ok"


async def test_both_keys_work_while_one_replaces_the_other(gateway: Gateway) -> None:
    old = await make(gateway)
    answer = await gateway.post(f"keys/{old['id']}/rotate", {"overlap_seconds": 3600})
    new = answer.json()
    assert new["key"] != old["key"] and new["scopes"] == old["scopes"]
    shown = (await gateway.get(f"keys/{old['id']}")).json()
    assert (shown["replaced_by"], shown["expires_at"]) == (new["id"], "2026-01-15T13:00:00Z")
    for moment, works in ((3599, True), (3600, False)):
        at(gateway, chain_rows.NOW + timedelta(seconds=moment))
        assert (await code_of(gateway, old["key"], "members") == "ok") is works
        assert await code_of(gateway, new["key"], "members") == "ok"
    answer = await gateway.post(f"keys/{old['id']}/rotate", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "key_not_active")


async def test_a_key_that_was_replaced_is_not_replaced_again(gateway: Gateway) -> None:
    old = await make(gateway)
    await gateway.post(f"keys/{old['id']}/rotate", {})
    assert (await gateway.post(f"keys/{old['id']}/rotate", {})).json()["code"] == "key_not_active"


async def test_rotation_makes_no_key_live_longer(gateway: Gateway) -> None:
    old = await make(gateway, expires_at="2026-01-15T12:30:00Z")
    new = (await gateway.post(f"keys/{old['id']}/rotate", {"overlap_seconds": 3600})).json()
    shown = (await gateway.get(f"keys/{old['id']}")).json()
    assert new["expires_at"] == shown["expires_at"] == "2026-01-15T12:30:00Z"


async def test_a_revoked_key_opens_nothing_and_stays_in_the_list(gateway: Gateway) -> None:
    made = await make(gateway)
    for _ in range(2):
        answer = await gateway.http.delete(f"/v1/programs/demo/keys/{made['id']}")
        assert answer.json()["revoked_at"] == "2026-01-15T12:00:00Z"
    assert await code_of(gateway, made["key"], "members") == "unauthorized"
    assert (await gateway.get("keys")).json()["keys"][0]["id"] == made["id"]


async def test_a_key_that_was_revoked_elsewhere_opens_nothing_soon(gateway: Gateway) -> None:
    now = 0.0
    known = KnownKeys(gateway.database, Mode.TEST, timer=lambda: now)
    object.__setattr__(gateway.app.state.context, "known_keys", known)
    made = await make(gateway)
    assert await code_of(gateway, made["key"], "members") == "ok"
    async with gateway.database.session() as session:
        await session.execute(update(tables.api_keys).values(revoked_at=chain_rows.NOW))
    now = KNOWN_SECONDS
    assert await code_of(gateway, made["key"], "members") == "unauthorized"


async def test_a_key_in_use_is_looked_up_beside_its_use_and_once_for_all(gateway: Gateway) -> None:
    now, lookups = 0.0, 0

    class Counting:
        def lookup(self) -> AbstractAsyncContextManager[Session]:
            nonlocal lookups
            lookups += 1
            return gateway.database.lookup()

    known = KnownKeys(cast("Database", Counting()), Mode.TEST, timer=lambda: now)
    made = await make(gateway)
    opened = await asyncio.gather(*(known.opened_by(made["key"], chain_rows.NOW) for _ in range(10)))
    assert all(opened) and lookups == 1
    now = KNOWN_SECONDS / 2
    async with gateway.database.session() as session:
        await session.execute(update(tables.api_keys).values(revoked_at=chain_rows.NOW))
    assert all([await known.opened_by(made["key"], chain_rows.NOW) for _ in range(10)])  # nobody waits
    async with asyncio.timeout(10):
        while await known.opened_by(made["key"], chain_rows.NOW) is not None:  # noqa: ASYNC110 it is its caller who sees
            await asyncio.sleep(0.01)
    assert lookups == 2


async def test_what_is_read_of_a_key_while_it_is_revoked_is_not_kept(gateway: Gateway) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow:
        @asynccontextmanager
        async def lookup(self) -> AsyncIterator[Session]:
            async with gateway.database.lookup() as session:
                yield session
                begun.set()
                await go_on.wait()

    known = KnownKeys(cast("Database", Slow()), Mode.TEST)
    made = await make(gateway)
    first = asyncio.create_task(known.opened_by(made["key"], chain_rows.NOW))
    await begun.wait()
    async with gateway.database.session() as session:
        await session.execute(update(tables.api_keys).values(revoked_at=chain_rows.NOW))
    known.changed(made["id"])
    go_on.set()
    assert await first is not None  # it was asked before
    assert await known.opened_by(made["key"], chain_rows.NOW) is None


async def test_a_key_that_is_remembered_opens_with_its_own_text_only_and_while_it_lasts(gateway: Gateway) -> None:
    made = await make(gateway, expires_at="2026-01-15T12:30:00Z")
    secret = new_secret(made["id"], Mode.TEST)
    assert secret.key_id == made["id"]
    assert await code_of(gateway, made["key"], "members") == "ok"
    assert await code_of(gateway, secret.text, "members") == "unauthorized"
    at(gateway, chain_rows.NOW + timedelta(minutes=30))
    assert await code_of(gateway, made["key"], "members") == "unauthorized"


async def test_last_use_is_written_once_a_minute(gateway: Gateway) -> None:
    made = await make(gateway)

    async def used_at(seconds: int) -> str | None:
        at(gateway, chain_rows.NOW + timedelta(seconds=seconds))
        await call(gateway, made["key"], "members")
        found: str | None = (await gateway.get(f"keys/{made['id']}")).json()["last_used_at"]
        return found

    assert made["last_used_at"] is None
    assert await used_at(0) == await used_at(59) == "2026-01-15T12:00:00Z"
    assert await used_at(60) == "2026-01-15T12:01:00Z"


async def test_a_store_records_and_sees_its_own_receipts(gateway: Gateway) -> None:
    till = (await make(gateway, role="store", store="s1"))["key"]
    own = await call(gateway, till, "receipts", receipt(1))
    assert (await call(gateway, till, f"receipts/{own.json()['id']}")).json()["store"] == "s1"
    assert (await call(gateway, till, "receipts", receipt(1, store="s1"))).json()["replayed"]
    answer = await call(gateway, till, "receipts/bulk", {"receipts": [receipt(2), receipt(3, store="s2")]})
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_store")
    assert answer.json()["errors"] == [{"pointer": "/receipts/1/store", "detail": "is not 's1'"}]
    for elsewhere in (receipt(4, store="s2"), receipt(5)):
        other = await gateway.post("receipts", elsewhere)
        assert await code_of(gateway, till, f"receipts/{other.json()['id']}") == "unknown_receipt"


async def test_the_store_is_part_of_the_receipt(gateway: Gateway) -> None:
    first = await gateway.post("receipts", receipt(1, store="s1"))
    assert first.status_code == 202
    for other in (receipt(1), receipt(1, store="s2")):
        assert (await gateway.post("receipts", other)).json()["code"] == "reference_conflict"


async def test_limits_of_a_receipt_and_of_a_day(gateway: Gateway) -> None:
    limits = {"receipt_amount": 5_000, "day_amount": 9_000, "day_count": 3}
    till = await make(gateway, role="store", store="s1", limits=limits)
    assert till["limits"] == limits

    async def send(number: int, amount: int, key: str = till["key"]) -> str:
        answer = await call(gateway, key, "receipts", receipt(number, amount=amount))
        return "ok" if answer.is_success else str(answer.json()["detail"]).partition(" is")[0].rpartition(" ")[2]

    assert await send(1, 5_001) == "receipt_amount"
    assert [await send(number, 4_000) for number in (1, 2)] == ["ok", "ok"]
    assert await send(3, 1_001) == "day_amount"
    assert await send(1, 4_000) == "ok"  # known already: it counts once
    assert await send(3, 500) == "ok"
    assert await send(4, 1) == "day_count"
    new = (await gateway.post(f"keys/{till['id']}/rotate", {})).json()
    assert await send(4, 1, new["key"]) == "day_count"  # a new key is no new day
    at(gateway, chain_rows.NOW.replace(hour=23, minute=59))
    assert await send(4, 1) == "day_count"
    at(gateway, chain_rows.NOW.replace(hour=0) + DAY)  # the program's days begin when its calendar does
    assert await send(4, 1) == "ok"
    assert len((await gateway.get("awards", reference="till-3")).json()["awards"]) == 1


async def test_of_many_at_once_no_more_than_the_limit_is_recorded(gateway: Gateway) -> None:
    till = (await make(gateway, role="store", store="s1", limits={"day_count": 5}))["key"]
    codes = await asyncio.gather(*(code_of(gateway, till, "receipts", receipt(number)) for number in range(20)))
    assert sorted(codes) == ["key_limit_exceeded"] * 15 + ["ok"] * 5
    async with gateway.database.snapshot() as session:
        assert len((await session.execute(select(tables.receipts.c.seq))).all()) == 5


async def test_a_bulk_over_the_limit_records_nothing(gateway: Gateway) -> None:
    till = (await make(gateway, role="store", store="s1", limits={"day_amount": 3_000}))["key"]
    many = {"receipts": [receipt(number) for number in range(3)]}
    assert await code_of(gateway, till, "receipts/bulk", many) == "key_limit_exceeded"
    assert await code_of(gateway, till, "receipts/bulk", {"receipts": many["receipts"][:2]}) == "ok"


async def test_a_cashier_awards_nothing_to_oneself(gateway: Gateway) -> None:
    cashier = (await gateway.post("members", {"customer_id": "cashier"})).json()["id"]
    key = (await make(gateway, role="cashier", store="s1", member=cashier))["key"]
    for own in (receipt(1, customer_id="cashier"), receipt(1, customer_id=..., member=cashier)):
        assert await code_of(gateway, key, "receipts", own) == "award_to_self"
    mixed = {"receipts": [receipt(1), receipt(2, customer_id="cashier")]}
    assert await code_of(gateway, key, "receipts/bulk", mixed) == "award_to_self"
    assert await code_of(gateway, key, "receipts", receipt(1)) == "ok"
    other = (await make(gateway, role="store", store="s1"))["key"]
    assert await code_of(gateway, other, "receipts", receipt(2, customer_id="cashier")) == "ok"


async def entries(gateway: Gateway, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await gateway.get("audit-log", **query)).json()["entries"]
    return found


async def test_every_write_is_in_the_audit_log(gateway: Gateway) -> None:
    till = await make(gateway, role="store", store="s1", limits={"day_count": 30})
    many = {"receipts": [receipt(number) for number in range(30)]}
    headers = bearing(till["key"]) | {"X-Request-Id": "till-7.1"}
    recorded = await gateway.http.post("/v1/programs/demo/receipts/bulk", json=many, headers=headers)
    await call(gateway, till["key"], "receipts", receipt(31))
    await call(gateway, till["key"], "members", {"customer_id": "jane-doe"})
    forbidden, refused, done, made, enrolled = await entries(gateway)
    ids = [each["id"] for each in recorded.json()["receipts"]]
    assert (enrolled["action"], enrolled["subject_count"], enrolled["number"]) == ("enrol_member", 1, 1)
    assert (made["action"], made["subjects"]) == ("create_key", [till["id"]])
    assert (done["action"], done["key"], done["request"]) == ("record_receipts", till["id"], "till-7.1")
    assert (done["subjects"], done["subject_count"], done["outcome"]) == (ids[:20], 30, "done")
    assert (refused["action"], refused["outcome"]) == ("record_receipt", "key_limit_exceeded")
    assert (forbidden["action"], forbidden["outcome"]) == ("enrol_member", "forbidden")
    assert enrolled["previous_hash"] == "0x" + "0" * 64
    chain = [enrolled, made, done, refused, forbidden]
    assert [after["previous_hash"] for after in chain[1:]] == [before["hash"] for before in chain[:-1]]
    assert await entries(gateway, key=till["id"]) == [forbidden, refused, done]
    assert "jane-doe" not in repr(chain) and "till-31" not in repr(chain)


async def test_every_use_of_a_tills_key_is_in_the_audit_log(gateway: Gateway) -> None:
    till = await make(gateway, role="store", store="s1")
    recorded = (await call(gateway, till["key"], "receipts", receipt(1))).json()["id"]
    assert await code_of(gateway, till["key"], f"receipts/{recorded}") == "ok"
    assert await code_of(gateway, till["key"], "members") == "forbidden"
    refused, read, written = await entries(gateway, key=till["id"])
    assert (refused["action"], refused["outcome"]) == ("list_members", "forbidden")
    assert (read["action"], read["outcome"], read["subjects"]) == ("get_receipt", "done", [recorded])
    assert written["action"] == "record_receipt"


async def test_what_callers_put_into_paths_is_not_in_the_audit_log(gateway: Gateway) -> None:
    await gateway.post("awards/jane-doe/retry", {})
    [refused, _] = await entries(gateway)
    assert (refused["outcome"], refused["subjects"]) == ("unknown_award", [])


async def test_the_audit_log_is_read_page_by_page(gateway: Gateway) -> None:
    for number in range(4):
        await gateway.post("members", {"customer_id": f"n{number}"})
    first = (await gateway.get("audit-log", limit=3)).json()
    second = (await gateway.get("audit-log", limit=3, cursor=first["next_cursor"])).json()
    assert [entry["number"] for entry in first["entries"] + second["entries"]] == [5, 4, 3, 2, 1]
    assert second["next_cursor"] is None


async def test_writers_at_the_same_time_do_not_break_the_chain(gateway: Gateway) -> None:
    answers = await asyncio.gather(*(gateway.post("members", {"customer_id": f"n{number}"}) for number in range(40)))
    assert {answer.status_code for answer in answers} == {201}
    found = await auditing.verify(gateway.database, "demo")
    assert (found.count, found.fault) == (41, None)


async def test_nothing_is_noted_of_what_was_undone(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tokenpoints.earning.recording.awards.add", fail)
    assert (await gateway.post("receipts", receipt())).status_code == 500
    assert len(await entries(gateway)) == 1


async def _change(database: Database, number: int, **values: Any) -> None:
    async with database.session() as session:
        await session.execute(update(tables.audit_log).where(tables.audit_log.c.number == number).values(**values))


async def _drop(database: Database, number: int) -> None:
    async with database.session() as session:
        await session.execute(tables.audit_log.delete().where(tables.audit_log.c.number == number))


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        (lambda database: _change(database, 2, action="enrol_nobody"), "entry 2 was changed"),
        (lambda database: _change(database, 2, subjects="[]"), "entry 2 was changed"),
        (lambda database: _change(database, 3, at=chain_rows.NOW + DAY), "entry 3 was changed"),
        (lambda database: _change(database, 2, key_id=None), "entry 2 was changed"),
        (lambda database: _change(database, 3, previous_hash=bytes(32)), "entry 3 does not follow the one before it"),
        (lambda database: _drop(database, 2), "entry 2 is missing"),
        (lambda database: _drop(database, 1), "entry 1 is missing"),
    ],
)
async def test_an_audit_log_that_was_changed_does_not_hold(
    gateway: Gateway, harm: Callable[[Database], Any], fault: str
) -> None:
    for number in range(2):
        await gateway.post("members", {"customer_id": f"n{number}"})
    assert (await auditing.verify(gateway.database, "demo")).fault is None
    await harm(gateway.database)
    assert (await auditing.verify(gateway.database, "demo")).fault == fault


async def limited(gateway: Gateway, *, key: int = 1_000, refusals: int = 1_000) -> None:
    rates = Rates(key_per_minute=key, refusals_per_minute=refusals)
    object.__setattr__(gateway.app.state.context, "rates", rates)


async def test_a_key_is_told_how_often_it_may_call(gateway: Gateway) -> None:
    await limited(gateway, key=3)
    others = (await make_key(gateway.database, "demo", KeyRole.READ)).text
    answers = [await gateway.get("members") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"key";q=3;w=60'}
    assert [answer.headers["RateLimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0"]
    assert answers[3].json()["code"] == "too_many_requests" and 1 <= int(answers[3].headers["Retry-After"]) <= 60
    assert (await call(gateway, others, "members")).headers["RateLimit"].startswith('"key";r=2')


async def test_problems_have_the_headers_too(gateway: Gateway) -> None:
    answer = await gateway.get("members/mem_0")
    assert answer.status_code == 404 and answer.headers["RateLimit"].startswith('"key";r=')


async def test_who_tries_keys_has_to_wait(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    # What was counted weighs less from the next full minute on.
    now = time.time() // 60 * 60 + 30
    monkeypatch.setattr(time, "time", lambda: now)
    await limited(gateway, refusals=3)
    codes = [await code_of(gateway, "tp_test_x", "members") for _ in range(5)]
    assert codes == ["unauthorized"] * 3 + ["too_many_requests"] * 2
    assert await code_of(gateway, (await make_key(gateway.database)).text, "members") == "too_many_requests"
    assert (await gateway.http.get("/health/live")).status_code == 200
