"""The indexes of the entries, which a first reading of the chain builds at its end: sorting once is less than inserting
each row in its place."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, select

from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import entries


async def drop_while_empty(session: Session) -> None:
    """Drop them if there are no entries yet."""
    if (await session.execute(select(entries.c.block_number).limit(1))).first() is not None:
        return
    for index in entries.indexes:
        await session.run_sync(index.drop, checkfirst=True)


async def build(session: Session) -> list[str]:
    """Build those that are missing. Returns their names."""
    return await session.run_sync(_build)


def _build(connection: Connection) -> list[str]:
    present = {found["name"] for found in inspect(connection).get_indexes(entries.name)}
    missing = [index for index in entries.indexes if index.name not in present]
    for index in missing:
        index.create(connection)
    return [str(index.name) for index in missing]
