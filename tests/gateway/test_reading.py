"""Less of an answer, the same answer again, and cursors that no list gave out."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest

from tests.gateway.conftest import Gateway, receipt
from tests.gateway.test_bad_input import is_problem

pytestmark = pytest.mark.asyncio


async def test_fields_of_a_thing_and_of_each_in_a_list(gateway: Gateway) -> None:
    await gateway.post("members", {"customer_id": "c2"})
    page = (await gateway.get("members", fields="customer_id,id", limit=1)).json()
    assert [set(member) for member in page["members"]] == [{"id", "customer_id"}] and page["next_cursor"]
    whole = (await gateway.get(f"members/{page['members'][0]['id']}")).json()
    thin = (await gateway.get(f"members/{whole['id']}", fields="account")).json()
    assert thin == {"account": whole["account"]}
    assert (await gateway.get("awards", fields="id")).json() == {"awards": [], "next_cursor": None}


@pytest.mark.parametrize("fields", ["", "nothing", "id,", "id nothing", "next_cursor", "id," * 400])
async def test_fields_that_are_not_there(gateway: Gateway, fields: str) -> None:
    answer = await gateway.get("members", fields=fields)
    is_problem(answer, "invalid_input")
    assert answer.json()["errors"][0]["pointer"] == "fields"


async def test_an_answer_that_the_caller_has_is_not_sent_again(gateway: Gateway) -> None:
    first = await gateway.get("members")
    tag = first.headers["etag"]
    assert tag.startswith('W/"') and first.headers["cache-control"] == "private, no-cache"
    for known in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        again = await gateway.http.get("/v1/programs/demo/members", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert "content-type" not in again.headers
    thin = await gateway.http.get("/v1/programs/demo/members?fields=id", headers={"If-None-Match": tag})
    assert thin.status_code == 200 and thin.headers["etag"] != tag
    await gateway.post("members", {"customer_id": "c2"})
    changed = await gateway.http.get("/v1/programs/demo/members", headers={"If-None-Match": tag})
    assert changed.status_code == 200 and len(changed.json()["members"]) == 2


async def test_a_refusal_has_no_tag(gateway: Gateway) -> None:
    refused = await gateway.http.get("/v1/programs/demo/members/mem_0", headers={"If-None-Match": "*"})
    is_problem(refused, "unknown_member")
    assert "etag" not in refused.headers


async def test_cursors_that_were_changed_or_made_up(gateway: Gateway) -> None:
    await gateway.post("receipts/bulk", {"receipts": [receipt(1), receipt(2), receipt(3)]})
    cursor = (await gateway.get("awards", limit=1)).json()["next_cursor"]
    assert (await gateway.get("awards", cursor=cursor)).status_code == 200
    raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    changed = [raw[:-1] + b"9", raw[:3] + b"\x00" + raw[4:], raw + b"0", raw[8:], raw[:-1], b"\x00" * 8 + raw[8:]]
    for each in changed:
        is_problem(await gateway.get("awards", cursor=urlsafe_b64encode(each).decode().rstrip("=")), "invalid_cursor")
    for text in (cursor + "=", cursor + "A", cursor[:-1], cursor + "!"):
        is_problem(await gateway.get("awards", cursor=text), "invalid_cursor")
    is_problem(await gateway.get("members", cursor=cursor), "invalid_cursor")
