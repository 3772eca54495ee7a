"""Points given or taken by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row, Select, insert, select, update

from tokenpoints.domain.adjustments import AdjustmentState
from tokenpoints.domain.ids import may_be_id
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import adjustments, members, receipts


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One adjustment, as it is kept."""

    receipt_seq: int
    id: str
    receipt_id: str
    reference: str
    member_seq: int
    member_id: str
    points: int
    """Below 0: taken."""
    reason: str
    state: AdjustmentState
    requested_by: str
    """An API key's id."""
    requested_lineage: str
    requested_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None


async def add(session: Session, row: dict[str, Any]) -> None:
    """Record an adjustment."""
    await session.execute(insert(adjustments).values(row))


async def with_id(session: Session, program: str, id: str, *, lock: bool = False) -> Adjustment | None:
    """One adjustment, which nobody else can change until the session ends if `lock`."""
    if not may_be_id(id):
        return None
    query = _found().where(adjustments.c.program == program, adjustments.c.id == id)
    row = (await session.execute(query.with_for_update(of=adjustments) if lock else query)).first()
    return None if row is None else _adjustment(row)


async def of_receipt(session: Session, receipt_seq: int) -> Adjustment | None:
    """The adjustment that this receipt is."""
    row = (await session.execute(_found().where(adjustments.c.receipt_seq == receipt_seq))).first()
    return None if row is None else _adjustment(row)


async def page(
    session: Session,
    program: str,
    *,
    state: AdjustmentState | None,
    now: datetime,
    before_seq: int | None,
    limit: int,
) -> list[Adjustment]:
    """Adjustments, newest first, from the one before `before_seq`."""
    query = _found().where(adjustments.c.program == program)
    match state:
        case AdjustmentState.PENDING:
            query = query.where(adjustments.c.state == AdjustmentState.PENDING, adjustments.c.expires_at > now)
        case AdjustmentState.EXPIRED:
            query = query.where(adjustments.c.state == AdjustmentState.PENDING, adjustments.c.expires_at <= now)
        case AdjustmentState.APPROVED | AdjustmentState.REJECTED:
            query = query.where(adjustments.c.state == state)
        case None:
            pass
    if before_seq is not None:
        query = query.where(adjustments.c.receipt_seq < before_seq)
    query = query.order_by(adjustments.c.receipt_seq.desc()).limit(limit)
    return [_adjustment(row) for row in await session.execute(query)]


async def decide(session: Session, receipt_seq: int, *, state: AdjustmentState, by: str, now: datetime) -> None:
    """Keep who decided what."""
    await session.execute(
        update(adjustments)
        .where(adjustments.c.receipt_seq == receipt_seq)
        .values(state=state, decided_by=by, decided_at=now)
    )


def _found() -> Select[Any]:
    return select(
        adjustments,
        receipts.c.id.label("receipt_id"),
        receipts.c.reference,
        receipts.c.member_seq,
        receipts.c.details,
        receipts.c.received_at,
        members.c.id.label("member_id"),
    ).select_from(
        adjustments.join(receipts, receipts.c.seq == adjustments.c.receipt_seq).join(
            members, members.c.seq == receipts.c.member_seq
        )
    )


def _adjustment(row: Row[Any]) -> Adjustment:
    return Adjustment(
        receipt_seq=row.receipt_seq,
        id=row.id,
        receipt_id=row.receipt_id,
        reference=row.reference,
        member_seq=row.member_seq,
        member_id=row.member_id,
        points=row.points,
        reason=orjson.loads(row.details)["reason"],
        state=AdjustmentState(row.state),
        requested_by=row.requested_by,
        requested_lineage=row.requested_lineage,
        requested_at=row.received_at,
        expires_at=row.expires_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
