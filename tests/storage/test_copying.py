"""PostgreSQL's binary format, as psycopg writes it."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import postgres
from psycopg._copy_base import BinaryFormatter
from psycopg.adapt import Transformer
from psycopg.pq import Format

from tokenpoints.storage.copying import BEGINNING, END, encoded

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "smallint": st.integers(-(2**15), 2**15 - 1),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "boolean": st.booleans(),
    "bytea": st.binary(max_size=3) | st.binary(min_size=20, max_size=20),
    "varchar": st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3) | st.just("award"),
    "text": st.just("same"),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[tuple[Any, ...]]]:
    types = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=6))
    columns = [draw(st.sampled_from([VALUES[kind], st.none() | VALUES[kind], st.none()])) for kind in types]
    return types, draw(st.lists(st.tuples(*columns), min_size=1, max_size=5))


@given(tables())
def test_rows_are_as_psycopg_writes_them(table: tuple[list[str], list[tuple[Any, ...]]]) -> None:
    types, rows = table
    transformer = Transformer()
    transformer.set_dumper_types([postgres.types.get_oid(kind) for kind in types], Format.BINARY)
    formatter = BinaryFormatter(transformer)
    expected = b"".join([*(bytes(formatter.write_row(row)) for row in rows), bytes(formatter.end())])
    assert BEGINNING + encoded(types, rows) + END == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [("bigint", 2**63), ("integer", -(2**31) - 1), ("bigint", "1"), ("integer", 1.5), ("bytea", 7), ("varchar", b"a")],
)
def test_a_value_of_another_type_is_refused(kind: str, value: object) -> None:
    with pytest.raises((struct.error, TypeError, AttributeError)):
        encoded([kind], [(value,)])
