"""Purchase files are read exactly, and what is wrong with a row is said of that row."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenpoints.domain.rules import UNITS_MAX
from tokenpoints.errors import UnclearMapping, UnreadableFile
from tokenpoints.imports.amounts import AmountUnit, parse_amount
from tokenpoints.imports.dates import instant_parser, zone_named
from tokenpoints.imports.delimited import Delimiter
from tokenpoints.imports.mapping import mapping_of, parse_choices
from tokenpoints.imports.opening import open_purchases, stem_of
from tokenpoints.imports.reading import RowReader
from tokenpoints.imports.rows import Outcome, Purchase, RawRow, Rejected, ZeroAmount

NOW = datetime(2026, 1, 15, tzinfo=UTC)


def rows_of(path: Path, **options: Any) -> list[RawRow]:
    file = open_purchases(path, **options)
    return list(file.rows(file.columns))


def outcomes_of(path: Path, *, unit: AmountUnit = AmountUnit.MAJOR, **options: Any) -> list[Outcome]:
    file = open_purchases(path, **options)
    mapping = mapping_of(file.columns, {})
    parse = instant_parser(date_format=None, zone=UTC, now=NOW)
    reader = RowReader(mapping, unit, 2, parse, stem_of(path))
    return [reader.read(row) for row in file.rows(mapping.columns)]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("text", "unit", "cents"),
    [
        ("11.77", "major", 1177),
        ("11.7", "major", 1170),
        ("11", "major", 1100),
        (".5", "major", 50),
        ("7.", "major", 700),
        ("0011.770", "major", 1177),
        ("-0.00", "major", 0),
        (" 3.10 ", "major", 310),
        ("1177", "minor", 1177),
        ("1177.00", "minor", 1177),
        ("+5", "minor", 5),
        (1177, "minor", 1177),
        (11.77, "major", 1177),
        (0.1, "major", 10),
        (Decimal("11.77"), "major", 1177),
        (Decimal("1E+3"), "minor", 1000),
        (str(UNITS_MAX), "minor", UNITS_MAX),
    ],
)
def test_amounts(text: Any, unit: str, cents: int) -> None:
    assert parse_amount(text, AmountUnit(unit), 2) == cents


@pytest.mark.parametrize(
    ("text", "unit", "reason"),
    [
        ("11.775", "major", "more decimals"),
        ("11.77", "minor", "more decimals"),
        ("-3", "minor", "negative"),
        ("", "minor", "empty"),
        (None, "minor", "empty"),
        (".", "major", "not a number"),
        ("1,234.50", "major", "not a number"),
        ("$5", "major", "not a number"),
        ("1e3", "minor", "not a number"),
        ("NaN", "major", "not a number"),
        (float("nan"), "major", "not a number"),
        (float("inf"), "major", "not a number"),
        (1e30, "major", "not a number"),
        (Decimal("NaN"), "major", "not a number"),
        (Decimal("1E+400"), "major", "not a number"),
        (True, "minor", "not a number"),
        (str(UNITS_MAX + 1), "minor", "more than"),
        ("9" * 30, "minor", "more than"),
        (10**5000, "minor", "more than"),
        ("9" * 10_000, "minor", "not a number"),
        ("١", "minor", "not a number"),
        (11.775, "major", "more decimals"),
    ],
    ids=range(22),
)
def test_amounts_that_are_none(text: Any, unit: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_amount(text, AmountUnit(unit), 2)


@given(st.integers(0, UNITS_MAX), st.integers(0, 4))
def test_major_amounts_are_exact(amount: int, exponent: int) -> None:
    assert parse_amount(f"{Decimal(amount).scaleb(-exponent):f}", AmountUnit.MAJOR, exponent) == amount


@pytest.mark.parametrize(
    ("value", "date_format", "zone", "expected"),
    [
        ("19970101", "%Y%m%d", "UTC", "1997-01-01T00:00:00Z"),
        ("1997-01-01", None, "Asia/Seoul", "1996-12-31T15:00:00Z"),
        ("2017-01-07 18:55:24", None, "UTC", "2017-01-07T18:55:24Z"),
        ("2017-01-07T18:55:24+09:00", None, "UTC", "2017-01-07T09:55:24Z"),
        ("01/07/2017", "%m/%d/%Y", "UTC", "2017-01-07T00:00:00Z"),
        (datetime(2017, 1, 7, 18, 55, 24), None, "UTC", "2017-01-07T18:55:24Z"),
        (datetime(2017, 1, 7, 18, tzinfo=ZoneInfo("Asia/Seoul")), None, "UTC", "2017-01-07T09:00:00Z"),
        (datetime(2017, 1, 7).date(), None, "UTC", "2017-01-07T00:00:00Z"),
    ],
)
def test_dates(value: Any, date_format: str | None, zone: str, expected: str) -> None:
    assert instant_parser(date_format=date_format, zone=zone_named(zone), now=NOW)(value) == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "empty"),
        (None, "empty"),
        ("1/7/2017", "date-format"),
        ("1969-12-31", "before 1970"),
        ("2026-01-17", "in the future"),
        ("0001-01-01T00:00:00+14:00", "calendar"),
        ("2026-02-30", "not a date"),
    ],
)
def test_dates_that_are_none(value: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        instant_parser(date_format=None, zone=UTC, now=NOW)(value)


@pytest.mark.parametrize("name", ["Nowhere/City", "../etc", "", "Asia"])
def test_unknown_time_zone_is_told(name: str) -> None:
    with pytest.raises(UnclearMapping, match="time zone"):
        zone_named(name)


def test_common_headers_map_themselves() -> None:
    mapping = mapping_of(["Household Key", "BASKET_ID", "Sales-Cents", "ts"], {})
    assert (mapping.customer, mapping.reference) == ("Household Key", "BASKET_ID")
    assert (mapping.amount, mapping.occurred_at) == ("Sales-Cents", "ts")


def test_choice_wins_over_guess_and_is_not_guessed_again() -> None:
    mapping = mapping_of(["date", "total", "customer", "sales"], {"amount": "SALES", "reference": "total"})
    assert (mapping.amount, mapping.reference, mapping.occurred_at) == ("sales", "total", "date")


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({}, "customer and occurred_at.*columns are a, b, amount"),
        ({"customer": "nobody"}, "no column 'nobody'"),
        ({"price": "a"}, "no field 'price'"),
    ],
)
def test_unclear_mappings_list_the_columns(choices: dict[str, str], said: str) -> None:
    with pytest.raises(UnclearMapping, match=said):
        mapping_of(["a", "b", "amount"], choices)


@pytest.mark.parametrize("texts", [["amount"], ["amount="], ["amount=a", "amount=b"]])
def test_choices_are_pairs(texts: list[str]) -> None:
    with pytest.raises(UnclearMapping):
        parse_choices(texts)


def test_cdnow_layout_reads_without_options(tmp_path: Path) -> None:
    lines = [
        " customer_id  date number_of_cds  dollar_value",
        " 00001 19970101  1   11.77",
        " 00002 19970112  5   0.00",
    ]
    path = write(tmp_path / "CDNOW_master.txt.gz", gzip.compress("\r\n".join([*lines, "\x1a"]).encode()))
    first, second = outcomes_of(path)
    assert isinstance(first, Purchase) and isinstance(second, ZeroAmount)
    receipt = first.receipt
    assert (receipt.reference, receipt.customer_id, receipt.amount) == ("CDNOW_master-1", "00001", 1177)
    assert receipt.occurred_at == "1997-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("delimiter", "character"), [("comma", ","), ("tab", "\t"), ("semicolon", ";"), ("bar", "|"), ("blank", "  ")]
)
def test_delimiters_given_or_found(tmp_path: Path, delimiter: str, character: str) -> None:
    path = write(tmp_path / "a.csv", character.join("abc") + "\n" + character.join("123") + "\n")
    for chosen in (Delimiter(delimiter), Delimiter.AUTO):
        assert [row.values for row in rows_of(path, delimiter=chosen)] == [{"a": "1", "b": "2", "c": "3"}]


def test_files_without_header_get_their_columns_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "1,2\n3,4\n")
    assert [row.values for row in rows_of(path, columns=["x", "y"])] == [{"x": "1", "y": "2"}, {"x": "3", "y": "4"}]


def test_quotes_line_breaks_and_marks(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b'\xef\xbb\xbfa,b\r\n"x, y","two\r\nlines"\r\n\r\n"say ""hi""",5" pipe\r\n')
    rows = rows_of(path)
    assert [row.values for row in rows] == [{"a": "x, y", "b": "two\nlines"}, {"a": 'say "hi"', "b": '5" pipe'}]
    assert [(row.number, row.line) for row in rows] == [(1, 2), (2, 5)]


def test_bad_rows_are_named_and_the_good_ones_go_on(tmp_path: Path) -> None:
    lines = [
        b"customer,amount,date",
        b"c1,1.00,2026-01-01",
        b"c2,1.00",
        b"c3,1.00,2026-01-01,more",
        b'"c4,1.00,2026-01-01',
        b"c5,abc,2026-01-01",
        b"c6,1.00,yesterday",
        b"\xff\xfe,1.00,2026-01-01",
        b"c\x008,1.00,2026-01-01",
        b",1.00,2026-01-01",
        b"c10,-1.00,2026-01-01",
        b"c11,1.005,2026-01-01",
        b"c12,0.00,2026-01-01",
        b"x" * 1_000_100,
        b"y" * 129 + b",1.00,2026-01-01",
        b"c15,1.00,2026-01-01",
    ]
    outcomes = outcomes_of(write(tmp_path / "a.csv", b"\n".join(lines)))
    assert len(outcomes) == 15
    good = [outcome for outcome in outcomes if isinstance(outcome, Purchase)]
    assert [(purchase.row, purchase.line) for purchase in good] == [(1, 2), (15, 16)]
    assert [outcome.row for outcome in outcomes if isinstance(outcome, ZeroAmount)] == [12]
    rejected = {outcome.line: outcome for outcome in outcomes if isinstance(outcome, Rejected)}
    assert {line: (row.column, row.reason.split(":")[0]) for line, row in rejected.items()} == {
        3: ("", "has 2 values where the columns are 3"),
        4: ("", "has 4 values where the columns are 3"),
        5: ("", "cannot be taken apart"),
        6: ("amount", "is not a number"),
        7: ("date", "is not a date in ISO 8601; give --date-format for another order"),
        8: ("customer", "has characters that cannot be printed"),
        9: ("customer", "has characters that cannot be printed"),
        10: ("customer", "is empty"),
        11: ("amount", "is negative"),
        12: ("amount", "has more decimals than the unit"),
        14: ("", "is too long for a line"),
        15: ("customer", "is longer than 128"),
    }
    assert rejected[6].value == "abc" and len(rejected[15].value) == 129


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"a\x00b\n", "not UTF-8"),
        (b"PAR1 and no more", "not a whole Parquet file"),
        (gzip.compress(b"a,b\n" + bytes(range(256)) * 999)[:-700], "damaged or cut short"),
        (b"\x1f\x8bnonsense", "damaged or cut short"),
    ],
    ids=range(6),
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        rows_of(write(tmp_path / "a.csv", content))


def test_missing_files_and_folders_are_told(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.csv", tmp_path):
        with pytest.raises(UnreadableFile, match="cannot be read"):
            open_purchases(path)


@pytest.mark.parametrize("content", ["a,a\n1,2\n", "\n\n"])
def test_headers_that_are_none(tmp_path: Path, content: str) -> None:
    with pytest.raises(UnclearMapping):
        open_purchases(write(tmp_path / "a.csv", content))


def test_parquet_of_any_sensible_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "customer": pa.array([7, None, 9], pa.int32()),
            "amount": pa.array([Decimal("11.77"), Decimal("1.00"), Decimal("0.00")], pa.decimal128(10, 2)),
            "ts": pa.array([1_483_228_800_000_000_001] * 3, pa.timestamp("ns")),
            "basket": pa.array([31317046240, 2, 3], pa.int64()),
            "unused": pa.array([[1]] * 3),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    first, second, third = outcomes_of(tmp_path / "a.parquet")
    assert isinstance(first, Purchase)
    assert (first.receipt.customer_id, first.receipt.reference, first.receipt.amount) == ("7", "31317046240", 1177)
    assert first.receipt.occurred_at == "2017-01-01T00:00:00Z"
    assert isinstance(second, Rejected) and (second.row, second.column, second.reason) == (2, "customer", "is empty")
    assert isinstance(third, ZeroAmount)


@pytest.mark.parametrize(
    ("name", "stem"), [("CDNOW_master.txt.gz", "CDNOW_master"), ("a.b.csv", "a.b"), (".csv", ".csv"), ("x", "x")]
)
def test_stems(name: str, stem: str) -> None:
    assert stem_of(Path(name)) == stem


@given(st.binary(max_size=400))
def test_no_bytes_are_a_fault_of_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        rows = rows_of(path, columns=["customer", "amount", "date"])
    except (UnreadableFile, UnclearMapping):
        return
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
