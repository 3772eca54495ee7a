"""`/v1/programs/{program}/webhooks`: URLs of the brand's that are told what became final."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.answers.webhooks import WebhookAnswer, WebhooksAnswer, WebhookWithSecretAnswer
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.cursors import cursor_of, numbers_in
from tokenpoints.gateway.documented import LISTED, SENT, STORED, body_of, problem_responses
from tokenpoints.gateway.dry_runs import Trial, trial_answer
from tokenpoints.gateway.idempotency import SHOWS_SECRET
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.requests.webhooks import SecretToRotate, WebhooksQuery, WebhookToChange, WebhookToCreate
from tokenpoints.storage import webhook_endpoints
from tokenpoints.storage.webhook_endpoints import Endpoint
from tokenpoints.webhooks import endpoints

router = APIRouter(prefix="/v1/programs/{program}/webhooks", tags=["webhooks"])

_NAMED = ("unknown_program", "unknown_webhook")


@router.post(
    "",
    dependencies=[requires(Scope.WEBHOOKS_WRITE), SHOWS_SECRET],
    status_code=201,
    response_model=WebhookWithSecretAnswer,
    responses={
        **trial_answer(WebhookWithSecretAnswer),
        **problem_responses("unknown_program", "too_many_webhooks", "invalid_destination", *SENT, *STORED),
    },
    openapi_extra=body_of(WebhookToCreate),
)
async def create_webhook(
    program: ProgramPart,
    context: ContextPart,
    body: Annotated[WebhookToCreate, Depends(json_body(WebhookToCreate))],
    dry_run: Trial,
) -> WebhookWithSecretAnswer:
    """Tell a URL what becomes final from now on. The answer shows the secret, which no later one does."""
    now = context.clock()
    found = await context.write(
        lambda session: endpoints.create(
            session,
            program,
            url=body.url,
            events=body.events,
            allow_loopback=context.webhooks_allow_loopback,
            now=now,
        ),
        subjects=lambda created: [created.id],
        dry_run=dry_run,
    )
    return _with_secret(found, now, dry_run=dry_run)


@router.get(
    "",
    dependencies=[requires(Scope.WEBHOOKS_READ)],
    response_model=WebhooksAnswer,
    responses=problem_responses("unknown_program", *LISTED, *STORED),
)
async def list_webhooks(
    program: ProgramPart, context: ContextPart, query: Annotated[WebhooksQuery, Query()]
) -> WebhooksAnswer:
    """Webhooks, newest first."""
    before_seq = numbers_in("webhooks", query.cursor, 1)[0] if query.cursor is not None else None
    found = await context.read(
        lambda session: webhook_endpoints.page(session, program.slug, before_seq=before_seq, limit=query.limit + 1)
    )
    page, now = found[: query.limit], context.clock()
    next_cursor = cursor_of("webhooks", page[-1].seq) if len(found) > query.limit else None
    return WebhooksAnswer(webhooks=[_answer(endpoint, now) for endpoint in page], next_cursor=next_cursor)


@router.get(
    "/{webhook}",
    dependencies=[requires(Scope.WEBHOOKS_READ)],
    response_model=WebhookAnswer,
    responses=problem_responses(*_NAMED, *STORED),
)
async def get_webhook(program: ProgramPart, webhook: str, context: ContextPart) -> WebhookAnswer:
    """One webhook, and how it does."""
    found = await context.read(lambda session: endpoints.with_id(session, program, webhook))
    return _answer(found, context.clock())


@router.patch(
    "/{webhook}",
    dependencies=[requires(Scope.WEBHOOKS_WRITE)],
    response_model=WebhookAnswer,
    responses=problem_responses(*_NAMED, "invalid_destination", *SENT, *STORED),
    openapi_extra=body_of(WebhookToChange),
)
async def change_webhook(
    program: ProgramPart,
    webhook: str,
    context: ContextPart,
    body: Annotated[WebhookToChange, Depends(json_body(WebhookToChange))],
    dry_run: Trial,
) -> WebhookAnswer:
    """Change the URL or the events, switch it off, or on again: then it goes on where it stopped."""
    now = context.clock()
    found = await context.write(
        lambda session: endpoints.change(
            session,
            program,
            webhook,
            url=body.url,
            events=body.events,
            enabled=body.enabled,
            allow_loopback=context.webhooks_allow_loopback,
            now=now,
        ),
        dry_run=dry_run,
    )
    return _answer(found, now)


@router.delete(
    "/{webhook}",
    dependencies=[requires(Scope.WEBHOOKS_WRITE)],
    response_model=WebhookAnswer,
    responses=problem_responses(*_NAMED, "invalid_input", *STORED),
)
async def delete_webhook(program: ProgramPart, webhook: str, context: ContextPart, dry_run: Trial) -> WebhookAnswer:
    """Forget a webhook and its messages, those that wait included. Answers with what it was."""
    found = await context.write(lambda session: endpoints.remove(session, program, webhook), dry_run=dry_run)
    return _answer(found, context.clock())


@router.post(
    "/{webhook}/rotate-secret",
    dependencies=[requires(Scope.WEBHOOKS_WRITE), SHOWS_SECRET],
    response_model=WebhookWithSecretAnswer,
    responses=problem_responses(*_NAMED, *SENT, *STORED),
    openapi_extra=body_of(SecretToRotate),
)
async def rotate_secret(
    program: ProgramPart,
    webhook: str,
    context: ContextPart,
    body: Annotated[SecretToRotate, Depends(json_body(SecretToRotate))],
    dry_run: Trial,
) -> WebhookWithSecretAnswer:
    """Replace the secret. For a while messages are signed with both, so that the receiver can change over."""
    now, overlap = context.clock(), timedelta(seconds=body.overlap_seconds)
    found = await context.write(
        lambda session: endpoints.rotate_secret(session, program, webhook, overlap=overlap, now=now),
        dry_run=dry_run,
    )
    return _with_secret(found, now, dry_run=dry_run)


def _answer(endpoint: Endpoint, now: datetime) -> WebhookAnswer:
    health, until = endpoint.health, endpoint.previous_until
    return WebhookAnswer(
        id=endpoint.id,
        url=endpoint.url,
        events=endpoint.events,
        created_at=rfc3339(endpoint.created_at),
        failing_since=rfc3339(health.failing_since) if health.failing_since is not None else None,
        disabled_at=rfc3339(health.disabled_at) if health.disabled_at is not None else None,
        disabled_why=health.disabled_why,
        previous_secret_until=rfc3339(until) if until is not None and until > now else None,
    )


def _with_secret(endpoint: Endpoint, now: datetime, *, dry_run: bool) -> WebhookWithSecretAnswer:
    return WebhookWithSecretAnswer(**dict(_answer(endpoint, now)), secret=None if dry_run else endpoint.secret)
