"""What waits, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from tokenpoints.storage.awards import is_waiting
from tokenpoints.storage.database import Session
from tokenpoints.storage.joins import batch_is_awarded
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
            select(func.count(), func.min(awards.c.created_at)).where(awards.c.program == program, is_waiting())
        )
    ).one()
    open_ = (
        await session.execute(
            select(func.count(), func.min(batches.c.sealed_at))
            .select_from(batches.outerjoin(awarded_batches, batch_is_awarded()))
            .where(batches.c.program == program, awarded_batches.c.number.is_(None))
        )
    ).one()
    return Backlog(unsealed[0], unsealed[1], open_[0], open_[1])
