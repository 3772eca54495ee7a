"""Who brought whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from tokenpoints.storage.chunks import any_of
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import receipts, referrals


@dataclass(frozen=True, slots=True)
class Referral:
    """One that waits for the friend's first purchase."""

    receipt_seq: int
    friend_seq: int
    occurred_at: datetime
    referrer_seq: int


async def add(session: Session, *, receipt_seq: int, friend_seq: int) -> None:
    """Record a referral. Raises IntegrityError where somebody brought this friend before."""
    await session.execute(insert(referrals).values(receipt_seq=receipt_seq, friend_seq=friend_seq))


async def of_friends(session: Session, friend_seqs: Sequence[int]) -> set[int]:
    """Which of these were brought by somebody."""
    found: set[int] = set()
    for is_one in any_of(session, referrals.c.friend_seq, friend_seqs):
        found.update((await session.scalars(select(referrals.c.friend_seq).where(is_one))).all())
    return found


async def open_for(session: Session, friend_seqs: Sequence[int]) -> dict[int, Referral]:
    """Those that wait for a purchase of one of these members, by friend."""
    found: dict[int, Referral] = {}
    for is_one in any_of(session, referrals.c.friend_seq, friend_seqs):
        query = (
            select(
                referrals.c.receipt_seq,
                referrals.c.friend_seq,
                receipts.c.occurred_at,
                receipts.c.member_seq,
            )
            .join(receipts, receipts.c.seq == referrals.c.receipt_seq)
            .where(is_one, referrals.c.purchase_seq.is_(None))
        )
        found.update((row.friend_seq, Referral(*row)) for row in await session.execute(query))
    return found


async def close(session: Session, receipt_seq: int, *, purchase_seq: int, is_credited: bool) -> bool:
    """Keep which purchase a referral came to. Returns whether it waited for one until now."""
    result = await session.execute(
        update(referrals)
        .where(referrals.c.receipt_seq == receipt_seq, referrals.c.purchase_seq.is_(None))
        .values(purchase_seq=purchase_seq, is_credited=is_credited)
    )
    return result.rowcount > 0


async def credited_by(session: Session, purchase_seq: int) -> tuple[int, int] | None:
    """The receipt and the referrer of the referral that this purchase had credited."""
    query = (
        select(referrals.c.receipt_seq, receipts.c.member_seq)
        .join(receipts, receipts.c.seq == referrals.c.receipt_seq)
        .where(referrals.c.purchase_seq == purchase_seq, referrals.c.is_credited.is_(True))
    )
    row = (await session.execute(query)).first()
    return None if row is None else (row.receipt_seq, row.member_seq)
