"""Questions about members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, insert, select

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.ids import may_be_id
from tokenpoints.domain.tiers import TIERS
from tokenpoints.domain.types import Address
from tokenpoints.storage.bulk import insert_all
from tokenpoints.storage.chunks import any_of
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import balances, members
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


async def by_seqs(session: Session, seqs: Sequence[int]) -> dict[int, Member]:
    """Members by their numbers."""
    found: dict[int, Member] = {}
    for is_one in any_of(session, members.c.seq, seqs):
        found.update((row.seq, Member(*row)) for row in await session.execute(select(*_COLUMNS).where(is_one)))
    return found


async def with_account(session: Session, program: str, account: Address) -> Member | None:
    """The member whose account it is."""
    query = select(*_COLUMNS).where(members.c.program == program, members.c.account == account)
    row = (await session.execute(query)).first()
    return None if row is None else Member(*row)


async def page(session: Session, program: str, *, customer_id: str | None, after_seq: int, limit: int) -> list[Member]:
    """Members in the order of their enrolment, from the one after `after_seq`."""
    query = select(*_COLUMNS).where(members.c.program == program, members.c.seq > after_seq)
    if customer_id is not None:
        query = query.where(members.c.customer_id == customer_id)
    return [Member(*row) for row in await session.execute(query.order_by(members.c.seq).limit(limit))]


async def count(session: Session, program: str) -> int:
    """Members of a program."""
    return int(await session.scalar(select(func.count()).where(members.c.program == program)) or 0)


async def count_with_account(session: Session, program: str, account: Address) -> int:
    """1 where the account is a member's, else 0."""
    query = select(func.count()).where(members.c.program == program, members.c.account == account)
    return int(await session.scalar(query) or 0)


async def count_above_tier(session: Session, program: str, tier: int) -> int:
    """Members in tiers above `tier`, as of the last entry of each."""
    if tier >= TIERS - 1:
        return 0
    # The tier is in the two highest bits of the word's fourth byte: see domain/points.py.
    query = (
        select(func.count())
        .select_from(members)
        .join(balances, (balances.c.program == members.c.program) & (balances.c.account == members.c.account))
        .where(members.c.program == program, func.substr(balances.c.word, 4, 1) >= bytes([(tier + 1) << 6]))
    )
    return int(await session.scalar(query) or 0)
