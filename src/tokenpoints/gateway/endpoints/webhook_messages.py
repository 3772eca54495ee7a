"""`/v1/programs/{program}/webhooks/{webhook}/messages`: what a webhook was told, and telling it again."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Query

from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import Scope
from tokenpoints.domain.webhooks import MessageState
from tokenpoints.gateway.answers.webhooks import MessageAnswer, MessagesAnswer, ReplayedAnswer
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.cursors import cursor_of, numbers_in
from tokenpoints.gateway.documented import LISTED, SENT, STORED, body_of, problem_responses
from tokenpoints.gateway.dry_runs import Trial, trial_answer
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.requests.webhooks import MessagesQuery, MessagesToReplay
from tokenpoints.storage.database import Session
from tokenpoints.storage.webhook_messages import MessageRecord
from tokenpoints.webhooks import endpoints

router = APIRouter(prefix="/v1/programs/{program}/webhooks/{webhook}", tags=["webhooks"])

_NAMED = ("unknown_program", "unknown_webhook")


@router.get(
    "/messages",
    dependencies=[requires(Scope.WEBHOOKS_READ)],
    response_model=MessagesAnswer,
    responses=problem_responses(*_NAMED, *LISTED, *STORED),
)
async def list_messages(
    program: ProgramPart, webhook: str, context: ContextPart, query: Annotated[MessagesQuery, Query()]
) -> MessagesAnswer:
    """What the webhook is and was told, newest first."""
    before_seq = numbers_in("messages", query.cursor, 1)[0] if query.cursor is not None else None
    found = await context.read(
        lambda session: endpoints.messages_before(
            session, program, webhook, state=query.state, before_seq=before_seq, limit=query.limit + 1
        )
    )
    page = found[: query.limit]
    next_cursor = cursor_of("messages", page[-1].seq) if len(found) > query.limit else None
    return MessagesAnswer(messages=[_answer(message) for message in page], next_cursor=next_cursor)


@router.post(
    "/replay",
    dependencies=[requires(Scope.WEBHOOKS_WRITE)],
    status_code=202,
    response_model=ReplayedAnswer,
    responses={**trial_answer(ReplayedAnswer), **problem_responses(*_NAMED, "unknown_message", *SENT, *STORED)},
    openapi_extra=body_of(MessagesToReplay),
)
async def replay_messages(
    program: ProgramPart,
    webhook: str,
    context: ContextPart,
    body: Annotated[MessagesToReplay, Depends(json_body(MessagesToReplay))],
    dry_run: Trial,
) -> ReplayedAnswer:
    """Send a message again, or all since a time, delivered or not, each with the id that it had."""
    now = context.clock()

    async def replay(session: Session) -> int:
        if body.message is not None:
            return await endpoints.replay_message(session, program, webhook, body.message, now=now)
        assert body.since is not None
        state = None if body.state is None else MessageState(body.state)
        return await endpoints.replay_since(session, program, webhook, body.since, state=state, now=now)

    return ReplayedAnswer(replayed=await context.write(replay, dry_run=dry_run))


def _answer(message: MessageRecord) -> MessageAnswer:
    return MessageAnswer(
        id=message.id,
        type=message.type,
        state=message.state,
        created_at=rfc3339(message.created_at),
        attempts=message.attempt_count,
        next_attempt_at=rfc3339(message.due_at) if message.due_at is not None else None,
        last_attempt_at=rfc3339(message.attempted_at) if message.attempted_at is not None else None,
        last_status=message.status,
        last_error=message.error,
        body=orjson.loads(message.body),
    )
