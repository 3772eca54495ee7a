"""A person is erased: the database knows nothing of them, and the proofs of all others hold."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import LargeBinary, func, select

from tests.integration.conftest import BOTH_DATABASES, World
from tests.integration.operating import TOKEN, Brand, reward
from tokenpoints.domain.accounts import Member
from tokenpoints.domain.webhooks import EventType
from tokenpoints.operator.erasing import Erasing
from tokenpoints.storage import audit_log, members, webhook_endpoints, webhook_messages
from tokenpoints.storage.database import Database
from tokenpoints.storage.tables import idempotency_keys, metadata, operation_submissions

pytestmark = pytest.mark.asyncio

NAME = "anna.schmidt@example.com"
SHOP = "0x" + "5a" * 20


@pytest_asyncio.fixture
async def brand(world: World) -> Brand:
    """Whose custodian can act; anna and ben have points of one batch."""
    made = Brand(world, role="custodian")
    await made.operator.step()
    await world.enrol(NAME, "ben")
    await world.buy(NAME, 50_000, "anna's receipt")
    await world.buy("ben", 30_000, "ben's receipt")
    await world.settle()
    return made


async def member_of(brand: Brand, customer_id: str) -> Member:
    async with brand.world.database.snapshot() as session:
        return (await members.by_customer_ids(session, "demo", [customer_id]))[customer_id]


async def finalize(brand: Brand) -> None:
    """Let everything become final, and what waits for that happen."""
    world = brand.world
    await brand.work()
    await world.chain.rpc.call("anvil_mine", hex(100))
    await brand.work()
    await world.index()
    await Erasing(world.database, clock=world.clock, poll_seconds=1).step()


async def erase(brand: Brand, member: Member, *, expect: int = 202, **query: Any) -> Any:
    return await brand.ask("POST", f"members/{member.id}/erasure", expect=expect, **query)


async def policy(brand: Brand, **said: Any) -> None:
    await brand.ask("PUT", "erasure-policy", said, expect=200)


async def everything_in(database: Database) -> dict[str, bytes]:
    """All values of each table, as bytes; what is compressed is opened."""
    found = {}
    async with database.snapshot() as session:
        for name, table in metadata.tables.items():
            values = []
            for row in await session.execute(select(table)):
                for column, value in zip(table.c, row, strict=True):
                    if isinstance(column.type, LargeBinary) and value is not None:
                        values.append(bytes(value))
                        values.append(bytes(value).hex().encode())
                        if table is idempotency_keys and column.name == "body":
                            values.append(zlib.decompress(value))
                    else:
                        values.append(str(value).encode())
            found[name] = b"\n".join(values)
    return found


async def tables_with(database: Database, *needles: bytes) -> set[str]:
    tables = await everything_in(database)
    return {name for name, text in tables.items() if any(needle in text for needle in needles)}


def databases_below(folder: Path) -> list[bytes]:
    """The content of each SQLite file."""
    contents = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return [content for content in contents if content.startswith(b"SQLite format 3")]


def secrets_of(member: Member) -> list[bytes]:
    """What must not be left of them anywhere."""
    return [
        member.customer_id.encode(),
        member.salt,
        member.salt.hex().encode(),
        member.commitment,
        member.commitment.hex().encode(),
        b"anna's receipt",
    ]


async def proofs_hold(brand: Brand) -> bool:
    ben = await member_of(brand, "ben")
    answer = await brand.world.http.get(f"/v1/programs/demo/members/{ben.id}/proof", params={"latest": 1})
    return answer.status_code == 200 and len(answer.json()["awards"]) == 1


@BOTH_DATABASES
async def test_nothing_in_any_table_names_whoever_is_erased(brand: Brand) -> None:
    world, anna = brand.world, await member_of(brand, NAME)
    await policy(brand, points="transfer", to=SHOP)
    # What else may name a person: a webhook's message, an answer kept under a key, a cashier's key, a freeze.
    hook = {"url": "https://example.com/", "events": ["award.minted"]}
    webhook = await brand.ask("POST", "webhooks", hook, expect=201)
    async with world.database.session() as session:
        endpoint = await webhook_endpoints.with_id(session, "demo", webhook["id"])
        assert endpoint is not None
        row = {"id": "msg_1", "type": EventType.AWARD_MINTED, "body": f'{{"data":{{"member":"{anna.id}"}}}}'}
        await webhook_messages.add(session, endpoint.seq, [row], now=world.clock())
    headers = {"Idempotency-Key": "again"}
    await world.http.post("/v1/programs/demo/members", json={"customer_id": NAME}, headers=headers)
    key = {"name": "till", "role": "cashier", "store": "s1", "member": anna.id}
    await brand.ask("POST", "keys", key, expect=201)
    assert {"members", "receipts", "webhook_messages", "idempotency_keys", "api_keys"} <= await tables_with(
        world.database, anna.id.encode(), *secrets_of(anna)
    )

    dry = await erase(brand, anna, expect=200, dry_run="true")
    assert "TransferNotAllowed" in dry["operation"]["plan"]["refusal"]
    await policy(brand, points="transfer", to="0x" + (await member_of(brand, "ben")).account.hex())
    dry = await erase(brand, anna, expect=200, dry_run="true")
    assert (dry["dry_run"], dry["id"], dry["state"]) == (True, None, None)
    assert dry["accounts"] == [{"account": dry["accounts"][0]["account"], "points": "500", "points_become": "transfer"}]
    assert {each["what"] for each in dry["stays"]} >= {"account", "entries", "transactions", "audit_log", "backups"}

    asked = await erase(brand, anna)
    assert asked["state"] == "waiting"
    refused = await world.http.post(
        "/v1/programs/demo/receipts",
        json={
            "reference": "r-3",
            "customer_id": NAME,
            "kind": "purchase",
            "amount": 1,
            "occurred_at": "2017-03-04T05:06:07Z",
        },
    )
    assert refused.json()["code"] == "member_leaving"
    assert (await erase(brand, anna, expect=409))["code"] == "member_leaving"
    await finalize(brand)
    status = await brand.ask("GET", f"erasures/{asked['id']}", expect=200)
    assert status["state"] == "erased" and status["erased"]["receipts"] == 1 and status["erased"]["members"] == 1

    assert await tables_with(world.database, *secrets_of(anna)) == set()
    # Its id is left where hashes chain the entries, and leads to nothing.
    assert await tables_with(world.database, anna.id.encode()) <= {"audit_log"}
    assert await brand.read(TOKEN, "balanceOf", anna.account) == 0
    assert await proofs_hold(brand)
    async with world.database.snapshot() as session:
        assert await session.scalar(select(func.count()).select_from(operation_submissions)) == 0
        assert (await audit_log.page(session, "demo", before_number=None, limit=1))[0].outcome
    assert (await brand.ask("GET", f"members/{anna.id}", expect=404))["code"] == "unknown_member"


async def test_the_same_customer_afterwards_is_somebody_else(brand: Brand) -> None:
    world, anna = brand.world, await member_of(brand, NAME)
    await policy(brand, points="expire")
    waiting = await erase(brand, anna)
    assert (waiting["state"], waiting["operation"]) == ("waiting", None)  # the award can still be undone
    assert waiting["accounts"][0]["points_become"] == "expire"
    await finalize(brand)
    await world.enrol(NAME)
    again = await member_of(brand, NAME)
    assert again.id != anna.id and again.account != anna.account and again.salt != anna.salt
    # What was bought stays bought: a reference is good once, whoever it was.
    answer = await world.http.post(
        "/v1/programs/demo/receipts",
        json={
            "reference": "anna's receipt",
            "customer_id": NAME,
            "kind": "purchase",
            "amount": 50_000,
            "occurred_at": "2017-03-04T05:06:07Z",
        },
    )
    assert answer.json()["code"] == "reference_conflict"
    assert await brand.read(TOKEN, "balanceOf", anna.account) == 500
    assert (await brand.ask("GET", f"members/{again.id}/balance", expect=200))["active"] == "0"


async def test_points_are_burned_for_a_reward_of_any_price(brand: Brand) -> None:
    anna = await member_of(brand, NAME)
    owner = Brand(brand.world, role="owner")
    await owner.operator.step()
    await owner.done(
        await owner.ask(
            "POST", "rewards", reward(price_min="1", price_max="100000000", stock=None, terms_document="Goodbye.")
        )
    )
    await policy(brand, points="redeem", reward=1)
    supply = await brand.world.supply_on_chain()
    asked = await erase(brand, anna)
    assert asked["accounts"][0]["points_become"] == "redeem"
    await finalize(brand)
    assert (await brand.ask("GET", f"erasures/{asked['id']}", expect=200))["state"] == "erased"
    assert await brand.world.supply_on_chain() == supply - 500
    assert await tables_with(brand.world.database, *secrets_of(anna)) == set()


async def test_who_has_nothing_to_settle_is_gone_at_once(brand: Brand) -> None:
    await brand.world.enrol("clara")
    clara = await member_of(brand, "clara")
    answer = await brand.world.http.post(
        f"/v1/programs/demo/members/{clara.id}/erasure", headers={"Idempotency-Key": "bye"}
    )
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert answer.json()["state"] == "erased"
    again = await brand.world.http.post(
        f"/v1/programs/demo/members/{clara.id}/erasure", headers={"Idempotency-Key": "bye"}
    )
    assert again.json()["code"] == "idempotency_answer_not_kept"
    assert await tables_with(brand.world.database, clara.salt, clara.commitment, b"clara") == set()


async def test_a_merged_person_goes_with_all_that_they_were(brand: Brand) -> None:
    world = brand.world
    await world.enrol("anna-2")
    await world.buy("anna-2", 10_000, "anna's other receipt")
    await world.settle()
    anna, other = await member_of(brand, NAME), await member_of(brand, "anna-2")
    merged = await brand.ask("POST", f"members/{other.id}/merge", {"into": anna.id})
    await brand.done(merged["operation"])
    await policy(brand, points="expire")
    await erase(brand, anna)
    await finalize(brand)
    assert await tables_with(world.database, *secrets_of(anna), *secrets_of(other), b"anna's other") == set()
    assert await proofs_hold(brand)


async def test_an_erasure_that_the_contracts_refuse_leaves_the_member(brand: Brand) -> None:
    world, anna = brand.world, await member_of(brand, NAME)
    ben = await member_of(brand, "ben")
    await policy(brand, points="transfer", to="0x" + ben.account.hex())
    asked = await erase(brand, anna)
    until = int(world.clock().timestamp()) + 3_600
    await world.send("owner", world.program.contracts.token.address, TOKEN.calldata("pause", until))
    await finalize(brand)
    assert (await brand.ask("GET", f"erasures/{asked['id']}", expect=200))["state"] == "failed"
    assert (await member_of(brand, NAME)).id == anna.id
    await world.send("owner", world.program.contracts.token.address, TOKEN.calldata("unpause"))
    again = await erase(brand, anna)
    await finalize(brand)
    assert (await brand.ask("GET", f"erasures/{again['id']}", expect=200))["state"] == "erased"
    assert await tables_with(world.database, *secrets_of(anna)) == set()


async def test_what_stands_in_the_way_is_said(brand: Brand) -> None:
    anna = await member_of(brand, NAME)
    assert (await erase(brand, anna, expect=409))["code"] == "erasure_undecided"
    await brand.world.buy(NAME, 500, "one more")
    assert (await erase(brand, anna, expect=409))["code"] == "awards_under_way"
    wrong = {"points": "transfer"}
    assert (await brand.ask("PUT", "erasure-policy", wrong, expect=422))["code"] == "invalid_input"
    assert (await brand.ask("GET", "erasure-policy", expect=200))["points"] is None
    assert (await brand.ask("GET", "erasures/ers_0", expect=404))["code"] == "unknown_erasure"


async def test_what_is_deleted_is_not_left_in_the_file(brand: Brand, tmp_path: Path) -> None:
    await brand.world.enrol("a-name-to-forget")
    member = await member_of(brand, "a-name-to-forget")
    await erase(brand, member, expect=200)
    await brand.world.database.close()
    files = databases_below(tmp_path)
    assert files and not any(b"a-name-to-forget" in content for content in files)
