"""Questions about members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.ids import may_be_id
from tokenpoints.storage.bulk import insert_all
from tokenpoints.storage.chunks import any_of
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import members
from tokenpoints.storage.turns import one_at_a_time

# In the order of Member's fields.
_COLUMNS = (
    members.c.seq,
    members.c.id,
    members.c.program,
    members.c.customer_id,
    members.c.salt,
    members.c.commitment,
    members.c.account,
    members.c.created_at,
)


async def add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Record new members. Raises IntegrityError where a customer id is taken.

    A program's new members are recorded one call after the other, so that they appear in the order of their `seq`:
    whoever pages through them at the same time misses nobody.
    """
    await one_at_a_time(session, "members", sorted({row["program"] for row in rows}))
    await insert_all(session, insert(members), rows)


async def by_customer_ids(session: Session, program: str, customer_ids: Sequence[str]) -> dict[str, Member]:
    """The members among `customer_ids`, by customer id."""
    found: dict[str, Member] = {}
    for is_one in any_of(session, members.c.customer_id, customer_ids):
        query = select(*_COLUMNS).where(members.c.program == program, is_one)
        found.update((row.customer_id, Member(*row)) for row in await session.execute(query))
    return found


async def by_ids(session: Session, program: str, ids: Sequence[str]) -> dict[str, Member]:
    """The members among `ids`, by id."""
    found: dict[str, Member] = {}
    for is_one in any_of(session, members.c.id, list(filter(may_be_id, ids))):
        query = select(*_COLUMNS).where(members.c.program == program, is_one)
        found.update((row.id, Member(*row)) for row in await session.execute(query))
    return found


async def page(session: Session, program: str, *, customer_id: str | None, after_seq: int, limit: int) -> list[Member]:
    """Members in the order of their enrolment, from the one after `after_seq`."""
    query = select(*_COLUMNS).where(members.c.program == program, members.c.seq > after_seq)
    if customer_id is not None:
        query = query.where(members.c.customer_id == customer_id)
    return [Member(*row) for row in await session.execute(query.order_by(members.c.seq).limit(limit))]
