"""`GET /v1/programs/{program}/audit-log`: which key did what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from tokenpoints.domain.audit import AuditEntry
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import Scope
from tokenpoints.domain.types import hex_of
from tokenpoints.gateway.answers.keys import AuditEntryAnswer, AuditLogAnswer
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.cursors import cursor_of, numbers_in
from tokenpoints.gateway.documented import LISTED, STORED, problem_responses
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.requests.keys import AuditLogQuery
from tokenpoints.storage import audit_log

router = APIRouter(tags=["keys"])


@router.get(
    "/v1/programs/{program}/audit-log",
    dependencies=[requires(Scope.AUDIT_READ)],
    response_model=AuditLogAnswer,
    responses=problem_responses("unknown_program", *LISTED, *STORED),
)
async def list_audit_log(
    program: ProgramPart, context: ContextPart, query: Annotated[AuditLogQuery, Query()]
) -> AuditLogAnswer:
    """What was done to the program and what was refused, newest first. Each entry has the hash of the one before."""
    before = numbers_in("audit", query.cursor, 1)[0] if query.cursor is not None else None
    found = await context.read(
        lambda session: audit_log.page(
            session, program.slug, key_id=query.key, before_number=before, limit=query.limit + 1
        )
    )
    page = found[: query.limit]
    next_cursor = cursor_of("audit", page[-1].number) if len(found) > query.limit else None
    return AuditLogAnswer(entries=[audit_answer(entry) for entry in page], next_cursor=next_cursor)


def audit_answer(entry: AuditEntry) -> AuditEntryAnswer:
    return AuditEntryAnswer(
        number=entry.number,
        at=rfc3339(entry.at),
        key=entry.caller.key_id,
        action=entry.caller.action,
        outcome=entry.outcome,
        subjects=list(entry.subjects.shown),
        subject_count=entry.subjects.count,
        subjects_hash=hex_of(entry.subjects.hash),
        request=entry.caller.request_id,
        previous_hash=hex_of(entry.previous_hash),
        hash=hex_of(entry.hash),
    )
