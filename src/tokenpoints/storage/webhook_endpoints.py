"""To whom it is told: the endpoints."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row, delete, func, insert, or_, select, update

from tokenpoints.domain.ids import may_be_id
from tokenpoints.domain.webhooks import DisabledWhy, EventType, Health
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import webhook_endpoints, webhook_messages
from tokenpoints.storage.turns import one_at_a_time

_of = webhook_endpoints.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A URL of the brand's, and what it is told."""

    seq: int
    id: str
    program: str
    url: str
    events: list[EventType]
    secret: str
    previous_secret: str | None
    previous_until: datetime | None
    created_at: datetime
    told_block: int
    """Everything up to it is among the messages."""
    health: Health

    def secrets(self, now: datetime) -> list[str]:
        """Those that sign: two while the secret is being replaced. Never for a log."""
        if self.previous_secret is None or self.previous_until is None or self.previous_until <= now:
            return [self.secret]
        return [self.secret, self.previous_secret]


async def count_alone(session: Session, program: str) -> int:
    """How many the program has. No other session adds one before this one ends."""
    await one_at_a_time(session, "webhooks", [program])
    query = select(func.count()).select_from(webhook_endpoints).where(_of.program == program)
    return int(await session.scalar(query) or 0)


async def add(session: Session, **values: Any) -> None:
    """Record a new endpoint, with `events` as a list."""
    events = orjson.dumps(values.pop("events")).decode()
    await session.execute(insert(webhook_endpoints).values(events=events, failure_count=0, **values))


async def with_id(session: Session, program: str, endpoint_id: str, *, lock: bool = False) -> Endpoint | None:
    """One endpoint; with `lock`, no other session changes it before this one ends."""
    if not may_be_id(endpoint_id):
        return None
    query = select(webhook_endpoints).where(_of.program == program, _of.id == endpoint_id)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    return None if row is None else _endpoint(row)


async def with_seq_alone(session: Session, seq: int) -> Endpoint | None:
    """One endpoint, which no other session changes before this one ends."""
    row = (await session.execute(select(webhook_endpoints).where(_of.seq == seq).with_for_update())).first()
    return None if row is None else _endpoint(row)


async def page(session: Session, program: str, *, before_seq: int | None, limit: int) -> list[Endpoint]:
    """Endpoints, newest first, that are older than `before_seq`."""
    query = select(webhook_endpoints).where(_of.program == program)
    if before_seq is not None:
        query = query.where(_of.seq < before_seq)
    return [_endpoint(row) for row in await session.execute(query.order_by(_of.seq.desc()).limit(limit))]


async def any_in_use(session: Session, programs: Collection[str]) -> bool:
    """Whether anybody is to be told anything."""
    query = select(_of.seq).where(_of.program.in_(programs), _of.disabled_at.is_(None)).limit(1)
    return (await session.execute(query)).first() is not None


async def behind(session: Session, programs: Collection[str], block: int) -> list[Endpoint]:
    """Those in use that are not told everything up to `block`."""
    query = select(webhook_endpoints).where(
        _of.program.in_(programs), _of.disabled_at.is_(None), _of.told_block < block
    )
    return [_endpoint(row) for row in await session.execute(query.order_by(_of.seq))]


async def with_something_due(session: Session, programs: Collection[str], now: datetime) -> list[Endpoint]:
    """Those in use that may be sent to now, and have something to be sent."""
    is_due = (
        select(webhook_messages.c.seq)
        .where(webhook_messages.c.endpoint_seq == _of.seq, webhook_messages.c.due_at <= now)
        .correlate(webhook_endpoints)
        .exists()
    )
    may_be_sent_to = or_(_of.resume_at.is_(None), _of.resume_at <= now)
    query = select(webhook_endpoints).where(
        _of.program.in_(programs), _of.disabled_at.is_(None), may_be_sent_to, is_due
    )
    return [_endpoint(row) for row in await session.execute(query.order_by(_of.seq))]


async def change(session: Session, seq: int, *, events: Sequence[EventType] | None = None, **values: Any) -> None:
    """Replace some of an endpoint's columns."""
    if events is not None:
        values["events"] = orjson.dumps(events).decode()
    if values:
        await session.execute(update(webhook_endpoints).where(_of.seq == seq).values(**values))


async def set_health(session: Session, seq: int, health: Health) -> None:
    """Record how an endpoint does."""
    await change(
        session,
        seq,
        failure_count=health.failure_count,
        failing_since=health.failing_since,
        resume_at=health.resume_at,
        disabled_at=health.disabled_at,
        disabled_why=health.disabled_why,
    )


async def advance(session: Session, endpoint: Endpoint, block: int) -> bool:
    """Say that it is told everything up to `block`; False where another session did so meanwhile."""
    result = await session.execute(
        update(webhook_endpoints)
        .where(_of.seq == endpoint.seq, _of.told_block == endpoint.told_block, _of.disabled_at.is_(None))
        .values(told_block=block)
    )
    return result.rowcount == 1


async def remove(session: Session, seq: int) -> None:
    """Forget an endpoint and its messages."""
    await session.execute(delete(webhook_messages).where(webhook_messages.c.endpoint_seq == seq))
    await session.execute(delete(webhook_endpoints).where(_of.seq == seq))


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(
        seq=row.seq,
        id=row.id,
        program=row.program,
        url=row.url,
        events=[EventType(event) for event in orjson.loads(row.events)],
        secret=row.secret,
        previous_secret=row.previous_secret,
        previous_until=row.previous_until,
        created_at=row.created_at,
        told_block=row.told_block,
        health=Health(
            row.failure_count,
            row.failing_since,
            row.resume_at,
            row.disabled_at,
            None if row.disabled_why is None else DisabledWhy(row.disabled_why),
        ),
    )
