"""Inserting many rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, ColumnElement, Insert, Table, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA

from tokenpoints.storage.database import Session


async def insert_all(session: Session, statement: Insert, rows: Sequence[dict[str, Any]]) -> None:
    """Execute `statement` for each row. All rows have the same keys.

    The same as `session.execute(statement, rows)` for a third less: values are converted a column at
    a time, and not row by row.
    """
    if not rows:
        return
    names = list(rows[0])
    compiled = statement.compile(dialect=session.dialect, column_keys=names)
    if compiled.positional is False or compiled.positiontup is None:
        await session.execute(statement, list(rows))
        return
    columns = []
    for name in compiled.positiontup:
        values = map(itemgetter(name), rows)
        process = compiled.binds[name].type.dialect_impl(session.dialect).bind_processor(session.dialect)
        columns.append(values if process is None else map(process, values))
    await session.exec_driver_sql(str(compiled), list(zip(*columns, strict=True)))


_COPIED_MIN = 50
"""Rows below which COPY's round trips cost more than they save."""
_KEYS_AT_ONCE = 900
"""Below the 999 variables that every SQLite takes."""

RawRow = tuple[Any, ...]
"""Values as the driver takes them: int, str, bytes or None."""


async def add_rows(session: Session, table: Table, columns: Sequence[str], rows: Sequence[RawRow]) -> None:
    """Insert rows by the fastest way that the database has."""
    if not rows:
        return
    if session.dialect.name == "postgresql" and len(rows) >= _COPIED_MIN:
        await _copy(session, table, columns, rows, into=table.name)
        return
    await session.exec_driver_sql(_insert_of(session, table, columns), list(rows))


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
    await session.exec_driver_sql(f"{_insert_of(session, table, columns)} {on_conflict}", list(rows))


def _insert_of(session: Session, table: Table, columns: Sequence[str]) -> str:
    marks = ", ".join(["?" if session.dialect.name == "sqlite" else "%s"] * len(columns))
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 our own names


async def select_by_bytes(
    session: Session,
    columns: Sequence[Column[Any]],
    key: Column[Any],
    keys: Sequence[bytes],
    condition: ColumnElement[bool],
) -> list[Any]:
    """The rows under `condition` whose `key` is one of many."""
    if session.dialect.name == "postgresql":
        # One parameter, however many keys.
        every = any_(literal(list(keys), ARRAY(BYTEA)))
        return list((await session.execute(select(*columns).where(condition, key == every))).all()) if keys else []
    found: list[Any] = []
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        query = select(*columns).where(condition, key.in_(keys[start : start + _KEYS_AT_ONCE]))
        found += (await session.execute(query)).all()
    return found


async def _copy(session: Session, table: Table, columns: Sequence[str], rows: Sequence[RawRow], *, into: str) -> None:
    """PostgreSQL's COPY of rows like `table`'s."""
    connection = await session.get_raw_connection()
    driver: Any = connection.driver_connection
    kinds = [str(table.c[name].type.compile(session.dialect)) for name in columns]
    statement = f"COPY {into} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    async with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([kind.partition("(")[0].lower() for kind in kinds])
        for row in rows:
            await copy.write_row(row)
