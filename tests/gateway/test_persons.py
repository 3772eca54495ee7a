"""Persons as the gateway alone knows them: found, listed, exported."""

from __future__ import annotations

import csv
import io
from typing import Any

import orjson
import pytest

from tests.gateway.conftest import Gateway, receipt
from tests.support import chain_rows
from tests.support.keys import bearing, make_key
from tokenpoints.domain.keys import KeyRole
from tokenpoints.gateway.cursors import cursor_of
from tokenpoints.storage import members as stored
from tokenpoints.storage import merges

pytestmark = pytest.mark.asyncio


async def enrolled(gateway: Gateway, customer_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await gateway.post("members", {"customer_id": customer_id})).json()
    return found


async def merged(gateway: Gateway, customer_id: str, into: str) -> None:
    async with gateway.database.session() as session:
        known = await stored.by_customer_ids(session, "demo", [customer_id, into])
        await merges.add(session, known[customer_id].seq, known[into].seq, now=chain_rows.NOW)


async def test_a_customer_is_found_however_the_letters_are_written(gateway: Gateway) -> None:
    made = await enrolled(gateway, "\u1100\u1161-1")  # NFD, as macOS writes it
    for spelling in ("\uac00-1", "\u1100\u1161-1"):
        found = (await gateway.get("members", customer_id=spelling)).json()["members"]
        assert [each["id"] for each in found] == [made["id"]] and found[0]["customer_id"] == "\uac00-1"
    assert (await gateway.get("members", customer_id="nobody")).json() == {"members": [], "next_cursor": None}
    for impossible in ("a\u0000b", " outer ", ""):
        assert (await gateway.get("members", customer_id=impossible)).json()["code"] == "invalid_input"


@pytest.mark.parametrize("body", [rb'{"customer_id": "\ud800"}', rb'{"customer_id": "a\u0000b"}'])
async def test_half_letters_and_nul_are_nobody(gateway: Gateway, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await gateway.http.post("/v1/programs/demo/members", content=body, headers=headers)
    assert answer.status_code in (400, 422) and answer.json()["code"] in ("malformed_json", "invalid_input")


async def test_chains_of_merges_lead_to_the_last(gateway: Gateway) -> None:
    ids = {name: (await enrolled(gateway, name))["id"] for name in ("a", "b", "c")}
    await merged(gateway, "a", "b")
    await merged(gateway, "b", "c")
    for name in ("a", "b", "c"):
        assert (await gateway.get(f"members/{ids[name]}")).json()["id"] == ids["c"]
        assert (await gateway.get("members", customer_id=name)).json()["members"][0]["id"] == ids["c"]
    listed = (await gateway.get("members")).json()["members"]
    assert {each["customer_id"] for each in listed} == {"c1", "c"}
    assert {each["customer_id"] for each in (await gateway.get(f"members/{ids['c']}")).json()["merged"]} == {"a", "b"}


async def test_receipts_are_listed_by_what_they_say(gateway: Gateway) -> None:
    other = await enrolled(gateway, "c2")
    for number, more in enumerate(
        ({"store": "s1"}, {"customer_id": "c2", "store": "s2"}, {"occurred_at": "2026-01-12T10:00:00Z"}), start=1
    ):
        assert (await gateway.post("receipts", receipt(number, **more))).status_code == 202

    async def references(**query: Any) -> list[str]:
        answer = await gateway.get("receipts", **query)
        return [each["reference"] for each in answer.json()["receipts"]]

    assert await references() == ["till-3", "till-2", "till-1"]
    assert await references(member=other["id"]) == ["till-2"]
    assert await references(store="s1") == ["till-1"]
    assert await references(reference="till-2") == ["till-2"]
    assert await references(kind="purchase", limit=1) == ["till-3"]
    assert await references(**{"from": "2026-01-11T00:00:00Z"}) == ["till-3"]
    assert await references(to="2026-01-11T00:00:00Z") == ["till-2", "till-1"]
    first = (await gateway.get("receipts", limit=2)).json()
    assert await references(limit=2, cursor=first["next_cursor"]) == ["till-1"]
    till = bearing(await make_key(gateway.database, "demo", KeyRole.STORE, store="s2"))
    for query, found in (({}, ["till-2"]), ({"store": "s1"}, [])):
        answer = await gateway.http.get("/v1/programs/demo/receipts", params=query, headers=till)
        assert [each["reference"] for each in answer.json()["receipts"]] == found


async def test_awards_are_listed_by_time(gateway: Gateway) -> None:
    await gateway.post("receipts", receipt())
    now = chain_rows.NOW.isoformat().replace("+00:00", "Z")
    assert len((await gateway.get("awards", **{"from": now})).json()["awards"]) == 1
    assert (await gateway.get("awards", to=now)).json()["awards"] == []


@pytest.mark.parametrize("path", ["members", "receipts", "awards", "operations", "webhooks", "keys", "audit-log"])
async def test_cursors_that_no_list_gave_out_are_refused(gateway: Gateway, path: str) -> None:
    of_another = cursor_of("another", 5)
    flipped = cursor_of("members", 5)[:-2] + "AA"
    for forged in ("x", "1", of_another, flipped, "é", "=" * 8, "A" * 100):
        answer = await gateway.get(path, cursor=forged)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor"), forged
    assert (await gateway.get(path, cursor="A" * 101)).json()["code"] == "invalid_input"


async def test_the_export_has_what_names_a_person(gateway: Gateway) -> None:
    member = (await gateway.get("members", customer_id="c1")).json()["members"][0]
    await enrolled(gateway, "c1-old")
    await gateway.post("receipts", receipt(1, customer_id="c1-old"))
    await gateway.post("receipts", receipt(2))
    await merged(gateway, "c1-old", "c1")
    key = {"name": "till", "role": "cashier", "store": "s1", "member": member["id"]}
    made = (await gateway.post("keys", key)).json()
    answer = await gateway.get(f"members/{member['id']}/export.json")
    found = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert {each["reference"] for each in found["receipts"]} == {"till-1", "till-2"}
    assert [each["customer_id"] for each in found["merged"]] == ["c1-old"] and len(set(found["salts"])) == 2
    assert found["keys"] == [made["id"]] and found["messages"] == []
    noted = {(each["action"], each["subjects"][-1]) for each in found["audit_entries"]}
    assert {("enrol_member", member["id"]), *(("record_receipt", each["id"]) for each in found["receipts"])} <= noted
    lines = list(csv.reader(io.StringIO((await gateway.get(f"members/{member['id']}/export.csv")).text)))
    assert {"member", "merged", "salt", "key", "audit", "receipt"} <= {line[0] for line in lines}
    reader = bearing(await make_key(gateway.database, "demo", KeyRole.READ))
    less = await gateway.http.get(f"/v1/programs/demo/members/{member['id']}/export.json", headers=reader)
    assert orjson.loads(less.content)["audit_entries"] is None and less.json()["messages"] is None


async def test_persons_of_another_program_are_nobody(gateway: Gateway) -> None:
    own = (await gateway.get("members", customer_id="c1")).json()["members"][0]["id"]
    answer = await gateway.http.post("/v1/programs/other/members", json={"customer_id": "c1"})
    theirs = answer.json()["id"]
    for path, body in (
        (f"members/{theirs}/merge", {"into": own}),
        (f"members/{own}/merge", {"into": theirs}),
        (f"members/{theirs}/erasure", None),
    ):
        refused = await gateway.http.post(f"/v1/programs/demo/{path}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown_member"), path
    assert (await gateway.get(f"members/{theirs}/export.json")).json()["code"] == "unknown_member"


async def test_what_becomes_of_points_is_said_once_and_for_one_program(gateway: Gateway) -> None:
    address = "0x" + "5A" * 20

    async def said(body: dict[str, Any], program: str = "demo", **query: Any) -> Any:
        return await gateway.http.put(f"/v1/programs/{program}/erasure-policy", json=body, params=query or None)

    async def policy(program: str = "demo") -> Any:
        return (await gateway.http.get(f"/v1/programs/{program}/erasure-policy")).json()

    await said({"points": "expire"}, dry_run="true")
    assert await policy() == {"points": None, "to": None, "reward": None}
    assert (await said({"points": "transfer", "to": address})).status_code == 200
    assert (await policy())["to"].lower() == address.lower() and (await policy("other"))["points"] is None
    await said({"points": "redeem", "reward": 3})
    assert await policy() == {"points": "redeem", "to": None, "reward": 3}
    for wrong in (
        {"points": "expire", "reward": 3},
        {"points": "redeem"},
        {"points": "transfer", "to": "0x0"},
        {"points": "burn"},
        {},
    ):
        assert (await said(wrong)).json()["code"] == "invalid_input"
    assert (await policy())["points"] == "redeem"
