"""What members see of themselves, and take along."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pypdf import PdfReader
from sqlalchemy import select, update

from tests.support.asgi import client_of
from tests.support.keys import bearing, make_key
from tests.support.programs import NOW, make_deployment
from tests.support.small_ledger import SmallLedger, small_ledger
from tokenpoints.config import Settings
from tokenpoints.domain.instants import parse_rfc3339, rfc3339
from tokenpoints.gateway.app import create_app
from tokenpoints.storage import tables
from tokenpoints.storage.database import Database

pytestmark = pytest.mark.asyncio


@dataclass
class Reader:
    """The member `regular` of the small ledger: seven months of a bookshop, points of 30 days and three epochs."""

    http: httpx.AsyncClient
    database: Database
    ledger: SmallLedger
    member: str
    key: dict[str, str]

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.http.get(f"/v1/me{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def rows(self, path: str, **query: Any) -> list[dict[str, str]]:
        answer = await self.http.get(f"/v1/me{path}", params=query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))

    async def refused(self, path: str, **query: Any) -> tuple[int, str]:
        answer = await self.http.get(f"/v1/me{path}", params=query)
        return answer.status_code, answer.json()["code"]


@pytest_asyncio.fixture
async def reader(database: Database, tmp_path: Path) -> AsyncIterator[Reader]:
    ledger = await small_ledger(database)
    app = create_app(
        database=database,
        deployment=make_deployment(ledger.program),
        settings=Settings(data_dir=tmp_path),
        clock=lambda: NOW,
    )
    slug = ledger.program.slug
    async with client_of(app) as http:
        key = bearing(await make_key(database))
        async with database.snapshot() as session:
            query = select(tables.members.c.id).where(tables.members.c.account == ledger.regular)
            member = (await session.execute(query)).scalar_one()
        token = await http.post(f"/v1/programs/{slug}/members/{member}/tokens", json={}, headers=key)
        http.headers.update(bearing(token.json()["token"]))
        yield Reader(http, database, ledger, member, key)


async def test_balance_at_a_moment_follows_the_entries_and_the_calendar(reader: Reader) -> None:
    start = reader.ledger.program.calendar.start
    now, entries = await reader.get("/balance"), (await reader.get("/entries"))["entries"]
    assert now["at"] is None
    at_now = await reader.get("/balance", at=rfc3339(NOW))
    assert at_now == {**now, "at": rfc3339(NOW)}
    assert (await reader.get("/balance", at="1960-01-01T00:00:00Z"))["active"] == "0"
    first = parse_rfc3339(entries[-1]["recorded_at"])
    assert (await reader.get("/balance", at=rfc3339(first - timedelta(seconds=1))))["active"] == "0"
    for number, entry in enumerate(entries):
        if number and entries[number - 1]["recorded_at"] == entry["recorded_at"]:
            continue
        there = await reader.get("/balance", at=entry["recorded_at"])
        assert there["active"] == entry["balance_after"], entry
    for lot in now["lots"]:
        ends = parse_rfc3339(lot["expires_at"])
        before = int((await reader.get("/balance", at=rfc3339(ends - timedelta(seconds=1))))["active"])
        after = int((await reader.get("/balance", at=rfc3339(ends)))["active"])
        assert before - after == int(lot["points"]) > 0
    assert (await reader.get("/balance", at="9999-12-31T23:59:59Z"))["active"] == "0"
    assert start < first.timestamp()
    for bad in ("2026-01-01", "now", "2026-01-01T00:00:00", "", "1"):
        assert await reader.refused("/balance", at=bad) == (422, "invalid_input")


async def test_expiries_are_the_lots(reader: Reader) -> None:
    found, balance = await reader.get("/expiries"), await reader.get("/balance")
    assert found["expiries"] == balance["lots"] != [] and found["lasting"] == "0"


async def test_entries_by_type_time_and_reference(reader: Reader) -> None:
    everything = (await reader.get("/entries"))["entries"]
    types = {entry["type"] for entry in everything}
    assert {"award", "transfer_out", "expiry"} <= types
    for wanted in (["award"], ["award", "expiry"], ["refund"]):
        found = (await reader.get("/entries", type=wanted))["entries"]
        assert found == [entry for entry in everything if entry["type"] in wanted]
    middle = everything[len(everything) // 2]["recorded_at"]
    since = (await reader.get("/entries", **{"from": middle}))["entries"]
    until = (await reader.get("/entries", to=middle))["entries"]
    assert since + until == everything and since[-1]["recorded_at"] == middle
    reference = next(entry["reference"] for entry in everything if entry["reference"])
    assert [each["reference"] for each in (await reader.get("/entries", reference=reference))["entries"]] == [reference]
    page = await reader.get("/entries", type="award", limit=2)
    following = await reader.get("/entries", type="award", limit=2, cursor=page["next_cursor"])
    awards = [entry for entry in everything if entry["type"] == "award"]
    assert page["entries"] + following["entries"] == awards[:4]
    for query in ({"type": "gift"}, {"from": "yesterday"}, {"sort": "asc"}, {"limit": 501}):
        assert await reader.refused("/entries", **query) == (422, "invalid_input")
    for cursor in ("x", "ZW50cmllczox", "bWVtYmVyczoxOjE", "é", "-" * 101):
        assert (await reader.refused("/entries", cursor=cursor))[0] == 422


async def test_a_statement_adds_up(reader: Reader) -> None:
    entries = (await reader.get("/entries"))["entries"]
    start = datetime.fromtimestamp(reader.ledger.program.calendar.start, UTC)
    moments = [start + timedelta(days=days, hours=3) for days in (0, 31, 65, 90, 130, 199)] + [NOW]
    references = []
    for begin, end in pairwise(moments):
        rows = await reader.rows("/statement.csv", **{"from": rfc3339(begin), "to": rfc3339(end)})
        opening, *lines, closing = rows
        assert (opening["type"], closing["type"]) == ("opening_balance", "closing_balance")
        total = int(opening["balance_after"])
        for line in lines:
            total += int(line["amount"])
            assert int(line["balance_after"]) == total
            assert rfc3339(begin) <= line["at"] < rfc3339(end)
            assert bool(line["transaction_hash"]) == (line["type"] != "expiry")
        assert int(closing["balance_after"]) == total
        for moment, row in ((begin, opening), (end, closing)):
            there = await reader.get("/balance", at=rfc3339(moment - timedelta(seconds=1)))
            assert there["active"] == row["balance_after"]
        references += [line["reference"] for line in lines if line["reference"]]
    assert references == [entry["reference"] for entry in reversed(entries) if entry["reference"]]
    whole = await reader.rows("/statement.csv")
    assert whole[0]["balance_after"] == "0"
    assert whole[-1]["balance_after"] == (await reader.get("/balance"))["active"]


async def test_a_statement_knows_its_bounds(reader: Reader) -> None:
    later, now = rfc3339(NOW + timedelta(seconds=1)), rfc3339(NOW)
    assert await reader.refused("/statement.csv", to=later) == (422, "invalid_input")
    assert await reader.refused("/statement.pdf", to=now, **{"from": later}) == (422, "invalid_input")
    [opening, closing] = await reader.rows("/statement.csv", to=now, **{"from": now})
    assert opening["balance_after"] == closing["balance_after"]


async def test_a_statement_that_would_be_too_long(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenpoints.gateway.views.files.PAPER_LINES_MAX", 3)
    assert await reader.refused("/statement.pdf") == (422, "statement_too_long")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ko-KR", ["포인트 명세서", "기초 잔액", "기말 잔액", "포인트 적립"]),
        ("fr", ["Statement of points", "Points earned"]),
    ],
)
async def test_a_statement_on_paper(reader: Reader, language: str, expected: list[str]) -> None:
    answer = await reader.http.get("/v1/me/statement.pdf", headers={"Accept-Language": language})
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-language"] == ("ko" if language == "ko-KR" else "en")
    with io.BytesIO(answer.content) as file:
        text = "\n".join(page.extract_text() for page in PdfReader(file).pages)
    for line in await reader.rows("/statement.csv"):
        assert line["transaction_hash"] in text and line["reference"] in text
        assert f"{int(line['balance_after']):,}" in text
    assert all(word in text for word in [*expected, reader.member])


async def test_a_spreadsheet_takes_no_cell_for_a_formula(reader: Reader) -> None:
    evil = "=cmd|' /C calc'!A0"
    reference = next(each["reference"] for each in (await reader.get("/entries"))["entries"] if each["reference"])
    async with reader.database.session() as session:
        await session.execute(
            update(tables.receipts).where(tables.receipts.c.reference == reference).values(reference=evil)
        )
        await session.execute(
            update(tables.members).where(tables.members.c.id == reader.member).values(customer_id="＠SUM(A1)")
        )
    for path in ("/statement.csv", "/export.csv"):
        cells = [cell for row in await reader.rows(path) for cell in row.values()]
        assert f"'{evil}" in cells
        assert not [
            cell for cell in cells if cell[:1] in ("=", "+", "@", "＠") or (cell.startswith("-") and not number(cell))
        ]
    assert "'＠SUM(A1)" in cells


def number(cell: str) -> bool:
    return Decimal(cell).is_finite()


async def test_everything_is_exported(reader: Reader) -> None:
    found = await reader.get("/export.json")
    assert found["member"] == await reader.get("") and found["balance"] == await reader.get("/balance")
    assert found["entries"] == (await reader.get("/entries", limit=500))["entries"]
    assert {award["status"] for award in found["awards"]} >= {"finalized", "refused", "pending"}
    assert {receipt["reference"] for receipt in found["receipts"]} == {award["reference"] for award in found["awards"]}
    assert found["vouchers"] == []
    rows = await reader.rows("/export.csv")
    counts = {record: sum(row["record"] == record for row in rows) for record in ("receipt", "award", "entry")}
    assert counts == {"receipt": len(found["receipts"]), "award": len(found["awards"]), "entry": len(found["entries"])}
    amounts = [int(row["points"]) for row in rows if row["record"] == "entry"]
    assert sum(amounts) == int(found["entries"][0]["balance_after"])


async def test_pages_of_an_export_leave_nothing_out(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = await reader.get("/export.json")
    monkeypatch.setattr("tokenpoints.gateway.views.files._PAGE", 2)
    assert await reader.get("/export.json") == whole


async def test_the_brand_sees_the_same(reader: Reader) -> None:
    theirs = f"/v1/programs/{reader.ledger.program.slug}/members/{reader.member}"
    for path in ("/balance", "/balance?at=2026-08-01T00:00:00Z", "/expiries", "/tier", "/entries", "/vouchers"):
        own, brands = await reader.http.get(f"/v1/me{path}"), await reader.http.get(theirs + path, headers=reader.key)
        assert own.status_code == brands.status_code == 200 and own.json() == brands.json()
    for path in ("/statement.csv", "/export.csv", "/export.json"):
        own, brands = await reader.http.get(f"/v1/me{path}"), await reader.http.get(theirs + path, headers=reader.key)
        assert own.status_code == brands.status_code == 200
        # The brand's export also has what names the person elsewhere.
        if path == "/export.json":
            assert own.json().items() <= brands.json().items()
        else:
            assert brands.content.startswith(own.content) and (
                path != "/statement.csv" or own.content == brands.content
            )


async def test_vouchers_are_asked_of_the_chain(reader: Reader) -> None:
    assert await reader.get("/vouchers") == {"vouchers": [], "next_cursor": None}
    assert await reader.refused("/vouchers/1/qr.svg") == (503, "chain_unavailable")
    for bad in ("0", "-1", "01", "x", "9" * 78):
        assert (await reader.refused(f"/vouchers/{bad}/qr.svg"))[0] == 422
