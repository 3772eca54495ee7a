"""The indexes of the entries, which a first reading of the chain builds at its end: sorting once is less than inserting
each row in its place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, inspect, select

from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import entries

_SORTING_CACHE = -8_192
"""In KiB, as SQLite has it."""


async def drop_while_empty(session: Session) -> None:
    """Drop them if there are no entries yet."""
    if (await session.execute(select(entries.c.block_number).limit(1))).first() is not None:
        return
    for index in entries.indexes:
        await session.run_sync(index.drop, checkfirst=True)


async def build(session: Session) -> list[str]:
    """Build those that are missing. Returns their names."""
    return await session.run_sync(_build)


@contextmanager
def _little_cache(connection: Connection) -> Iterator[None]:
    """SQLite sorts in as much memory as its cache may have, beside the cache."""
    if connection.dialect.name != "sqlite":
        yield
        return
    usual = int(connection.exec_driver_sql("PRAGMA cache_size").scalar_one())
    connection.exec_driver_sql(f"PRAGMA cache_size = {_SORTING_CACHE}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {usual}")


def _build(connection: Connection) -> list[str]:
    present = {found["name"] for found in inspect(connection).get_indexes(entries.name)}
    missing = [index for index in entries.indexes if index.name not in present]
    with _little_cache(connection):
        for index in missing:
            index.create(connection)
    return [str(index.name) for index in missing]
