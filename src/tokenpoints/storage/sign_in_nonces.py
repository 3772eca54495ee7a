"""Questions about the nonces that sign-ins use up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, insert, select

from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import sign_in_nonces


async def add(session: Session, program: str, nonce: str, expires_at: datetime) -> None:
    """Record a new one."""
    await session.execute(insert(sign_in_nonces).values(nonce=nonce, program=program, expires_at=expires_at))


async def is_good(session: Session, program: str, nonce: str, now: datetime) -> bool:
    """Whether it can be used."""
    query = select(sign_in_nonces.c.nonce).where(_is(program, nonce, now))
    return (await session.execute(query)).first() is not None


async def use(session: Session, program: str, nonce: str, now: datetime) -> bool:
    """Use it up. False where somebody was faster, or it is not good."""
    result = await session.execute(delete(sign_in_nonces).where(_is(program, nonce, now)))
    return result.rowcount == 1


async def forget_expired(session: Session, now: datetime) -> None:
    """Drop those that nobody can use any more."""
    await session.execute(delete(sign_in_nonces).where(sign_in_nonces.c.expires_at <= now))


def _is(program: str, nonce: str, now: datetime) -> ColumnElement[bool]:
    return and_(sign_in_nonces.c.nonce == nonce, sign_in_nonces.c.program == program, sign_in_nonces.c.expires_at > now)
