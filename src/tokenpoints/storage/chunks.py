"""Asking for many rows by a long list of keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy import ARRAY, Column, ColumnElement, any_, func, literal, select

from tokenpoints.storage.database import Session


def any_of(session: Session, column: Column[Any], keys: Sequence[str] | Sequence[int]) -> Iterator[ColumnElement[bool]]:
    """Conditions that together select the rows whose `column` is one of `keys`; each for a query of its own."""
    if not keys:
        return
    # One variable for all keys. A thousand variables cost more to bind than their rows to find.
    if session.dialect.name == "sqlite":
        listed = func.json_each(literal(orjson.dumps(keys).decode())).table_valued("value")
        yield column.in_(select(listed.c.value))
    else:
        yield column == any_(literal(list(keys), ARRAY(column.type)))
