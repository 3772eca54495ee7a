"""The audit log: adding to it and reading it. Nothing changes an entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Row, insert, select

from tokenpoints.domain.audit import AuditEntry, Caller, Subjects
from tokenpoints.domain.types import Hash32
from tokenpoints.storage.chunks import any_of
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import audit_log
from tokenpoints.storage.turns import one_at_a_time

_of = audit_log.c


async def last_alone(session: Session, program: str) -> tuple[int, Hash32] | None:
    """The number and hash of the program's last entry. No other session adds one before this one ends."""
    await one_at_a_time(session, "audit", [program])
    query = select(_of.number, _of.hash).where(_of.program == program).order_by(_of.number.desc()).limit(1)
    row = (await session.execute(query)).first()
    return None if row is None else (row.number, Hash32(row.hash))


async def add(session: Session, entry: AuditEntry) -> None:
    """Add an entry."""
    await session.execute(
        insert(audit_log).values(
            program=entry.program,
            number=entry.number,
            at=entry.at,
            key_id=entry.caller.key_id,
            action=entry.caller.action,
            outcome=entry.outcome,
            subjects=orjson.dumps(entry.subjects.shown).decode(),
            subject_count=entry.subjects.count,
            subjects_hash=entry.subjects.hash,
            request_id=entry.caller.request_id,
            previous_hash=entry.previous_hash,
            hash=entry.hash,
        )
    )


async def page(
    session: Session, program: str, *, key_id: str | None = None, before_number: int | None, limit: int
) -> list[AuditEntry]:
    """The program's entries, newest first, with smaller numbers than `before_number`."""
    query = select(audit_log).where(_of.program == program)
    if key_id is not None:
        query = query.where(_of.key_id == key_id)
    if before_number is not None:
        query = query.where(_of.number < before_number)
    return [_entry(row) for row in await session.execute(query.order_by(_of.number.desc()).limit(limit))]


async def after(session: Session, program: str, number: int, *, limit: int) -> list[AuditEntry]:
    """The program's entries in their order, from the one after `number`."""
    query = select(audit_log).where(_of.program == program, _of.number > number).order_by(_of.number).limit(limit)
    return [_entry(row) for row in await session.execute(query)]


async def with_numbers(session: Session, program: str, numbers: Sequence[int]) -> list[AuditEntry]:
    """Entries of the program, in their order."""
    found: list[AuditEntry] = []
    for is_one in any_of(session, _of.number, numbers):
        query = select(audit_log).where(_of.program == program, is_one).order_by(_of.number)
        found += [_entry(row) for row in await session.execute(query)]
    return found


async def programs(session: Session) -> list[str]:
    """Those that have entries."""
    return list(await session.scalars(select(_of.program).distinct().order_by(_of.program)))


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        program=row.program,
        number=row.number,
        at=row.at,
        caller=Caller(row.key_id, row.action, row.request_id),
        outcome=row.outcome,
        subjects=Subjects(tuple(orjson.loads(row.subjects)), row.subject_count, Hash32(row.subjects_hash)),
        previous_hash=Hash32(row.previous_hash),
        hash=Hash32(row.hash),
    )
