"""Who may do what: every role, every operation, every way to come to it.

`EXPECTED` says what the roles may do, and the operations are those of the OpenAPI document: what is in the one and not
in the other fails.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.gateway.conftest import document_of, receipt
from tests.support import chain_rows, deployments
from tests.support.asgi import client_of
from tests.support.keys import bearing, make_key
from tokenpoints.access import keys
from tokenpoints.config import Settings
from tokenpoints.domain.keys import KeyRole, Mode, Scope, new_secret, parse
from tokenpoints.gateway.app import create_app
from tokenpoints.storage.database import Database

pytestmark = pytest.mark.asyncio

ALL = frozenset(KeyRole)
READERS = frozenset({KeyRole.ADMIN, KeyRole.INTEGRATION, KeyRole.READ, KeyRole.PLATFORM})
SENDERS = frozenset({KeyRole.ADMIN, KeyRole.INTEGRATION, KeyRole.PLATFORM})
ADMINS = frozenset({KeyRole.ADMIN, KeyRole.PLATFORM})
OWN = "/v1/programs/{program}"

EXPECTED: dict[tuple[str, str], frozenset[KeyRole]] = {
    ("get", "/v1/programs"): ALL,
    ("get", OWN): ALL,
    ("get", f"{OWN}/status"): ALL,
    ("get", f"{OWN}/reconciliation"): ALL,
    ("get", f"{OWN}/members"): READERS,
    ("post", f"{OWN}/members"): SENDERS,
    ("post", f"{OWN}/members/bulk"): SENDERS,
    ("get", f"{OWN}/members/{{member}}"): READERS,
    ("get", f"{OWN}/members/{{member}}/balance"): READERS,
    ("get", f"{OWN}/members/{{member}}/entries"): READERS,
    ("get", f"{OWN}/members/{{member}}/proof"): READERS,
    **{
        ("get", f"{OWN}/members/{{member}}/{what}"): READERS
        for what in ("expiries", "tier", "vouchers", "statement.csv", "statement.pdf", "export.json", "export.csv")
    },
    ("post", f"{OWN}/members/{{member}}/tokens"): SENDERS,
    ("put", f"{OWN}/erasure-policy"): ADMINS,
    ("get", f"{OWN}/erasure-policy"): ADMINS,
    ("get", f"{OWN}/members/{{member}}/actions"): READERS,
    ("get", f"{OWN}/charities"): ALL,
    ("put", f"{OWN}/charities/{{account}}"): ADMINS,
    ("get", f"{OWN}/step-up-limits"): ALL,
    ("put", f"{OWN}/step-up-limits"): ADMINS,
    ("post", f"{OWN}/receipts"): ALL - {KeyRole.READ},
    ("post", f"{OWN}/receipts/bulk"): ALL - {KeyRole.READ},
    ("get", f"{OWN}/receipts"): ALL,
    ("get", f"{OWN}/receipts/{{receipt}}"): ALL,
    ("post", f"{OWN}/receipts/{{receipt}}/refunds"): ALL - {KeyRole.READ},
    ("post", f"{OWN}/adjustments"): SENDERS,
    ("get", f"{OWN}/adjustments"): READERS,
    ("get", f"{OWN}/adjustments/{{adjustment}}"): READERS,
    ("post", f"{OWN}/adjustments/{{adjustment}}/approve"): ADMINS,
    ("post", f"{OWN}/adjustments/{{adjustment}}/reject"): ADMINS,
    ("get", f"{OWN}/awards"): READERS,
    ("get", f"{OWN}/awards/summary"): READERS,
    ("get", f"{OWN}/awards/{{award}}"): READERS,
    ("post", f"{OWN}/awards/{{award}}/retry"): SENDERS,
    ("get", f"{OWN}/webhooks"): SENDERS,
    ("post", f"{OWN}/webhooks"): SENDERS,
    ("get", f"{OWN}/webhooks/{{webhook}}"): SENDERS,
    ("patch", f"{OWN}/webhooks/{{webhook}}"): SENDERS,
    ("delete", f"{OWN}/webhooks/{{webhook}}"): SENDERS,
    ("post", f"{OWN}/webhooks/{{webhook}}/rotate-secret"): SENDERS,
    ("get", f"{OWN}/webhooks/{{webhook}}/messages"): SENDERS,
    ("post", f"{OWN}/webhooks/{{webhook}}/replay"): SENDERS,
    ("get", f"{OWN}/keys"): ADMINS,
    ("post", f"{OWN}/keys"): ADMINS,
    ("get", f"{OWN}/keys/{{key}}"): ADMINS,
    ("delete", f"{OWN}/keys/{{key}}"): ADMINS,
    ("post", f"{OWN}/keys/{{key}}/rotate"): ADMINS,
    ("get", f"{OWN}/audit-log"): ADMINS,
    ("get", "/metrics"): frozenset({KeyRole.PLATFORM}),
    ("get", f"{OWN}/rules/{{rule}}/versions"): ALL,
    ("get", f"{OWN}/operations"): READERS,
}
ASKS_THE_CHAIN: dict[tuple[str, str], frozenset[KeyRole]] = {
    ("post", "/v1/programs"): frozenset({KeyRole.PLATFORM}),
    ("get", "/v1/program-creations/{operation}"): frozenset({KeyRole.PLATFORM}),
    ("get", f"{OWN}/rewards"): ALL,
    ("get", f"{OWN}/operations/{{operation}}"): READERS,
    ("get", f"{OWN}/members/{{member}}/actions/{{action}}"): READERS,
    ("delete", f"{OWN}/charities/{{account}}"): ADMINS,
    **{
        ("post", f"{OWN}/members/{{member}}/{what}"): SENDERS
        for what in ("redemptions", "transfers", "conversions", "donations")
    },
    **{
        ("get", OWN + path): ALL
        for path in ("/partners", "/agreements", "/agreements/{agreement}", "/agreements/{agreement}/quote")
    },
    **{
        ("get", f"{OWN}/agreements/{{agreement}}/{what}"): READERS
        for what in ("settlement", "statement.json", "statement.csv", "statement.pdf")
    },
    **{
        (method, OWN + path): ADMINS
        for method, path in (
            ("post", "/members/{member}/merge"),
            ("post", "/members/{member}/erasure"),
            ("get", "/erasures/{erasure}"),
            ("delete", "/operations/{operation}"),
            ("put", "/rules/{rule}"),
            ("delete", "/rules/{rule}/announcement"),
            ("post", "/rewards"),
            ("put", "/rewards/{reward}"),
            ("delete", "/rewards/{reward}"),
            ("put", "/partners/{account}"),
            ("delete", "/partners/{account}"),
            ("put", "/transfer-policy"),
            ("put", "/metadata/{of}"),
            ("post", "/agreements"),
            ("post", "/agreements/{agreement}/accept"),
            ("delete", "/agreements/{agreement}"),
            ("post", "/agreements/{agreement}/withdraw"),
            ("post", "/agreements/{agreement}/deposits"),
            ("post", "/agreements/{agreement}/settlement/collect"),
            ("post", "/accounts/{account}/freeze"),
            ("post", "/accounts/{account}/unfreeze"),
            ("post", "/pause"),
            ("post", "/unpause"),
            ("put", "/issuers/{issuer}"),
            ("delete", "/issuers/{issuer}"),
            ("put", "/roles/{role}/{address}"),
            ("delete", "/roles/{role}/{address}"),
            ("put", "/notice-period"),
            ("post", "/wind-down"),
            ("delete", "/wind-down"),
        )
    },
}
"""Past the gate they find no node, no operation or no body: what they do then is for tests with a node."""
PUBLIC = {
    "/health/live",
    "/health/ready",
    "/problems",
    "/problems/{code}",
    f"{OWN}/sign-in/nonce",
    f"{OWN}/sign-in",
}
MEMBERS_OWN = "/v1/me"
"""Below it keys open nothing: see test_me.py."""
BODIES: dict[str, Any] = {
    f"{OWN}/members": {"customer_id": "new"},
    f"{OWN}/members/bulk": {"customer_ids": ["new"]},
    f"{OWN}/members/{{member}}/tokens": {},
    f"{OWN}/erasure-policy": {"points": "expire"},
    f"{OWN}/charities/{{account}}": {"name": "Food bank"},
    f"{OWN}/step-up-limits": {"action_points": "100", "day_points": "500"},
    f"{OWN}/receipts": receipt(7),
    f"{OWN}/receipts/bulk": {"receipts": [receipt(7)]},
    f"{OWN}/receipts/{{receipt}}/refunds": {"reference": "back-7", "amount": 1},
    f"{OWN}/adjustments": {"reference": "adj-7", "customer_id": "c1", "points": -5_000, "reason": "a mistake"},
    f"{OWN}/webhooks": {"url": "https://example.com/", "events": ["award.minted"]},
    f"{OWN}/webhooks/{{webhook}}": {"enabled": False},
    f"{OWN}/webhooks/{{webhook}}/rotate-secret": {},
    f"{OWN}/webhooks/{{webhook}}/replay": {"since": "2026-01-01T00:00:00Z"},
    f"{OWN}/keys": {"name": "new", "role": "read"},
    f"{OWN}/keys/{{key}}/rotate": {},
}


@dataclass
class Place:
    """A gateway of two programs, with a thing of each kind in each."""

    http: httpx.AsyncClient
    database: Database
    ids: dict[str, dict[str, str]]
    """Of each program: what stands in paths."""
    document: dict[str, Any]

    def operations(self) -> set[tuple[str, str]]:
        return {(method, path) for path, item in self.document["paths"].items() for method in item}

    async def call(
        self, operation: tuple[str, str], key: str | None, *, program: str = "demo", of: str | None = None
    ) -> httpx.Response:
        """Call an operation of `program` with the ids of the program `of`."""
        method, path = operation
        content = BODIES.get(path) if method in ("post", "patch", "put") else None
        filled = path.format(program=program, **self.ids[of or program])
        headers = bearing(key) if key is not None else {}
        return await self.http.request(method, filled, json=content, headers=headers)

    async def key(self, role: KeyRole, program: str = "demo", **said: Any) -> str:
        return (await self.shown(role, program, **said)).text

    async def shown(self, role: KeyRole, program: str = "demo", **said: Any) -> keys.ShownKey:
        if role in (KeyRole.STORE, KeyRole.CASHIER):
            said = {"store": "s1"} | said
        if role is KeyRole.CASHIER:
            said = {"member_id": self.ids[program]["cashier"]} | said
        return await make_key(self.database, None if role is KeyRole.PLATFORM else program, role, **said)


@pytest_asyncio.fixture
async def place(database: Database, tmp_path: Path) -> AsyncIterator[Place]:
    programs = [deployments.program(), deployments.program("other", base=0xB00)]
    await chain_rows.create_tables(database)
    await chain_rows.add_block(database, 1)
    for program in programs:
        await chain_rows.add_rule(database, program)
    app = create_app(
        database=database,
        deployment=deployments.deployment(*programs),
        settings=Settings(data_dir=tmp_path, unauthorized_per_minute=100_000),
        clock=lambda: chain_rows.NOW,
    )
    platform = bearing(await make_key(database))
    async with client_of(app) as http:

        async def made(program: str, path: str, body: object) -> dict[str, Any]:
            answer = await http.post(f"/v1/programs/{program}/{path}", json=body, headers=platform)
            assert answer.is_success, answer.text
            found: dict[str, Any] = answer.json()
            return found

        ids = {}
        for slug in ("demo", "other"):
            member = await made(slug, "members", {"customer_id": "c1"})
            cashier = await made(slug, "members", {"customer_id": "cashier"})
            recorded = await made(slug, "receipts", receipt(store="s1"))
            webhook = await made(slug, "webhooks", {"url": "https://example.com/", "events": ["award.minted"]})
            adjusted = {"reference": "adj-1", "customer_id": "c1", "points": -5_000, "reason": "a mistake"}
            adjustment = await made(slug, "adjustments", adjusted)
            key = await made(slug, "keys", {"name": "a till", "role": "store", "store": "s1"})
            ids[slug] = {
                "member": member["id"],
                "cashier": cashier["id"],
                "receipt": recorded["id"],
                "award": recorded["awards"][0]["id"],
                "adjustment": adjustment["id"],
                "webhook": webhook["id"],
                "key": key["id"],
                "rule": "1",
                "reward": "1",
                "operation": f"op_{'0' * 26}",
                "erasure": f"ers_{'0' * 26}",
                "action": f"act_{'0' * 26}",
                "agreement": "0x" + "11" * 32,
                "account": "0x" + "22" * 20,
                "address": "0x" + "33" * 20,
                "issuer": "0x" + "44" * 20,
                "role": "operator",
                "of": "token",
            }
        yield Place(http, database, ids, await document_of(http))


async def test_every_operation_states_its_scope_and_has_its_row(place: Place) -> None:
    public = {(method, path) for method, path in place.operations() if path in PUBLIC}
    own = {(method, path) for method, path in place.operations() if path.startswith(MEMBERS_OWN)}
    assert place.operations() - public - own == (set(EXPECTED) | set(ASKS_THE_CHAIN)) - {("get", "/metrics")}
    for method, path in place.operations():
        stated = place.document["paths"][path][method].get("security")
        if path in PUBLIC:
            assert stated is None
        elif path.startswith(MEMBERS_OWN):
            assert stated == [{"memberToken": []}]
            assert {"401", "429"} <= place.document["paths"][path][method]["responses"].keys()
        else:
            [[(scheme, scopes)]] = [list(each.items()) for each in stated]
            assert scheme in place.document["components"]["securitySchemes"]
            assert len(scopes) == 1 and Scope(scopes[0])
            responses = place.document["paths"][path][method]["responses"]
            assert {"401", "403", "429"} <= responses.keys() and "`forbidden`" in responses["403"]["description"]


@pytest.mark.parametrize("role", KeyRole)
async def test_every_cell(place: Place, role: KeyRole) -> None:
    """Each operation: with a key of the role for the program, for another, with none, an expired and a revoked one."""
    own, foreign = await place.key(role), await place.key(role, "other")
    revoked = await place.shown(role)
    async with place.database.session() as session:
        await keys.revoke(session, revoked.key.program, revoked.key.id, now=chain_rows.NOW)
    expired = await place.key(role, expires_at=chain_rows.NOW)
    for operation, allowed in (EXPECTED | ASKS_THE_CHAIN).items():
        method, path = operation
        for closed in (None, expired, revoked.text):
            answer = await place.call(operation, closed)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), (operation, closed)
            assert answer.headers["www-authenticate"].startswith("Bearer ")
        answer = await place.call(operation, own)
        code = answer.json().get("code") if answer.headers["content-type"].endswith("problem+json") else None
        if role not in allowed:
            assert (answer.status_code, code) == (403, "forbidden"), operation
        elif operation in ASKS_THE_CHAIN:
            assert code not in ("unauthorized", "forbidden", "unknown_program", "internal_error"), operation
        elif path == f"{OWN}/reconciliation":
            assert code == "not_reconciled"
        elif path == f"{OWN}/awards/{{award}}/retry":
            assert code == "award_not_dead"
        elif path.endswith(("/approve", "/reject")):
            assert code in (None, "adjustment_not_pending")
        elif path == f"{OWN}/members/{{member}}/proof":
            assert code == "chain_unavailable"  # past the gate: no node stands behind this gateway
        elif method == "delete":
            assert answer.status_code == 200
            await renew(place, path)
        else:
            assert answer.is_success, (operation, answer.text)
        if "{program}" not in path:
            continue
        theirs = await place.call(operation, foreign)
        if role is KeyRole.PLATFORM:
            assert theirs.status_code not in (401, 403), operation
            if method == "delete" and operation in EXPECTED:
                await renew(place, path)
            continue
        nowhere = await place.call(operation, foreign, program="nowhere", of="demo")
        assert (theirs.status_code, theirs.json()["code"]) == (404, "unknown_program"), operation
        assert theirs.json() == {**nowhere.json(), "detail": nowhere.json()["detail"].replace("nowhere", "demo")}


async def renew(place: Place, path: str) -> None:
    """What was deleted is there again, for the operations that follow."""
    if path.endswith("{webhook}"):
        admin = bearing(await place.key(KeyRole.ADMIN))
        body = {"url": "https://example.com/", "events": ["award.minted"]}
        made = await place.http.post("/v1/programs/demo/webhooks", json=body, headers=admin)
        place.ids["demo"]["webhook"] = made.json()["id"]
    else:
        place.ids["demo"]["key"] = (await place.shown(KeyRole.STORE)).key.id


@pytest.mark.parametrize("name", ["member", "receipt", "award", "adjustment", "webhook", "key"])
async def test_ids_of_another_tenant_are_those_of_nothing(place: Place, name: str) -> None:
    admin = await place.key(KeyRole.ADMIN)
    operations = [each for each in EXPECTED if f"{{{name}}}" in each[1]]
    assert operations
    for operation in operations:
        theirs = await place.call(operation, admin, of="other")
        nothing = f"{name[:3]}_{'0' * 26}"
        place.ids["nothing"] = place.ids["demo"] | {name: nothing}
        missing = await place.call(operation, admin, of="nothing")
        assert theirs.status_code == missing.status_code == 404, operation
        said = theirs.json()
        assert said | {"detail": said["detail"].replace(place.ids["other"][name], nothing)} == missing.json()


async def test_members_of_another_tenant_earn_nothing_here(place: Place) -> None:
    admin = bearing(await place.key(KeyRole.ADMIN))
    body = receipt(9, customer_id=..., member=place.ids["other"]["member"])
    answer = await place.http.post("/v1/programs/demo/receipts", json=body, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_member")


async def test_programs_of_others_are_not_listed(place: Place) -> None:
    async def slugs(key: str) -> list[str]:
        answer = await place.http.get("/v1/programs", headers=bearing(key))
        return [each["slug"] for each in answer.json()["programs"]]

    assert await slugs(await place.key(KeyRole.READ)) == ["demo"]
    assert await slugs(await place.key(KeyRole.PLATFORM)) == ["demo", "other"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic dXNlcjpwYXNz",
        "Bearer tp_test_" + "0" * 65,
        "Bearer " + "x" * 5_000,
        "tp_test_" + "0" * 65,
    ],
)
async def test_what_is_no_key(place: Place, header: str) -> None:
    answer = await place.http.get("/v1/programs/demo", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


async def test_a_live_key_opens_nothing_on_a_development_chain(place: Place) -> None:
    live = await make_key(place.database, "demo", KeyRole.ADMIN, mode=Mode.LIVE)
    assert live.text.startswith("tp_live_")
    assert (await place.call(("get", OWN), live.text)).status_code == 401


async def test_one_wrong_digit_opens_nothing(place: Place) -> None:
    key = await place.key(KeyRole.ADMIN)
    other = key[:-10] + ("0" if key[-10] != "0" else "1") + key[-9:]
    assert (await place.call(("get", OWN), other)).status_code == 401
    # Also where the checksum is right, and only the secret is not.
    parsed = parse(key)
    assert parsed is not None
    forged = new_secret(parsed.key_id, Mode.TEST).text
    assert (await place.call(("get", OWN), forged)).status_code == 401


async def test_a_key_ends_when_it_said(place: Place) -> None:
    later = chain_rows.NOW + timedelta(microseconds=1)
    assert (await place.call(("get", OWN), await place.key(KeyRole.READ, expires_at=later))).status_code == 200
