"""`/v1/programs/{program}/keys`: API keys, whose text is shown when they are made and never again."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from tokenpoints.access import keys
from tokenpoints.access.keys import ShownKey
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import ApiKey, Scope
from tokenpoints.gateway.answers.keys import KeyAnswer, KeyLimitsAnswer, KeysAnswer, KeyWithTextAnswer
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.cursors import cursor_of, numbers_in
from tokenpoints.gateway.documented import LISTED, SENT, STORED, body_of, problem_responses
from tokenpoints.gateway.dry_runs import Trial, trial_answer
from tokenpoints.gateway.idempotency import SHOWS_SECRET
from tokenpoints.gateway.principals import KeyPart, requires
from tokenpoints.gateway.requests.keys import KeysQuery, KeyToCreate, KeyToRotate
from tokenpoints.storage import api_keys

router = APIRouter(prefix="/v1/programs/{program}/keys", tags=["keys"])

_NAMED = ("unknown_program", "unknown_key")


@router.post(
    "",
    dependencies=[requires(Scope.KEYS_WRITE), SHOWS_SECRET],
    status_code=201,
    response_model=KeyWithTextAnswer,
    responses={
        **trial_answer(KeyWithTextAnswer),
        **problem_responses("unknown_program", "unknown_member", "too_many_keys", *SENT, *STORED),
    },
    openapi_extra=body_of(KeyToCreate),
)
async def create_key(
    program: ProgramPart,
    context: ContextPart,
    caller: KeyPart,
    body: Annotated[KeyToCreate, Depends(json_body(KeyToCreate))],
    dry_run: Trial,
) -> KeyWithTextAnswer:
    """Make an API key that can do no more than yours. The answer shows it, which no later one does."""
    now, request = context.clock(), body.request()
    made = await context.write(
        lambda session: keys.create(session, program.slug, request, mode=context.mode, giver=caller.scopes, now=now),
        subjects=lambda shown: [shown.key.id],
        dry_run=dry_run,
    )
    return _with_text(made, dry_run=dry_run)


@router.get(
    "",
    dependencies=[requires(Scope.KEYS_READ)],
    response_model=KeysAnswer,
    responses=problem_responses("unknown_program", *LISTED, *STORED),
)
async def list_keys(program: ProgramPart, context: ContextPart, query: Annotated[KeysQuery, Query()]) -> KeysAnswer:
    """API keys, newest first, those that ended too."""
    before_seq = numbers_in("keys", query.cursor, 1)[0] if query.cursor is not None else None
    found = await context.read(
        lambda session: api_keys.page(session, program.slug, before_seq=before_seq, limit=query.limit + 1)
    )
    page = found[: query.limit]
    next_cursor = cursor_of("keys", page[-1].seq) if len(found) > query.limit else None
    return KeysAnswer(keys=[_answer(key) for key in page], next_cursor=next_cursor)


@router.get(
    "/{key}",
    dependencies=[requires(Scope.KEYS_READ)],
    response_model=KeyAnswer,
    responses=problem_responses(*_NAMED, *STORED),
)
async def get_key(program: ProgramPart, key: str, context: ContextPart) -> KeyAnswer:
    """One API key."""
    return _answer(await context.read(lambda session: keys.with_id(session, program.slug, key)))


@router.delete(
    "/{key}",
    dependencies=[requires(Scope.KEYS_WRITE)],
    response_model=KeyAnswer,
    responses=problem_responses(*_NAMED, "invalid_input", *STORED),
)
async def revoke_key(program: ProgramPart, key: str, context: ContextPart, dry_run: Trial) -> KeyAnswer:
    """Let an API key open nothing from now on. It stays in the list."""
    now = context.clock()
    revoked = await context.write(lambda session: keys.revoke(session, program.slug, key, now=now), dry_run=dry_run)
    context.known_keys.changed(key)
    return _answer(revoked)


@router.post(
    "/{key}/rotate",
    dependencies=[requires(Scope.KEYS_WRITE), SHOWS_SECRET],
    response_model=KeyWithTextAnswer,
    responses=problem_responses(*_NAMED, "key_not_active", *SENT, *STORED),
    openapi_extra=body_of(KeyToRotate),
)
async def rotate_key(
    program: ProgramPart,
    key: str,
    context: ContextPart,
    caller: KeyPart,
    body: Annotated[KeyToRotate, Depends(json_body(KeyToRotate))],
    dry_run: Trial,
) -> KeyWithTextAnswer:
    """Make an API key in place of another one, which works on for a while. They share their limits."""
    now, overlap = context.clock(), timedelta(seconds=body.overlap_seconds)
    made = await context.write(
        lambda session: keys.rotate(
            session, program.slug, key, overlap=overlap, mode=context.mode, giver=caller.scopes, now=now
        ),
        subjects=lambda shown: [shown.key.id],
        dry_run=dry_run,
    )
    context.known_keys.changed(key)
    return _with_text(made, dry_run=dry_run)


def _answer(key: ApiKey) -> KeyAnswer:
    return KeyAnswer(
        id=key.id,
        name=key.name,
        role=key.role,
        scopes=sorted(key.scopes),
        store=key.store,
        member=key.member_id,
        limits=KeyLimitsAnswer(
            receipt_amount=key.limits.receipt_amount,
            day_amount=key.limits.day_amount,
            day_count=key.limits.day_count,
        ),
        created_at=rfc3339(key.created_at),
        expires_at=rfc3339(key.expires_at) if key.expires_at else None,
        revoked_at=rfc3339(key.revoked_at) if key.revoked_at else None,
        last_used_at=rfc3339(key.last_used_at) if key.last_used_at else None,
        replaced_by=key.replaced_by,
    )


def _with_text(shown: ShownKey, *, dry_run: bool) -> KeyWithTextAnswer:
    return KeyWithTextAnswer(**dict(_answer(shown.key)), key=None if dry_run else shown.text)
