"""Many rows by a long list of keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    String,
    Subquery,
    Text,
    any_,
    cast,
    func,
    literal,
    select,
)

from tokenpoints.storage.database import Session

_FEW = 100
"""As many rows as PostgreSQL expects of JSON."""


def any_of(session: Session, column: Column[Any], keys: Sequence[str] | Sequence[int]) -> Iterator[ColumnElement[bool]]:
    """Conditions that together select the rows whose `column` is one of `keys`; each for a query of its own."""
    if not keys:
        return
    # One variable for all keys. A thousand variables cost more to bind than their rows to find.
    if session.dialect.name == "sqlite":
        listed = func.json_each(literal(orjson.dumps(keys).decode())).table_valued("value")
        yield column.in_(select(listed.c.value))
    elif len(keys) <= _FEW:
        yield column == any_(literal(list(keys), ARRAY(column.type)))
    else:
        # A plan that is kept for any array may compare each row with each key.
        value = json_values(keys)
        yield column.in_(select(value if isinstance(column.type, String) else cast(value, column.type)))


def json_values(keys: Sequence[str] | Sequence[int]) -> ColumnElement[str]:
    """The keys as a column of text, on PostgreSQL. They go there as JSON, which is written faster than an array."""
    listed = cast(literal(orjson.dumps(keys).decode()), JSON)
    return func.json_array_elements_text(listed, type_=Text).column_valued("value")


def numbered(session: Session, keys: Sequence[int]) -> Subquery:
    """`keys` as a table of `key` and `position`, from 0: for one statement about all of them."""
    if session.dialect.name == "sqlite":
        listed = func.json_each(literal(orjson.dumps(keys).decode())).table_valued("key", "value")
        # What it calls a key is the element's index.
        return select(listed.c.value.label("key"), listed.c.key.label("position")).subquery()
    listed = func.unnest(literal(list(keys), ARRAY(BigInteger))).table_valued("key", with_ordinality="ordinal")
    derived = listed.render_derived()
    return select(derived.c.key, (derived.c.ordinal - 1).label("position")).subquery()
