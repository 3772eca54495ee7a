"""`/v1/programs/{program}/step-up-limits`: how many points a member's plain token moves."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from tokenpoints.domain.actions import StepUpLimits, default_limits
from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.action_answers import StepUpLimitsAnswer
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.documented import SENT, STORED, body_of, problem_responses
from tokenpoints.gateway.dry_runs import Trial
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.requests.actions import LimitsToSet
from tokenpoints.storage import step_ups

router = APIRouter(prefix="/v1/programs/{program}/step-up-limits", tags=["sign-in"])


@router.get(
    "",
    dependencies=[requires(Scope.PROGRAMS_READ)],
    response_model=StepUpLimitsAnswer,
    responses=problem_responses("unknown_program", *STORED),
)
async def get_step_up_limits(program: ProgramPart, context: ContextPart) -> StepUpLimitsAnswer:
    """Above which points an action takes a step-up."""
    found = await context.read(lambda session: step_ups.limits(session, program.slug))
    return _answer(found or default_limits(program.decimals), is_default=found is None)


@router.put(
    "",
    dependencies=[requires(Scope.SAFETY_WRITE)],
    response_model=StepUpLimitsAnswer,
    responses=problem_responses("unknown_program", *SENT, *STORED),
    openapi_extra=body_of(LimitsToSet),
)
async def set_step_up_limits(
    program: ProgramPart,
    context: ContextPart,
    body: Annotated[LimitsToSet, Depends(json_body(LimitsToSet))],
    dry_run: Trial,
) -> StepUpLimitsAnswer:
    """Set them. With 0 every action takes a step-up."""
    chosen, now = StepUpLimits(body.action_points, body.day_points), context.clock()
    await context.write(lambda session: step_ups.set_limits(session, program.slug, chosen, now=now), dry_run=dry_run)
    return _answer(chosen, is_default=False)


def _answer(limits: StepUpLimits, *, is_default: bool) -> StepUpLimitsAnswer:
    return StepUpLimitsAnswer(
        action_points=str(limits.action_points), day_points=str(limits.day_points), is_default=is_default
    )
