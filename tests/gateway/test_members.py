"""Customers become members, once."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from tests.gateway.conftest import Gateway
from tokenpoints.domain.accounts import account_of, commitment_for
from tokenpoints.domain.types import Hash32, address_from_hex
from tokenpoints.storage import tables

pytestmark = pytest.mark.asyncio


async def test_new_customer_gets_an_account(gateway: Gateway) -> None:
    response = await gateway.post("members", {"customer_id": "가나다 7"})
    assert response.status_code == 201
    member = response.json()
    assert member["id"].startswith("mem_") and member["customer_id"] == "가나다 7" and member["created"] is True
    async with gateway.database.snapshot() as session:
        query = select(tables.members).where(tables.members.c.id == member["id"])
        row = (await session.execute(query)).one()
    assert row.commitment == commitment_for("가나다 7", row.salt)
    program = gateway.program
    expected = account_of(program.contracts.accounts.address, program.account_implementation, Hash32(row.commitment))
    assert address_from_hex(member["account"]) == row.account == expected


async def test_known_customer_stays_who_they_are(gateway: Gateway) -> None:
    known = (await gateway.get("members", customer_id="c1")).json()["members"][0]
    response = await gateway.post("members", {"customer_id": "c1"})
    assert response.status_code == 200
    assert response.json() == known | {"created": False}
    assert (await gateway.get(f"members/{known['id']}")).json() == known | {"merged": []}


async def test_bulk_answers_in_the_order_given(gateway: Gateway) -> None:
    response = await gateway.post("members/bulk", {"customer_ids": ["c3", "c1", "c2", "c3"]})
    assert response.status_code == 200
    members = response.json()["members"]
    assert [member["customer_id"] for member in members] == ["c3", "c1", "c2", "c3"]
    assert [member["created"] for member in members] == [True, False, True, False]
    assert members[0]["id"] == members[3]["id"]
    assert response.json()["created"] == 2


async def test_same_customer_of_two_programs_has_unlinked_accounts(gateway: Gateway) -> None:
    here = (await gateway.post("members", {"customer_id": "c1"})).json()
    there = (await gateway.http.post("/v1/programs/other/members", json={"customer_id": "c1"})).json()
    assert here["account"] != there["account"] and here["id"] != there["id"]
    assert (await gateway.http.get(f"/v1/programs/other/members/{here['id']}")).status_code == 404


async def test_parallel_enrolments_make_one_member(gateway: Gateway) -> None:
    responses = await asyncio.gather(*(gateway.post("members", {"customer_id": "c9"}) for _ in range(40)))
    assert len({response.json()["id"] for response in responses}) == 1
    assert sorted(response.status_code for response in responses) == [200] * 39 + [201]


async def test_members_come_in_pages(gateway: Gateway) -> None:
    await gateway.post("members/bulk", {"customer_ids": [f"p{number}" for number in range(7)]})
    seen: list[str] = []
    cursor = None
    for _ in range(3):
        page = (await gateway.get("members", limit=3, **({"cursor": cursor} if cursor else {}))).json()
        seen += [member["customer_id"] for member in page["members"]]
        cursor = page["next_cursor"]
    assert cursor is None and seen == ["c1", *[f"p{number}" for number in range(7)]]
