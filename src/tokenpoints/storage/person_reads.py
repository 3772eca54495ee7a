"""What else names a person: messages, entries of the audit log, API keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, or_, select

from tokenpoints.domain.accounts import Member
from tokenpoints.storage.chunks import any_of
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import api_keys, audit_log, webhook_endpoints, webhook_messages

_IDS_AT_ONCE = 100


async def messages_naming(session: Session, program: str, person: Sequence[Member]) -> list[Row[Any]]:
    """Webhooks' messages about them, oldest first, each with its endpoint's id as `webhook`."""
    joined = webhook_messages.join(webhook_endpoints, webhook_endpoints.c.seq == webhook_messages.c.endpoint_seq)
    named = or_(*(webhook_messages.c.body.contains(each.id, autoescape=True) for each in person))
    query = select(webhook_messages, webhook_endpoints.c.id.label("webhook")).select_from(joined)
    query = query.where(webhook_endpoints.c.program == program, named).order_by(webhook_messages.c.seq)
    return list(await session.execute(query))


async def audit_numbers_naming(session: Session, program: str, ids: Sequence[str]) -> list[int]:
    """The numbers of the entries that show one of these ids."""
    found: set[int] = set()
    for start in range(0, len(ids), _IDS_AT_ONCE):
        part = ids[start : start + _IDS_AT_ONCE]
        named = or_(*(audit_log.c.subjects.contains(each, autoescape=True) for each in part))
        found.update(await session.scalars(select(audit_log.c.number).where(audit_log.c.program == program, named)))
    return sorted(found)


async def keys_of(session: Session, program: str, person: Sequence[Member]) -> list[str]:
    """The ids of the API keys of the cashier who they are."""
    found: list[str] = []
    for is_one in any_of(session, api_keys.c.member_id, [each.id for each in person]):
        query = select(api_keys.c.id).where(api_keys.c.program == program, is_one)
        found += await session.scalars(query.order_by(api_keys.c.seq))
    return found
