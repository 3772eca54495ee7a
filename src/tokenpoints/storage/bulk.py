"""Inserting many rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Insert

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
