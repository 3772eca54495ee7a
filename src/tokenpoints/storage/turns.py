"""Sessions that write take turns, where order matters more than pace."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from tokenpoints.storage.database import Session


async def one_at_a_time(session: Session, kind: str, names: Sequence[str]) -> None:
    """Wait until no other session has a turn at any of `names`, and have it until this one ends.

    `names` are sorted, so that no two sessions wait for each other. On SQLite every session that writes is alone.
    """
    if session.dialect.name != "postgresql":
        return
    for name in names:
        turn = func.pg_advisory_xact_lock(func.hashtextextended(f"tokenpoints {kind} {name}", 0))
        await session.execute(select(turn))


async def has_turn(session: Session, kind: str, name: str) -> bool:
    """Have a turn at `name` until this session ends, unless another session has it. On SQLite nobody else can."""
    if session.dialect.name != "postgresql":
        return True
    turn = func.pg_try_advisory_xact_lock(func.hashtextextended(f"tokenpoints {kind} {name}", 0))
    return bool(await session.scalar(select(turn)))
