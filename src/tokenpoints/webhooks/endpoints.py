"""The brand's side of webhooks: endpoints, their secrets, and sending again."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tokenpoints.domain.ids import new_id
from tokenpoints.domain.programs import Program
from tokenpoints.domain.webhooks import DisabledWhy, EventType, Health, MessageState
from tokenpoints.errors import TooManyWebhooks, UnknownMessage, UnknownWebhook
from tokenpoints.storage import webhook_endpoints, webhook_events, webhook_messages
from tokenpoints.storage.database import Session
from tokenpoints.storage.webhook_endpoints import Endpoint
from tokenpoints.storage.webhook_messages import MessageRecord
from tokenpoints.webhooks.sending import require_destination

ENDPOINT_COUNT_MAX = 20
"""Of a program."""
_SECRET_BYTES = 32


async def create(
    session: Session,
    program: Program,
    *,
    url: str,
    events: Sequence[EventType],
    allow_loopback: bool,
    now: datetime,
) -> Endpoint:
    """A new endpoint, which is told what becomes final from now on. Raises InvalidDestination, TooManyWebhooks."""
    require_destination(url, allow_loopback=allow_loopback)
    count = await webhook_endpoints.count_alone(session, program.slug)
    if count >= ENDPOINT_COUNT_MAX:
        raise TooManyWebhooks(count)
    endpoint_id = new_id("whk")
    await webhook_endpoints.add(
        session,
        id=endpoint_id,
        program=program.slug,
        url=url,
        events=sorted(set(events)),
        secret=_new_secret(),
        created_at=now,
        told_block=await webhook_events.last_final_block(session),
    )
    return await with_id(session, program, endpoint_id)


async def with_id(session: Session, program: Program, endpoint_id: str, *, lock: bool = False) -> Endpoint:
    """One endpoint. Raises UnknownWebhook."""
    found = await webhook_endpoints.with_id(session, program.slug, endpoint_id, lock=lock)
    if found is None:
        raise UnknownWebhook(endpoint_id[:100])
    return found


async def change(
    session: Session,
    program: Program,
    endpoint_id: str,
    *,
    url: str | None,
    events: Sequence[EventType] | None,
    enabled: bool | None,
    allow_loopback: bool,
    now: datetime,
) -> Endpoint:
    """Change what is given. One that is enabled again goes on where it stopped.

    Raises UnknownWebhook, InvalidDestination.
    """
    found = await with_id(session, program, endpoint_id, lock=True)
    values: dict[str, Any] = {}
    if url is not None:
        require_destination(url, allow_loopback=allow_loopback)
        values["url"] = url
    if events is not None:
        values["events"] = sorted(set(events))
    await webhook_endpoints.change(session, found.seq, **values)
    if enabled is True:
        await webhook_endpoints.set_health(session, found.seq, Health())
    elif enabled is False and found.health.disabled_at is None:
        await webhook_endpoints.set_health(
            session, found.seq, Health(disabled_at=now, disabled_why=DisabledWhy.REQUESTED)
        )
    return await with_id(session, program, endpoint_id)


async def remove(session: Session, program: Program, endpoint_id: str) -> Endpoint:
    """Forget an endpoint and its messages. Raises UnknownWebhook."""
    found = await with_id(session, program, endpoint_id, lock=True)
    await webhook_endpoints.remove(session, found.seq)
    return found


async def rotate_secret(
    session: Session, program: Program, endpoint_id: str, *, overlap: timedelta, now: datetime
) -> Endpoint:
    """Give it a new secret. The one before signs too for as long as `overlap`. Raises UnknownWebhook."""
    found = await with_id(session, program, endpoint_id, lock=True)
    await webhook_endpoints.change(
        session, found.seq, secret=_new_secret(), previous_secret=found.secret, previous_until=now + overlap
    )
    return await with_id(session, program, endpoint_id)


async def messages_before(
    session: Session,
    program: Program,
    endpoint_id: str,
    *,
    state: MessageState | None,
    before_seq: int | None,
    limit: int,
) -> list[MessageRecord]:
    """A page of an endpoint's messages, newest first. Raises UnknownWebhook."""
    found = await with_id(session, program, endpoint_id)
    return await webhook_messages.page(session, found.seq, state=state, before_seq=before_seq, limit=limit)


async def replay_message(
    session: Session, program: Program, endpoint_id: str, message_id: str, *, now: datetime
) -> int:
    """Send a message again, with the same id. Raises UnknownWebhook, UnknownMessage."""
    found = await with_id(session, program, endpoint_id, lock=True)
    count = await webhook_messages.replay_one(session, found.seq, message_id, now=now)
    if not count:
        raise UnknownMessage(message_id[:100])
    return count


async def replay_since(
    session: Session,
    program: Program,
    endpoint_id: str,
    since: datetime,
    *,
    state: MessageState | None,
    now: datetime,
) -> int:
    """Send all messages again that were made at `since` or later; returns how many. Raises UnknownWebhook."""
    found = await with_id(session, program, endpoint_id, lock=True)
    return await webhook_messages.replay_since(session, found.seq, since, state=state, now=now)


def _new_secret() -> str:
    """As Standard Webhooks writes them."""
    return "whsec_" + b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
