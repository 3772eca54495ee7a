"""Two customers who are one person: on a real node, by the custodian."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.conftest import World
from tests.integration.operating import TOKEN, Brand
from tests.support.wallets import address_of, wallet
from tokenpoints.chain.interfaces import interface
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.types import address_from_hex
from tokenpoints.storage import members

pytestmark = pytest.mark.asyncio

ACCOUNT, ACCOUNTS = interface("MemberAccount"), interface("MemberAccounts")


@pytest_asyncio.fixture
async def brand(world: World) -> Brand:
    """Whose custodian has said that it can act; anna and her double each have points."""
    made = Brand(world, role="custodian")
    await made.operator.step()
    await world.enrol("anna", "anna-old")
    await world.buy("anna", 50_000, "r-1")
    await world.buy("anna-old", 30_000, "r-2")
    await world.settle()
    return made


async def ids(brand: Brand) -> dict[str, dict[str, Any]]:
    listed = await brand.ask("GET", "members", expect=200)
    return {each["customer_id"]: each for each in listed["members"]}


async def merge(brand: Brand, member: str, into: str, *, expect: int = 202, **query: Any) -> Any:
    return await brand.ask("POST", f"members/{member}/merge", {"into": into}, expect=expect, **query)


async def points_of(brand: Brand, account: str) -> int:
    return int(await brand.read(TOKEN, "balanceOf", address_from_hex(account)))


async def test_points_receipts_and_lookups_go_to_whom_they_became(brand: Brand) -> None:
    known = await ids(brand)
    anna, old = known["anna"], known["anna-old"]
    dry = await merge(brand, old["id"], anna["id"], expect=200, dry_run="true")
    assert (dry["dry_run"], dry["points"], dry["operation"]["id"]) == (True, "300", None)
    assert dry["operation"]["plan"]["refusal"] is None and set(await ids(brand)) == {"anna", "anna-old"}
    merged = await merge(brand, old["id"], anna["id"])
    assert (merged["member"]["id"], merged["points"]) == (anna["id"], "300")
    await brand.done(merged["operation"])
    assert await points_of(brand, anna["account"]) == 800 and await points_of(brand, old["account"]) == 0
    assert set(await ids(brand)) == {"anna"}
    for found in (
        await brand.ask("GET", f"members/{old['id']}", expect=200),
        (await brand.ask("GET", "members", expect=200, customer_id="anna-old"))["members"][0],
        (await brand.world.http.post("/v1/programs/demo/members", json={"customer_id": "anna-old"})).json(),
    ):
        assert found["id"] == anna["id"]
    (detail,) = (await brand.ask("GET", f"members/{anna['id']}", expect=200))["merged"]
    assert (detail["id"], detail["customer_id"]) == (old["id"], "anna-old")
    later = await brand.world.buy("anna-old", 1_000, "r-3")
    assert (later["member"], later["account"]) == (anna["id"], anna["account"])
    again = await brand.world.buy("anna-old", 30_000, "r-2")
    assert again["replayed"] is True
    conflict = await brand.world.http.post(
        "/v1/programs/demo/receipts",
        json={
            "reference": "r-2",
            "customer_id": "anna",
            "kind": "purchase",
            "amount": 1,
            "occurred_at": "2017-03-04T05:06:07Z",
        },
    )
    assert conflict.json()["code"] == "reference_conflict"


async def test_history_shows_both_and_every_line_once(brand: Brand) -> None:
    known = await ids(brand)
    merged = await merge(brand, known["anna-old"]["id"], known["anna"]["id"])
    await brand.done(merged["operation"])
    await brand.world.index()
    path = f"members/{known['anna']['id']}/entries"
    whole = (await brand.ask("GET", path, expect=200))["entries"]
    kinds = sorted(
        (each["type"], each["account"] == known["anna"]["account"]) for each in whole if each["amount"] != "0"
    )
    assert kinds == [("award", False), ("award", True), ("transfer_in", True), ("transfer_out", False)]
    assert sum(int(each["amount"]) for each in whole) == 800
    paged, cursor = [], None
    while True:
        page = await brand.ask("GET", path, expect=200, limit=1, **({} if cursor is None else {"cursor": cursor}))
        paged += page["entries"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert paged == whole
    awards = (await brand.ask("GET", "awards", expect=200, member=known["anna"]["id"]))["awards"]
    assert {each["reference"] for each in awards} == {"r-1", "r-2"}


async def test_asked_again_a_merge_moves_what_came_later_and_nothing_twice(brand: Brand) -> None:
    known = await ids(brand)
    anna, old = known["anna"], known["anna-old"]
    key = {"Idempotency-Key": "merge-1"}
    path, body = f"/v1/programs/demo/members/{old['id']}/merge", {"into": anna["id"]}
    first = await brand.world.http.post(path, json=body, headers=key)
    assert (await brand.world.http.post(path, json=body, headers=key)).content == first.content
    await brand.done(first.json()["operation"])
    nothing = await merge(brand, old["id"], anna["id"], expect=200)
    assert (nothing["points"], nothing["operation"]) == ("0", None)
    world, account = brand.world, address_from_hex(old["account"])
    async with world.database.snapshot() as session:
        custody = await members.as_enrolled(session, "demo", anna["id"])
    assert custody is not None
    # Somebody sends points back to the account that is left.
    inner = TOKEN.calldata("transfer", account, 25)
    await world.send(
        "custodian", world.program.contracts.accounts.address, ACCOUNTS.calldata("create", custody.commitment)
    )
    await world.send(
        "custodian",
        address_from_hex(anna["account"]),
        ACCOUNT.calldata("execute", world.program.contracts.token.address, 0, inner),
    )
    assert await points_of(brand, old["account"]) == 25
    swept = await merge(brand, old["id"], anna["id"])
    await brand.done(swept["operation"])
    assert (swept["points"], await points_of(brand, old["account"])) == ("25", 0)


async def test_who_cannot_be_merged(brand: Brand) -> None:
    known = await ids(brand)
    anna, old = known["anna"], known["anna-old"]
    assert (await merge(brand, old["id"], old["id"], expect=422))["code"] == "invalid_input"
    assert (await merge(brand, old["id"], "mem_0", expect=404))["code"] == "unknown_member"
    await brand.world.buy("anna-old", 500, "r-9")
    assert (await merge(brand, old["id"], anna["id"], expect=409))["code"] == "awards_under_way"
    await brand.world.settle()
    await brand.world.enrol("ben")
    ben = (await ids(brand))["ben"]
    # The program's policy lets points go to holders only, and ben never had any.
    refused = await merge(brand, old["id"], ben["id"], expect=409)
    assert refused["code"] == "operation_refused" and "TransferNotAllowed" in refused["detail"]
    assert set(await ids(brand)) == {"anna", "anna-old", "ben"}
    await merge(brand, ben["id"], old["id"], expect=200)
    assert (await merge(brand, ben["id"], anna["id"], expect=409))["code"] == "already_merged"


async def test_nobody_moves_the_points_of_a_claimed_account(brand: Brand) -> None:
    world, known = brand.world, await ids(brand)
    key = wallet(7)
    async with world.database.snapshot() as session:
        old = await members.as_enrolled(session, "demo", known["anna-old"]["id"])
    assert old is not None
    deadline = int(world.clock().timestamp()) + 86_400
    consent = key.sign_typed_data(
        domain_data={
            "name": "MemberAccount",
            "version": "1",
            "chainId": 31337,
            "verifyingContract": known["anna-old"]["account"],
        },
        message_types={
            "Membership": [
                {"name": "member", "type": "address"},
                {"name": "handovers", "type": "uint256"},
                {"name": "deadline", "type": "uint256"},
            ]
        },
        message_data={"member": key.address, "handovers": 0, "deadline": deadline},
    )
    claim = ACCOUNTS.calldata("claim", old.commitment, address_of(key), deadline, bytes(consent.signature))
    mined = await world.send("custodian", world.program.contracts.accounts.address, claim)
    assert int(mined["status"], 16) == 1
    refused = await merge(brand, old.id, known["anna"]["id"], expect=409)
    assert refused["code"] == "account_is_claimed"
    into_claimed = await merge(brand, known["anna"]["id"], old.id)
    await brand.done(into_claimed["operation"])
    assert await points_of(brand, known["anna-old"]["account"]) == 800


async def test_what_counted_once_has_counted_for_whom_they_became(brand: Brand) -> None:
    known = await ids(brand)
    signed_up = {
        "reference": "sign-up-1",
        "customer_id": "anna-old",
        "kind": "sign_up",
        "occurred_at": rfc3339(brand.world.clock() - timedelta(hours=1)),
    }
    await brand.ask("POST", "receipts", signed_up)
    await merge(brand, known["anna-old"]["id"], known["anna"]["id"])
    for name in ("anna", "anna-old"):
        again = signed_up | {"reference": "sign-up-2", "customer_id": name}
        assert (await brand.ask("POST", "receipts", again, expect=409))["code"] == "already_counted"
