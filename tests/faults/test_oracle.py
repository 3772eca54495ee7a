"""The oracle notices what it is there to notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.databases import Sqlite, migrate
from tests.faults.oracle import Entry, Findings, compare_awards, row_differences
from tests.faults.shop import Receipt

ANNA = b"\x0a" * 20


def receipt(number: int, *, award: str | None = "awd_1", points: int | None = None) -> Receipt:
    made = Receipt(f"r{number}", "anna", 100 * number, "2017-01-01T00:00:00Z", award)
    made.points = number if points is None else points
    return made


def entry(number: int, *, batch: int = 1, points: int | None = None) -> Entry:
    return Entry(batch, number, ANNA, 100 * number, number if points is None else points)


def found(receipts: list[Receipt], entries: list[Entry], dead: dict[str, str] | None = None) -> Findings:
    findings = Findings()
    compare_awards(findings, receipts, {"anna": ANNA}, entries, dead or {})
    return findings


def test_what_is_minted_once_or_dead_with_a_reason_is_in_order() -> None:
    assert found([receipt(1), receipt(2)], [entry(1)], {"r2": "it reverts"}).are_none


def test_an_accepted_receipt_without_a_mint_is_lost() -> None:
    assert found([receipt(1), receipt(2)], [entry(1)]).lost == ["r2 is accepted and not minted"]


def test_a_refused_entry_is_lost() -> None:
    assert found([receipt(1)], [entry(1, points=0)]).lost == ["r1 is accepted and not minted"]


def test_a_receipt_in_two_batches_is_doubled() -> None:
    assert found([receipt(1)], [entry(1), entry(1, batch=2)]).doubled == ["r1 is minted 2 times"]


def test_a_mint_that_nobody_sent_is_doubled() -> None:
    assert found([receipt(1)], [entry(1), entry(7)]).doubled == [f"a mint without an award: {ANNA.hex()}, 700 units"]


@pytest.mark.parametrize(
    ("receipts", "entries", "dead"),
    [
        ([receipt(1)], [entry(1)], {"r1": "it reverts"}),
        ([receipt(1)], [], {"r1": ""}),
        ([receipt(1, points=2)], [entry(1)], {}),
        ([receipt(1, award=None)], [entry(1)], {}),
    ],
    ids=["dead and minted", "dead without a reason", "other points", "never accepted"],
)
def test_other_contradictions_are_differences(
    receipts: list[Receipt], entries: list[Entry], dead: dict[str, str]
) -> None:
    assert len(found(receipts, entries, dead).differences) == 1


async def two_databases(folder: Path) -> tuple[Sqlite, Sqlite]:
    made = []
    for name in ("one", "two"):
        database = Sqlite(folder / name)
        await migrate(database.url)
        made.append(database)
    return made[0], made[1]


@pytest.mark.asyncio
async def test_rows_of_one_database_only_are_differences(tmp_path: Path) -> None:
    one, two = await two_databases(tmp_path)
    assert row_differences(one, two) == []
    row = (b"\x01" * 32, b"\x02" * 32)
    columns = [name for _, name, *_ in one.rows("PRAGMA table_info(blocks)")]
    values = [row[0] if name == "hash" else row[1] if name.endswith("hash") else 1 for name in columns]
    one.execute(f"INSERT INTO blocks VALUES ({', '.join('?' * len(values))})", *values)
    (difference,) = row_differences(one, two)
    assert difference.startswith("blocks: only in the index")
    (difference,) = row_differences(two, one)
    assert difference.startswith("blocks: only when rebuilt")
