"""What is told: messages, each to one endpoint, with how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, select, update

from tokenpoints.domain.ids import may_be_id
from tokenpoints.domain.webhooks import EventType, MessageState
from tokenpoints.storage.bulk import insert_all
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import webhook_endpoints, webhook_messages

_of = webhook_messages.c
_ERROR_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """One message to one endpoint."""

    seq: int
    id: str
    type: EventType
    body: str
    """JSON, as it is sent."""
    created_at: datetime
    due_at: datetime | None
    attempt_count: int
    attempted_at: datetime | None
    status: int | None
    """Of the last answer."""
    error: str | None
    delivered_at: datetime | None
    dead_at: datetime | None

    @property
    def state(self) -> MessageState:
        if self.delivered_at is not None:
            return MessageState.DELIVERED
        return MessageState.DEAD if self.dead_at is not None else MessageState.WAITING


@dataclass(frozen=True, slots=True)
class WebhookBacklog:
    """Of one program."""

    waiting: int
    oldest_waiting_at: datetime | None
    dead: int
    disabled_endpoints: int


async def add(session: Session, endpoint_seq: int, rows: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """Record new messages: each row has `id`, `type` and `body`."""
    common = {"endpoint_seq": endpoint_seq, "created_at": now, "due_at": now, "attempt_count": 0}
    await insert_all(session, webhook_messages, [row | common for row in rows])


async def due(session: Session, endpoint_seq: int, *, now: datetime, limit: int) -> list[MessageRecord]:
    """Those to be sent now, that which is due longest first."""
    query = select(webhook_messages).where(_of.endpoint_seq == endpoint_seq, _of.due_at <= now)
    return [_message(row) for row in await session.execute(query.order_by(_of.due_at, _of.seq).limit(limit))]


async def waiting_count(session: Session, endpoint_seq: int) -> int:
    """How many of an endpoint's messages wait."""
    query = select(func.count()).where(_of.endpoint_seq == endpoint_seq, _of.due_at.is_not(None))
    return int(await session.scalar(query) or 0)


async def set_delivered(session: Session, message: MessageRecord, *, status: int, now: datetime) -> None:
    """The receiver accepted it."""
    await _attempted(session, message, now, due_at=None, status=status, error=None, delivered_at=now)


async def set_failed(
    session: Session, message: MessageRecord, *, status: int | None, error: str, due_at: datetime | None, now: datetime
) -> None:
    """The receiver did not; without `due_at` the message is dead."""
    dead_at = now if due_at is None else None
    await _attempted(
        session, message, now, due_at=due_at, status=status, error=error[:_ERROR_LENGTH_MAX], dead_at=dead_at
    )


async def page(
    session: Session, endpoint_seq: int, *, state: MessageState | None, before_seq: int | None, limit: int
) -> list[MessageRecord]:
    """Messages, newest first, that are older than `before_seq`."""
    query = select(webhook_messages).where(_of.endpoint_seq == endpoint_seq)
    if state is not None:
        query = query.where(_is(state))
    if before_seq is not None:
        query = query.where(_of.seq < before_seq)
    return [_message(row) for row in await session.execute(query.order_by(_of.seq.desc()).limit(limit))]


async def replay_one(session: Session, endpoint_seq: int, message_id: str, *, now: datetime) -> int:
    """Make a message due, as if it were new. Returns how many there are: 1, or 0 where it is unknown."""
    if not may_be_id(message_id):
        return 0
    return await _replay(session, endpoint_seq, _of.id == message_id, now=now)


async def replay_since(
    session: Session, endpoint_seq: int, since: datetime, *, state: MessageState | None, now: datetime
) -> int:
    """Make all messages due that were made at `since` or later. Returns how many."""
    chosen = _of.created_at >= since
    return await _replay(session, endpoint_seq, chosen if state is None else chosen & _is(state), now=now)


async def forget_settled(session: Session, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` messages, made before then, that are delivered or dead. Returns how many."""
    oldest = select(_of.seq).where(_of.created_at < before, _of.due_at.is_(None)).order_by(_of.seq).limit(limit)
    result = await session.execute(delete(webhook_messages).where(_of.seq.in_(oldest)))
    return result.rowcount


async def backlog(session: Session, program: str) -> WebhookBacklog:
    """What waits, and what is dead. Costs those, not what is delivered."""
    joined = webhook_messages.join(webhook_endpoints, webhook_endpoints.c.seq == _of.endpoint_seq)
    of_program = webhook_endpoints.c.program == program
    waiting = (
        await session.execute(
            select(func.count(), func.min(_of.created_at))
            .select_from(joined)
            .where(of_program, _of.due_at.is_not(None))
        )
    ).one()
    dead = await session.scalar(select(func.count()).select_from(joined).where(of_program, _of.dead_at.is_not(None)))
    disabled = await session.scalar(
        select(func.count())
        .select_from(webhook_endpoints)
        .where(of_program, webhook_endpoints.c.disabled_at.is_not(None))
    )
    return WebhookBacklog(waiting[0], waiting[1], int(dead or 0), int(disabled or 0))


async def _attempted(session: Session, message: MessageRecord, now: datetime, **values: Any) -> None:
    await session.execute(
        update(webhook_messages)
        .where(_of.seq == message.seq)
        .values(attempt_count=message.attempt_count + 1, attempted_at=now, **values)
    )


async def _replay(session: Session, endpoint_seq: int, chosen: ColumnElement[bool], *, now: datetime) -> int:
    result = await session.execute(
        update(webhook_messages)
        .where(_of.endpoint_seq == endpoint_seq, chosen)
        .values(due_at=now, attempt_count=0, delivered_at=None, dead_at=None)
    )
    return result.rowcount


def _is(state: MessageState) -> ColumnElement[bool]:
    match state:
        case MessageState.WAITING:
            return _of.due_at.is_not(None)
        case MessageState.DELIVERED:
            return _of.delivered_at.is_not(None)
        case MessageState.DEAD:
            return _of.dead_at.is_not(None)


def _message(row: Row[Any]) -> MessageRecord:
    return MessageRecord(
        seq=row.seq,
        id=row.id,
        type=EventType(row.type),
        body=row.body,
        created_at=row.created_at,
        due_at=row.due_at,
        attempt_count=row.attempt_count,
        attempted_at=row.attempted_at,
        status=row.status,
        error=row.error,
        delivered_at=row.delivered_at,
        dead_at=row.dead_at,
    )
