"""What takes a step-up, and which step-ups were used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select

from tokenpoints.domain.actions import StepUpLimits
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import step_up_limits, used_tokens
from tokenpoints.storage.turns import one_at_a_time


async def limits(session: Session, program: str) -> StepUpLimits | None:
    """Those of a program; None where it has set none."""
    query = select(step_up_limits.c.action_points, step_up_limits.c.day_points)
    row = (await session.execute(query.where(step_up_limits.c.program == program))).first()
    return None if row is None else StepUpLimits(*row)


async def set_limits(session: Session, program: str, chosen: StepUpLimits, *, now: datetime) -> None:
    """Put them in the place of those before."""
    await one_at_a_time(session, "step_up_limits", [program])
    await session.execute(delete(step_up_limits).where(step_up_limits.c.program == program))
    await session.execute(
        insert(step_up_limits).values(
            program=program, action_points=chosen.action_points, day_points=chosen.day_points, updated_at=now
        )
    )


async def is_used(session: Session, token_id: str) -> bool:
    """Whether an action was done with a token's step-up."""
    return (await session.execute(select(used_tokens.c.id).where(used_tokens.c.id == token_id))).first() is not None


async def use(session: Session, token_id: str, *, expires_at: datetime, now: datetime) -> None:
    """Use it up. Those that have expired are forgotten."""
    await session.execute(delete(used_tokens).where(used_tokens.c.expires_at <= now))
    await session.execute(insert(used_tokens).values(id=token_id, expires_at=expires_at))
