"""`dry_run=true` answers what would happen, and leaves nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from tests.gateway.conftest import Gateway, document_of, receipt
from tests.gateway.test_bad_input import is_problem
from tokenpoints.storage import tables

pytestmark = pytest.mark.asyncio

WATCHED = (
    tables.members, tables.receipts, tables.awards, tables.api_keys, tables.api_key_days, tables.webhook_endpoints,
    tables.webhook_messages, tables.audit_log, tables.idempotency_keys,
)  # fmt: skip
HOOK = {"url": "https://shop.example.com/hook", "events": ["award.minted"]}


async def everything(gateway: Gateway) -> list[Any]:
    async with gateway.database.snapshot() as session:
        return [
            [tuple(row) for row in await session.execute(select(table).where(table.c.last_used_at.is_(None)))]
            if table is tables.api_keys
            else await session.scalar(select(func.count()).select_from(table))
            for table in WATCHED
        ]


@pytest.mark.parametrize(
    ("path", "body", "of", "nothing_of"),
    [
        ("members", {"customer_id": "c2"}, {"customer_id": "c2", "created": True}, ()),
        ("members/bulk", {"customer_ids": ["c1", "c2"]}, {"created": 1}, ()),
        ("receipts", receipt(), {"reference": "till-1", "replayed": False}, ()),
        ("receipts/bulk", {"receipts": [receipt(1), receipt(2)]}, {"recorded": 2}, ()),
        ("keys", {"name": "a till", "role": "read"}, {"name": "a till"}, ("key",)),
        ("webhooks", HOOK, {"url": HOOK["url"]}, ("secret",)),
    ],
)
async def test_what_would_be_made(
    gateway: Gateway, path: str, body: object, of: dict[str, Any], nothing_of: tuple[str, ...]
) -> None:
    before = await everything(gateway)
    headers = {"Idempotency-Key": "k1"}
    dry = await gateway.http.post(f"/v1/programs/demo/{path}?dry_run=true", json=body, headers=headers)
    assert dry.status_code == 200, dry.text
    assert dry.json().items() >= of.items()
    assert all(dry.json()[name] is None for name in nothing_of)
    assert await everything(gateway) == before
    done = await gateway.http.post(f"/v1/programs/demo/{path}", json=body, headers=headers)
    assert done.is_success and done.json().keys() == dry.json().keys()
    assert "idempotency-replayed" not in done.headers
    assert await everything(gateway) != before


async def test_what_would_be_changed(gateway: Gateway) -> None:
    key = (await gateway.post("keys", {"name": "a till", "role": "read"})).json()["id"]
    hook = (await gateway.post("webhooks", HOOK)).json()["id"]
    before, keys, hooks = await everything(gateway), await gateway.get("keys"), await gateway.get("webhooks")
    for method, path, body, field in (
        ("DELETE", f"keys/{key}", None, "revoked_at"),
        ("POST", f"keys/{key}/rotate", {}, "id"),
        ("PATCH", f"webhooks/{hook}", {"enabled": False}, "disabled_at"),
        ("POST", f"webhooks/{hook}/rotate-secret", {}, "previous_secret_until"),
        ("POST", f"webhooks/{hook}/replay", {"since": "2026-01-01T00:00:00Z"}, None),
        ("DELETE", f"webhooks/{hook}", None, "id"),
    ):
        dry = await gateway.http.request(method, f"/v1/programs/demo/{path}?dry_run=true", json=body)
        assert dry.status_code == 200, dry.text
        assert field is None or dry.json()[field] is not None
    assert await everything(gateway) == before
    assert (await gateway.get("webhooks")).json() == hooks.json()
    assert [each["id"] for each in (await gateway.get("keys")).json()["keys"]] == [
        each["id"] for each in keys.json()["keys"]
    ]


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("members", {"customer_id": ""}, "invalid_input"),
        ("receipts", receipt(customer_id="nobody"), "unknown_member"),
        ("receipts/bulk", {"receipts": [receipt(1), receipt(1)]}, "duplicate_references"),
        ("keys", {"name": "x", "role": "cashier"}, "invalid_input"),
        ("webhooks", HOOK | {"url": "http://127.0.0.1/"}, "invalid_destination"),
        ("awards/awd_0/retry", None, "unknown_award"),
    ],
)
async def test_what_would_be_refused_is_refused(gateway: Gateway, path: str, body: object, code: str) -> None:
    before = await everything(gateway)
    is_problem(await gateway.http.post(f"/v1/programs/demo/{path}?dry_run=true", json=body), code)
    assert await everything(gateway) == before
    is_problem(await gateway.http.post(f"/v1/programs/demo/{path}?dry_run=maybe", json=body), "invalid_input")


async def test_every_write_has_a_dry_run(gateway: Gateway) -> None:
    document = await document_of(gateway.http)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            names = {parameter["name"] for parameter in operation.get("parameters", [])}
            # Whoever signs in has no key, and a token changes nothing.
            is_write = method != "get" and "/sign-in" not in path and not path.endswith("/tokens")
            assert ({"dry_run", "Idempotency-Key"} <= names) == is_write, (method, path)
            assert not is_write or "200" in operation["responses"], (method, path)
