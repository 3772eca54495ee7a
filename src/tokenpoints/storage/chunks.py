"""Asking for many rows by a long list of keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, func, literal, select

from tokenpoints.storage.database import Session

PARAMETER_COUNT_MAX = 900
"""Below the 999 variables that every SQLite takes."""


def any_of(session: Session, column: Column[Any], keys: Sequence[str] | Sequence[int]) -> Iterator[ColumnElement[bool]]:
    """Conditions that together select the rows whose `column` is one of `keys`; each for a query of its own."""
    if not keys:
        return
    if session.dialect.name == "sqlite":
        # One variable for all keys. A thousand variables cost more to bind than their rows to find.
        listed = func.json_each(literal(orjson.dumps(keys).decode())).table_valued("value")
        yield column.in_(select(listed.c.value))
        return
    for start in range(0, len(keys), PARAMETER_COUNT_MAX):
        yield column.in_(keys[start : start + PARAMETER_COUNT_MAX])
