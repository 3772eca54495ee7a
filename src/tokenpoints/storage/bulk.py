"""Inserting many rows at once."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import itemgetter
from sqlite3 import sqlite_version_info
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, Table, cast, func, insert, select
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.exc import DBAPIError

from tokenpoints.storage import copying
from tokenpoints.storage.chunks import json_values
from tokenpoints.storage.database import Session


async def insert_all(session: Session, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same keys. Values are converted a column at a time, and not row by row."""
    if not rows:
        return
    columns = list(rows[0])
    values = [_for_driver(session, table.c[name], map(itemgetter(name), rows)) for name in columns]
    await add_rows(session, table, columns, list(zip(*values, strict=True)))


async def insert_numbered(session: Session, table: Table, rows: Sequence[dict[str, Any]]) -> list[int]:
    """The same where the table numbers its rows. Returns their `seq`, in the order given."""
    if len(rows) == 1:
        # One statement instead of two.
        key = (await session.execute(insert(table), rows[0])).inserted_primary_key
        assert key is not None
        return [int(key.seq)]
    seqs = await _next_seqs(session, table, len(rows))
    await insert_all(session, table, [{"seq": seq, **row} for seq, row in zip(seqs, rows, strict=True)])
    return seqs


async def _next_seqs(session: Session, table: Table, count: int) -> list[int]:
    """The next `count` numbers of a table. Nobody else gets them."""
    if session.dialect.name == "postgresql":
        # Its name is asked for once, and not for each number.
        sequence = select(cast(func.pg_get_serial_sequence(table.name, "seq"), REGCLASS)).scalar_subquery()
        numbers = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
        return list(await session.scalars(numbers))
    # As SQLite itself numbers rows; there is one session that writes at a time.
    last = await session.scalar(select(func.coalesce(func.max(table.c.seq), 0)))
    return list(range(int(last or 0) + 1, int(last or 0) + 1 + count))


def _for_driver(session: Session, column: Column[Any], values: Iterable[Any]) -> Iterable[Any]:
    if isinstance(column.type, LargeBinary):
        return values
    process = column.type.dialect_impl(session.dialect).bind_processor(session.dialect)
    return values if process is None else map(process, values)


_ENCODED_AT_ONCE = 2_000
"""Rows that are sent while the next ones are encoded."""
_COPIED_MIN = 50
"""Rows below which COPY's round trips cost more than they save."""
_VARIABLES_MAX = 8_000 if sqlite_version_info >= (3, 32) else 900
"""Of one statement for SQLite, which takes 32,766 of them, and 999 before that version."""
_KEYS_AT_ONCE = 900

RawRow = tuple[Any, ...]
"""Values as the driver takes them: int, str, bytes or None."""


async def add_rows(session: Session, table: Table, columns: Sequence[str], rows: Sequence[RawRow]) -> None:
    """Insert rows by the fastest way that the database has."""
    if not rows:
        return
    if session.dialect.name == "postgresql" and len(rows) >= _COPIED_MIN:
        await _copy(session, table, columns, rows, into=table.name)
        return
    await _insert(session, table, columns, rows)


async def put_rows(session: Session, table: Table, columns: Sequence[str], rows: Sequence[RawRow]) -> None:
    """Insert rows, or replace those that have the same primary key."""
    if not rows:
        return
    key = [column.name for column in table.primary_key]
    replaced = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    on_conflict = f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {replaced}"
    names = ", ".join(columns)
    if session.dialect.name == "postgresql" and len(rows) >= _COPIED_MIN:
        staged = f"staged_{table.name}"
        await session.exec_driver_sql(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {staged} (LIKE {table.name}) ON COMMIT DELETE ROWS"
        )
        await _copy(session, table, columns, rows, into=staged)
        await session.exec_driver_sql(
            f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {staged} {on_conflict}"  # noqa: S608 our own names
        )
        await session.exec_driver_sql(f"TRUNCATE {staged}")
        return
    await _insert(session, table, columns, rows, then=on_conflict)


async def _insert(
    session: Session, table: Table, columns: Sequence[str], rows: Sequence[RawRow], *, then: str = ""
) -> None:
    into = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES "  # noqa: S608 our own names
    if session.dialect.name != "sqlite":
        await session.exec_driver_sql(f"{into}({', '.join(['%s'] * len(columns))}) {then}", list(rows))
        return
    # Its driver takes and gives back Python's lock at each statement: many rows in one leave the others room to work.
    marks, count = f"({', '.join('?' * len(columns))})", _VARIABLES_MAX // len(columns)
    together = len(rows) - len(rows) % count
    if together:
        parts = [tuple(chain.from_iterable(rows[start : start + count])) for start in range(0, together, count)]
        await session.exec_driver_sql(f"{into}{', '.join([marks] * count)} {then}", parts)
    if rows[together:]:
        await session.exec_driver_sql(f"{into}{marks} {then}", list(rows[together:]))


async def select_by_bytes(
    session: Session,
    columns: Sequence[Column[Any]],
    key: Column[Any],
    keys: Sequence[bytes],
    condition: ColumnElement[bool],
) -> list[Any]:
    """The rows under `condition` whose `key` is one of many."""
    if session.dialect.name == "postgresql":
        if not keys:
            return []
        # One parameter, however many keys: see chunks.any_of.
        every = select(func.decode(json_values([key.hex() for key in keys]), "hex"))
        return list((await session.execute(select(*columns).where(condition, key.in_(every)))).all())
    found: list[Any] = []
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        query = select(*columns).where(condition, key.in_(keys[start : start + _KEYS_AT_ONCE]))
        found += (await session.execute(query)).all()
    return found


async def _copy(session: Session, table: Table, columns: Sequence[str], rows: Sequence[RawRow], *, into: str) -> None:
    """PostgreSQL's COPY of rows like `table`'s (https://www.postgresql.org/docs/current/sql-copy.html)."""
    connection = await session.get_raw_connection()
    driver: Any = connection.driver_connection
    types = [str(table.c[name].type.compile(session.dialect)).partition("(")[0].lower() for name in columns]
    statement = f"COPY {into} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    dbapi = session.dialect.loaded_dbapi
    try:
        async with driver.cursor() as cursor, cursor.copy(statement) as copy:
            await copy.write(copying.BEGINNING)
            for start in range(0, len(rows), _ENCODED_AT_ONCE):
                try:
                    encoded = copying.encoded(types, rows[start : start + _ENCODED_AT_ONCE])
                except (struct.error, TypeError, AttributeError) as error:
                    raise dbapi.DataError(f"a value does not fit its column: {error}") from error
                await copy.write(encoded)
            await copy.write(copying.END)
    except dbapi.Error as error:
        # As SQLAlchemy tells of every other statement.
        raise DBAPIError.instance(statement, None, error, dbapi.Error, hide_parameters=True) from error
