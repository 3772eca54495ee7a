"""Members who became another one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, update

from tokenpoints.domain.types import Address
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import api_keys, members, merges


async def add(session: Session, member_seq: int, into_seq: int, *, now: datetime) -> None:
    """Make a member, and whoever became them before, another one."""
    await session.execute(update(merges).where(merges.c.into_seq == member_seq).values(into_seq=into_seq))
    await session.execute(insert(merges).values(member_seq=member_seq, into_seq=into_seq, merged_at=now))


async def count_of(session: Session, seqs: Sequence[int]) -> int:
    """How many became one of these."""
    return int(await session.scalar(select(func.count()).where(merges.c.into_seq.in_(seqs))) or 0)


async def hand_over_keys(session: Session, member_id: str, into_id: str) -> None:
    """A cashier's API key awards nothing to whom the cashier became."""
    await session.execute(update(api_keys).where(api_keys.c.member_id == member_id).values(member_id=into_id))


async def accounts_of(session: Session, member_seq: int) -> list[Address]:
    """The account of a member, then those of whoever became them."""
    own = await session.scalar(select(members.c.account).where(members.c.seq == member_seq))
    query = select(members.c.account).join(merges, merges.c.member_seq == members.c.seq)
    others = await session.scalars(query.where(merges.c.into_seq == member_seq).order_by(members.c.seq))
    return [Address(each) for each in ([] if own is None else [own]) + list(others)]
