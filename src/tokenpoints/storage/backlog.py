"""What waits, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select

from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import awarded_batches, awards, batches


@dataclass(frozen=True, slots=True)
class Backlog:
    """Of one program. The dates are None where nothing waits."""

    unsealed: int
    oldest_unsealed_at: datetime | None
    open_batches: int
    """Sealed, and not yet indexed as awarded."""
    oldest_open_batch_at: datetime | None


async def of_program(session: Session, program: str) -> Backlog:
    """Costs what waits, not what was done."""
    unsealed = (
        await session.execute(
            select(func.count(), func.min(awards.c.created_at)).where(
                awards.c.program == program, awards.c.batch_seq.is_(None)
            )
        )
    ).one()
    is_awarded = and_(
        awarded_batches.c.program == batches.c.program,
        awarded_batches.c.issuer == batches.c.issuer,
        awarded_batches.c.number == batches.c.number,
    )
    open_ = (
        await session.execute(
            select(func.count(), func.min(batches.c.sealed_at))
            .select_from(batches.outerjoin(awarded_batches, is_awarded))
            .where(batches.c.program == program, awarded_batches.c.number.is_(None))
        )
    ).one()
    return Backlog(unsealed[0], unsealed[1], open_[0], open_[1])
