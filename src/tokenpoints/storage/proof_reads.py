"""What a proof of an award is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import and_, select

from tokenpoints.domain.receipts import Details
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import awarded_batches, awards, batches, receipts


@dataclass(frozen=True, slots=True)
class AwardPlace:
    """Where an award stands on the chain, and the receipt that it is for."""

    award_id: str
    batch_seq: int
    issuer: Address
    batch_number: int
    position: int
    transaction_hash: Hash32
    receipts_root: Hash32
    reference: str
    kind: str
    amount: int
    occurred_at: datetime
    body_hash: Hash32
    store: str | None
    details: Details


async def award_ids_of(session: Session, member_seq: int, award_ids: list[str]) -> set[str]:
    """Which of these are awards of the member."""
    query = select(awards.c.id).where(awards.c.member_seq == member_seq, awards.c.id.in_(award_ids))
    return set((await session.scalars(query)).all())


async def places_of(
    session: Session, member_seq: int, *, award_ids: list[str] | None = None, limit: int
) -> list[AwardPlace]:
    """The member's awards that are in a block, newest first; only those of `award_ids`, where given."""
    query = (
        select(
            awards.c.id,
            awards.c.batch_seq,
            batches.c.issuer,
            batches.c.number,
            awards.c.position,
            awarded_batches.c.transaction_hash,
            awarded_batches.c.receipts_root,
            receipts.c.reference,
            receipts.c.kind,
            receipts.c.amount,
            receipts.c.occurred_at,
            receipts.c.body_hash,
            receipts.c.store,
            receipts.c.details,
        )
        .select_from(
            awards.join(receipts, receipts.c.seq == awards.c.receipt_seq)
            .join(batches, batches.c.seq == awards.c.batch_seq)
            .join(
                awarded_batches,
                and_(
                    awarded_batches.c.program == batches.c.program,
                    awarded_batches.c.issuer == batches.c.issuer,
                    awarded_batches.c.number == batches.c.number,
                ),
            )
        )
        .where(awards.c.member_seq == member_seq)
        .order_by(awards.c.seq.desc())
        .limit(limit)
    )
    if award_ids is not None:
        query = query.where(awards.c.id.in_(award_ids))
    return [
        AwardPlace(
            award_id=row.id,
            batch_seq=row.batch_seq,
            issuer=Address(row.issuer),
            batch_number=row.number,
            position=row.position,
            transaction_hash=Hash32(row.transaction_hash),
            receipts_root=Hash32(row.receipts_root),
            reference=row.reference,
            kind=row.kind,
            amount=row.amount,
            occurred_at=row.occurred_at,
            body_hash=Hash32(row.body_hash),
            store=row.store,
            details={} if row.details is None else orjson.loads(row.details),
        )
        for row in await session.execute(query)
    ]
