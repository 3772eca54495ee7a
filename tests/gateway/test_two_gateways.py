"""Two gateways over one database, asked the same at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import Table, func, select, text

from tests.gateway.conftest import receipt
from tests.support import chain_rows, deployments
from tests.support.asgi import client_of
from tests.support.keys import bearing, make_key
from tokenpoints.config import Settings
from tokenpoints.domain.programs import Program
from tokenpoints.gateway.app import create_app
from tokenpoints.gateway.cursors import cursor_of
from tokenpoints.storage import awards as award_queries
from tokenpoints.storage import tables
from tokenpoints.storage.database import Database
from tokenpoints.storage.limits import ConnectionLimits

pytestmark = pytest.mark.asyncio


@dataclass
class Pair:
    """Two gateways, each with connections of its own."""

    gateways: list[httpx.AsyncClient]
    databases: list[Database]
    program: Program

    async def post(self, number: int, path: str, body: object) -> httpx.Response:
        return await self.gateways[number % 2].post(f"/v1/programs/demo/{path}", json=body)

    async def count(self, table: Table) -> int:
        async with self.databases[0].snapshot() as session:
            return int(await session.scalar(select(func.count()).select_from(table)) or 0)


@asynccontextmanager
async def a_gateway(
    url: str, folder: Path, program: Program, limits: ConnectionLimits, headers: dict[str, str]
) -> AsyncIterator[tuple[httpx.AsyncClient, Database]]:
    database = Database.open(url, limits=limits)
    app = create_app(
        database=database,
        deployment=deployments.deployment(program),
        settings=Settings(data_dir=folder),
        clock=lambda: chain_rows.NOW,
    )
    async with client_of(app, headers=headers) as http:
        yield http, database
    await database.close()


@pytest_asyncio.fixture
async def pair(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Pair]:
    program, limits = deployments.program(), ConnectionLimits(lock_timeout_seconds=5)
    await chain_rows.create_tables(database)
    headers = bearing(await make_key(database))
    async with (
        a_gateway(database_url, tmp_path, program, limits, headers) as (one, first),
        a_gateway(database_url, tmp_path, program, limits, headers) as (two, second),
    ):
        await chain_rows.add_block(first, 1)
        await chain_rows.add_rule(first, program)
        made = Pair([one, two], [first, second], program)
        assert (await made.post(0, "members", {"customer_id": "c1"})).status_code == 201
        yield made


def without_replayed(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "replayed"}


async def test_a_hundred_posts_of_one_receipt_yield_one_award(pair: Pair) -> None:
    responses = await asyncio.gather(*(pair.post(number, "receipts", receipt()) for number in range(100)))
    assert {response.status_code for response in responses} == {202}
    answers = [response.json() for response in responses]
    assert all(without_replayed(answer) == without_replayed(answers[0]) for answer in answers)
    assert sum(not answer["replayed"] for answer in answers) == 1
    assert await pair.count(tables.receipts) == await pair.count(tables.awards) == 1


async def test_one_of_two_different_receipts_with_one_reference_is_a_conflict(pair: Pair) -> None:
    for number in range(10):
        both = await asyncio.gather(
            *(pair.post(which, "receipts", receipt(number, amount=1000 + which)) for which in range(2))
        )
        assert sorted(response.status_code for response in both) == [202, 409]
    assert await pair.count(tables.receipts) == 10


async def test_bulks_of_the_same_receipts_in_opposite_orders_record_each_once(pair: Pair) -> None:
    """On PostgreSQL each waits for a row of the other: a deadlock, whose victim acts again."""
    bodies = [receipt(number) for number in range(60)]
    responses = await asyncio.gather(
        *(pair.post(number, "receipts/bulk", {"receipts": bodies[:: 1 - number % 2 * 2]}) for number in range(4))
    )
    assert {response.status_code for response in responses} == {202}
    answers = [response.json() for response in responses]
    assert sum(answer["recorded"] for answer in answers) == 60
    ids = [{each["reference"]: each["id"] for each in answer["receipts"]} for answer in answers]
    assert all(each == ids[0] for each in ids)
    assert await pair.count(tables.receipts) == await pair.count(tables.awards) == 60


async def test_a_customer_who_is_enrolled_everywhere_at_once_is_one_member(pair: Pair) -> None:
    names = [f"c{number}" for number in range(30)]
    responses = await asyncio.gather(
        *(pair.post(number, "members/bulk", {"customer_ids": names[:: 1 - number % 2 * 2]}) for number in range(6)),
        *(pair.post(number, "members", {"customer_id": "c7"}) for number in range(6)),
    )
    assert {response.status_code for response in responses} <= {200, 201}
    ids = {each["customer_id"]: each["id"] for each in responses[0].json()["members"]}
    for response in responses[1:6]:
        assert {each["customer_id"]: each["id"] for each in response.json()["members"]} == ids
    assert {response.json()["id"] for response in responses[6:]} == {ids["c7"]}
    assert await pair.count(tables.members) == 30  # c1 among them


async def test_who_pages_through_members_while_others_join_misses_nobody(pair: Pair) -> None:
    joining = asyncio.gather(*(pair.post(number, "members", {"customer_id": f"n{number}"}) for number in range(60)))
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        is_over = joining.done()
        query: dict[str, str] = {"limit": "100", **cursor}
        page = (await pair.gateways[1].get("/v1/programs/demo/members", params=query)).json()
        seen += [member["customer_id"] for member in page["members"]]
        if page["members"]:
            cursor = {"cursor": await self_made_cursor(pair, seen[-1])}
        if is_over:
            break
    await joining
    assert sorted(seen) == sorted(["c1", *(f"n{number}" for number in range(60))])


async def self_made_cursor(pair: Pair, customer_id: str) -> str:
    """The cursor after a member, also where no next page is there yet."""
    async with pair.databases[0].snapshot() as session:
        seq = await session.scalar(select(tables.members.c.seq).where(tables.members.c.customer_id == customer_id))
    return cursor_of("members", int(seq or 0))


async def test_no_award_is_sealed_twice_by_two_who_seal_at_once(pair: Pair) -> None:
    await pair.post(0, "receipts/bulk", {"receipts": [receipt(number) for number in range(40)]})

    async def seal(number: int) -> None:
        await chain_rows.seal_next_batch(pair.databases[number % 2], pair.program, number=number, limit=7)

    await asyncio.gather(*(seal(number) for number in range(1, 7)))
    async with pair.databases[0].snapshot() as session:
        counted = (
            await session.execute(
                select(tables.batches.c.entry_count, func.count(tables.awards.c.seq))
                .join(tables.awards, tables.awards.c.batch_seq == tables.batches.c.seq, isouter=True)
                .group_by(tables.batches.c.seq)
            )
        ).all()
    assert all(said == found for said, found in counted)
    assert sum(found for _, found in counted) <= 40
    async with pair.databases[0].session() as session:
        left = await award_queries.next_unsealed(session, "demo", [1], 100)
    assert sum(found for _, found in counted) + len(left) == 40


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k1"}])
async def test_a_table_that_somebody_locks_is_answered_as_busy(
    pair: Pair, database_kind: str, tmp_path: Path, headers: dict[str, str]
) -> None:
    if database_kind == "sqlite":
        return  # whose lock lasts no longer than one session of ours
    url = pair.databases[0]._engine.url.render_as_string(hide_password=False)
    impatient = ConnectionLimits(lock_timeout_seconds=0.2)
    async with (
        a_gateway(url, tmp_path, pair.program, impatient, dict(pair.gateways[0].headers)) as (http, _),
        pair.databases[0].session() as session,
    ):
        await session.execute(text("LOCK TABLE receipts"))
        busy = await http.post("/v1/programs/demo/receipts", json=receipt(), headers=headers)
        assert (busy.status_code, busy.json()["code"]) == (503, "database_unavailable")
        assert busy.headers["Retry-After"] == "1"
        assert (await http.get("/health/live")).status_code == 200
    assert (await pair.post(0, "receipts", receipt())).status_code == 202
