"""Rows in the binary format of PostgreSQL's COPY (https://www.postgresql.org/docs/current/sql-copy.html).

psycopg's `write_row` looks at each value by itself. Here the values of a column are looked at together, and columns
whose values are of one size are packed together: there are thousands of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, repeat
from struct import Struct, calcsize
from typing import Any

BEGINNING = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
_NUMBERS = {"smallint": "h", "integer": "i", "bigint": "q", "boolean": "?"}
"""Types of columns of numbers, and what `struct` calls them. The others are of bytes or of text."""
_BYTES = "bytea"
_LENGTH = Struct(">i").pack
_NULL_SIZE = -1
_NULL = _LENGTH(_NULL_SIZE)


def encoded(types: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """One or more rows of columns of these types, without the format's beginning and end.

    Raises `struct.error`, TypeError or AttributeError where a value is not of its column's type.
    """
    columns, count = list(zip(*rows, strict=True)), len(rows)
    parts: list[Iterable[bytes]] = []
    codes, values = "h", list[Iterable[Any]]([repeat(len(columns), count)])
    for kind, column in zip(types, columns, strict=True):
        number = _NUMBERS.get(kind)
        found = column if number or kind == _BYTES else _text(column)
        size = _common_size(number, found)
        if size is None:
            if codes:
                parts.append(map(Struct(f">{codes}").pack, *values))
            parts.append(_one_by_one(number, found))
            codes, values = "", []
            continue
        codes, values = f"{codes}i", [*values, repeat(size, count)]
        if size != _NULL_SIZE:
            codes, values = codes + (number or f"{size}s"), [*values, found]
    if codes:
        parts.append(map(Struct(f">{codes}").pack, *values))
    return b"".join(chain.from_iterable(zip(*parts, strict=True)))


def _text(column: Sequence[str | None]) -> Sequence[bytes | None]:
    if (first := column[0]) is not None and column.count(first) == len(column):
        return (first.encode(),) * len(column)
    return [None if value is None else value.encode() for value in column]


def _common_size(number: str | None, column: Sequence[Any]) -> int | None:
    """The bytes of each value, -1 where all are null; None where they differ."""
    nulls = column.count(None)
    if nulls:
        return _NULL_SIZE if nulls == len(column) else None
    if number:
        return calcsize(f">{number}")
    sizes = set(map(len, column))
    return sizes.pop() if len(sizes) == 1 else None


def _one_by_one(number: str | None, column: Sequence[Any]) -> list[bytes]:
    if number:
        packed = Struct(f">i{number}")
        size = packed.size - len(_NULL)
        return [_NULL if value is None else packed.pack(size, value) for value in column]
    return [_NULL if value is None else _LENGTH(len(value)) + value for value in column]
