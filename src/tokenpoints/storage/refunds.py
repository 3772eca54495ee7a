"""What of receipts was given back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import orjson
from sqlalchemy import ColumnElement, func, insert, select

from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import receipts, refunds


@dataclass(frozen=True, slots=True)
class RefundRow:
    """One refund, with what it gave back."""

    receipt_seq: int
    receipt_id: str
    reference: str
    refunded_seq: int
    amount: int
    pieces: dict[int, int]
    """By line number."""


@dataclass(frozen=True, slots=True)
class RefundedSoFar:
    """All refunds of a receipt together."""

    count: int
    amount: int
    pieces: Counter[int]


async def add(
    session: Session, *, receipt_seq: int, refunded_seq: int, number: int, amount: int, pieces: dict[int, int]
) -> None:
    """Record a refund. Raises IntegrityError where another session recorded one of that number."""
    written = orjson.dumps(sorted(pieces.items())).decode()
    await session.execute(
        insert(refunds).values(
            receipt_seq=receipt_seq, refunded_seq=refunded_seq, number=number, amount=amount, pieces=written
        )
    )


async def of_receipt(session: Session, refunded_seq: int) -> list[RefundRow]:
    """The refunds of a receipt, in order."""
    return await _where(session, refunds.c.refunded_seq == refunded_seq)


async def with_seq(session: Session, receipt_seq: int) -> RefundRow | None:
    """The refund that this receipt is."""
    return next(iter(await _where(session, refunds.c.receipt_seq == receipt_seq)), None)


async def so_far(session: Session, refunded_seq: int) -> RefundedSoFar:
    """What was given back of a receipt."""
    rows = await of_receipt(session, refunded_seq)
    pieces: Counter[int] = Counter()
    for row in rows:
        pieces.update(row.pieces)
    return RefundedSoFar(len(rows), sum(row.amount for row in rows), pieces)


async def amount_of(session: Session, refunded_seq: int) -> int:
    """Given back of a receipt, in the currency's smallest unit."""
    query = select(func.coalesce(func.sum(refunds.c.amount), 0)).where(refunds.c.refunded_seq == refunded_seq)
    return int(await session.scalar(query) or 0)


async def _where(session: Session, condition: ColumnElement[bool]) -> list[RefundRow]:
    query = (
        select(refunds, receipts.c.id.label("receipt_id"), receipts.c.reference)
        .join(receipts, receipts.c.seq == refunds.c.receipt_seq)
        .where(condition)
        .order_by(refunds.c.number)
    )
    return [
        RefundRow(
            receipt_seq=row.receipt_seq,
            receipt_id=row.receipt_id,
            reference=row.reference,
            refunded_seq=row.refunded_seq,
            amount=row.amount,
            pieces=dict(orjson.loads(row.pieces)),
        )
        for row in await session.execute(query)
    ]
