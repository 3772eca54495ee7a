"""Questions about API keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tokenpoints.domain.ids import may_be_id
from tokenpoints.domain.keys import ApiKey, KeyRole, Limits, Scope
from tokenpoints.domain.types import Hash32
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import api_key_days, api_keys
from tokenpoints.storage.turns import one_at_a_time

_of = api_keys.c


async def count_alone(session: Session, program: str | None, now: datetime) -> int:
    """How many keys of the program work. No other session adds one before this one ends."""
    await one_at_a_time(session, "keys", [program or ""])
    works = _of.revoked_at.is_(None), or_(_of.expires_at.is_(None), _of.expires_at > now)
    query = select(func.count()).select_from(api_keys).where(_is_of(program), *works)
    return int(await session.scalar(query) or 0)


async def add(session: Session, *, limits: Limits, scopes: frozenset[Scope], **values: Any) -> None:
    """Record a new key."""
    await session.execute(
        insert(api_keys).values(
            scopes=" ".join(sorted(scopes)),
            receipt_amount_max=limits.receipt_amount,
            day_amount_max=limits.day_amount,
            day_count_max=limits.day_count,
            **values,
        )
    )


async def with_id(session: Session, key_id: str, *, lock: bool = False) -> ApiKey | None:
    """One key, of whatever program; with `lock`, no other session changes it before this one ends."""
    if not may_be_id(key_id):
        return None
    query = select(api_keys).where(_of.id == key_id)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    return None if row is None else _key(row)


async def page(session: Session, program: str | None, *, before_seq: int | None, limit: int) -> list[ApiKey]:
    """The program's keys, or those of the installation, newest first, that are older than `before_seq`."""
    query = select(api_keys).where(_is_of(program))
    if before_seq is not None:
        query = query.where(_of.seq < before_seq)
    return [_key(row) for row in await session.execute(query.order_by(_of.seq.desc()).limit(limit))]


async def replace(session: Session, seq: int, *, by: str, until: datetime) -> None:
    """Let a key end at `until`, as another one is there for it now."""
    await session.execute(update(api_keys).where(_of.seq == seq).values(replaced_by=by, expires_at=until))


async def revoke(session: Session, seq: int, now: datetime) -> None:
    """Let a key end now, for ever."""
    await session.execute(update(api_keys).where(_of.seq == seq, _of.revoked_at.is_(None)).values(revoked_at=now))


async def used(session: Session, seq: int, now: datetime, *, at_most_every: timedelta) -> None:
    """Say that a key was used, unless that was said a moment ago."""
    is_old = or_(_of.last_used_at.is_(None), _of.last_used_at <= now - at_most_every)
    await session.execute(update(api_keys).where(_of.seq == seq, is_old).values(last_used_at=now))


async def spend(session: Session, lineage: str, day: int, *, count: int, amount: int) -> tuple[int, int]:
    """Add to what was recorded that day, and return all of it: count, amount.

    Another session that adds to the same day waits until this one ends.
    """
    insert_or_add = postgresql.insert if session.dialect.name == "postgresql" else sqlite.insert
    statement = insert_or_add(api_key_days).values(lineage=lineage, day=day, count=count, amount=amount)
    added = statement.on_conflict_do_update(
        index_elements=["lineage", "day"],
        set_={"count": api_key_days.c.count + count, "amount": api_key_days.c.amount + amount},
    ).returning(api_key_days.c.count, api_key_days.c.amount)
    row = (await session.execute(added)).one()
    return row[0], row[1]


def _is_of(program: str | None) -> ColumnElement[bool]:
    return _of.program.is_(None) if program is None else _of.program == program


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        seq=row.seq,
        id=row.id,
        program=row.program,
        name=row.name,
        role=KeyRole(row.role),
        scopes=frozenset(map(Scope, row.scopes.split())),
        store=row.store,
        member_id=row.member_id,
        limits=Limits(row.receipt_amount_max, row.day_amount_max, row.day_count_max),
        lineage=row.lineage,
        secret_hash=Hash32(row.secret_hash),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        replaced_by=row.replaced_by,
    )
