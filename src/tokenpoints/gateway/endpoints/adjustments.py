"""`/v1/programs/{program}/adjustments`: points given or taken by hand, above a limit by two."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from tokenpoints.domain.adjustments import state_at
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import ApiKey, Scope
from tokenpoints.domain.programs import Program
from tokenpoints.earning import adjusting
from tokenpoints.earning.awards import awards_of_receipts
from tokenpoints.earning.taking_back import standings
from tokenpoints.gateway.answers.refunds import AdjustmentAnswer, AdjustmentsAnswer
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import Context, ContextPart, ProgramPart
from tokenpoints.gateway.cursors import cursor_of, numbers_in
from tokenpoints.gateway.documented import LISTED, SENT, STORED, body_of, problem_responses
from tokenpoints.gateway.dry_runs import Trial, trial_answer
from tokenpoints.gateway.endpoints.awards import award_answer
from tokenpoints.gateway.principals import KeyPart, requires
from tokenpoints.gateway.requests.refunds import AdjustmentsQuery, AdjustmentToMake
from tokenpoints.gateway.views.refunds import standing_fields
from tokenpoints.storage import adjustments
from tokenpoints.storage.adjustments import Adjustment
from tokenpoints.storage.database import Session

router = APIRouter(prefix="/v1/programs/{program}/adjustments", tags=["adjustments"])

_DECIDED = ("unknown_program", "unknown_adjustment", "adjustment_not_pending", "rule_not_indexed", "invalid_input")


@router.post(
    "",
    dependencies=[requires(Scope.ADJUSTMENTS_WRITE)],
    status_code=202,
    response_model=AdjustmentAnswer,
    responses={
        **trial_answer(AdjustmentAnswer),
        **problem_responses(
            "unknown_program",
            "unknown_member",
            "reference_conflict",
            "amount_out_of_range",
            "rule_not_indexed",
            *SENT,
            *STORED,
        ),
    },
    openapi_extra=body_of(AdjustmentToMake),
)
async def adjust(
    program: ProgramPart,
    context: ContextPart,
    key: KeyPart,
    body: Annotated[AdjustmentToMake, Depends(json_body(AdjustmentToMake))],
    dry_run: Trial,
) -> AdjustmentAnswer:
    """Give or take points by hand. Above the program's limit it waits for a second approver."""
    now = context.clock()

    async def act(session: Session) -> AdjustmentAnswer:
        made, replayed = await adjusting.adjust(session, program, body.request(), key, now=now)
        [answer] = await _answers(session, [made], now, replayed=replayed)
        return answer

    return await context.write(act, subjects=lambda found: [found.id or "", found.receipt], dry_run=dry_run)


@router.get(
    "",
    dependencies=[requires(Scope.AWARDS_READ)],
    response_model=AdjustmentsAnswer,
    responses=problem_responses("unknown_program", *LISTED, *STORED),
)
async def list_adjustments(
    program: ProgramPart, context: ContextPart, query: Annotated[AdjustmentsQuery, Query()]
) -> AdjustmentsAnswer:
    """Adjustments, newest first."""
    before_seq = numbers_in("adjustments", query.cursor, 1)[0] if query.cursor is not None else None
    now = context.clock()

    async def ask(session: Session) -> tuple[list[Adjustment], list[AdjustmentAnswer]]:
        found = await adjustments.page(
            session, program.slug, state=query.state, now=now, before_seq=before_seq, limit=query.limit + 1
        )
        return found, await _answers(session, found[: query.limit], now)

    found, answers = await context.read(ask)
    next_cursor = cursor_of("adjustments", found[query.limit - 1].receipt_seq) if len(found) > query.limit else None
    return AdjustmentsAnswer(adjustments=answers, next_cursor=next_cursor)


@router.get(
    "/{adjustment}",
    dependencies=[requires(Scope.AWARDS_READ)],
    response_model=AdjustmentAnswer,
    responses=problem_responses("unknown_program", "unknown_adjustment", *STORED),
)
async def get_adjustment(program: ProgramPart, adjustment: str, context: ContextPart) -> AdjustmentAnswer:
    """One adjustment, and how far it is."""
    now = context.clock()

    async def ask(session: Session) -> AdjustmentAnswer:
        [answer] = await _answers(session, [await adjusting.with_id(session, program, adjustment)], now)
        return answer

    return await context.read(ask)


@router.post(
    "/{adjustment}/approve",
    dependencies=[requires(Scope.ADJUSTMENTS_APPROVE)],
    response_model=AdjustmentAnswer,
    responses=problem_responses(*_DECIDED, "second_approver_needed", *STORED),
)
async def approve_adjustment(
    program: ProgramPart, adjustment: str, context: ContextPart, key: KeyPart, dry_run: Trial
) -> AdjustmentAnswer:
    """Agree to an adjustment that another API key asked for: not the same one, and none that replaced it."""
    return await _decided(context, program, adjustment, key, approve=True, dry_run=dry_run)


@router.post(
    "/{adjustment}/reject",
    dependencies=[requires(Scope.ADJUSTMENTS_APPROVE)],
    response_model=AdjustmentAnswer,
    responses=problem_responses(*_DECIDED, *STORED),
)
async def reject_adjustment(
    program: ProgramPart, adjustment: str, context: ContextPart, key: KeyPart, dry_run: Trial
) -> AdjustmentAnswer:
    """Turn down an adjustment that waits. Who asked for it can do that too."""
    return await _decided(context, program, adjustment, key, approve=False, dry_run=dry_run)


async def _decided(
    context: Context, program: Program, adjustment: str, key: ApiKey, *, approve: bool, dry_run: bool
) -> AdjustmentAnswer:
    now = context.clock()

    async def act(session: Session) -> AdjustmentAnswer:
        decided = await adjusting.decide(session, program, adjustment, key, approve=approve, now=now)
        [answer] = await _answers(session, [decided], now)
        return answer

    return await context.write(act, dry_run=dry_run)


async def _answers(
    session: Session, found: list[Adjustment], now: datetime, *, replayed: bool = False
) -> list[AdjustmentAnswer]:
    seqs = [each.receipt_seq for each in found]
    awarded, taken = await awards_of_receipts(session, seqs), await standings(session, seqs)
    answers = []
    for each in found:
        standing = taken.get(each.receipt_seq, [])
        fields = standing_fields(standing)
        state = fields.pop("state")
        answers.append(
            AdjustmentAnswer(
                id=each.id,
                receipt=each.receipt_id,
                reference=each.reference,
                member=each.member_id,
                points=str(each.points),
                reason=each.reason,
                state=state_at(each.state, each.expires_at, now),
                requested_by=each.requested_by,
                requested_at=rfc3339(each.requested_at),
                expires_at=rfc3339(each.expires_at),
                decided_by=each.decided_by,
                decided_at=None if each.decided_at is None else rfc3339(each.decided_at),
                awards=[award_answer(award) for award in awarded.get(each.receipt_seq, [])],
                clawback=state if standing else None,
                replayed=replayed,
                **fields,
            )
        )
    return answers
