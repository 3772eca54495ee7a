"""Awards that are set aside, since the contract would revert for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select

from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import awards, dead_letters

REASON_LENGTH_MAX = 300


def is_dead() -> ColumnElement[bool]:
    """Of awards."""
    return select(dead_letters.c.award_seq).where(dead_letters.c.award_seq == awards.c.seq).correlate(awards).exists()


async def add(session: Session, reasons: Mapping[int, str], *, now: datetime) -> None:
    """Set awards aside, each with its reason, by their keys."""
    if reasons:
        rows = [
            {"award_seq": seq, "reason": reason[:REASON_LENGTH_MAX], "created_at": now}
            for seq, reason in reasons.items()
        ]
        await session.execute(insert(dead_letters), rows)


async def remove(session: Session, program: str, award_id: str) -> bool:
    """Let an award wait for a batch again. Returns whether it was set aside."""
    seq = select(awards.c.seq).where(awards.c.program == program, awards.c.id == award_id).scalar_subquery()
    result = await session.execute(delete(dead_letters).where(dead_letters.c.award_seq == seq))
    return result.rowcount > 0
