"""`POST /v1/programs/{program}/members/{member}/merge`: two members who are one person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from tokenpoints.chain.custody import holdings_of
from tokenpoints.domain import changes
from tokenpoints.domain.keys import Scope
from tokenpoints.errors import AccountIsClaimed
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.documented import SENT, body_of, problem_responses
from tokenpoints.gateway.dry_runs import Trial
from tokenpoints.gateway.operating import OPERATED
from tokenpoints.gateway.operation_answers import answer_to, answer_to_dry_run
from tokenpoints.gateway.person_answers import MergeAnswer
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.requests.persons import MergeToMake
from tokenpoints.gateway.views.persons import member_answer
from tokenpoints.members import merging
from tokenpoints.operations import planning, requesting
from tokenpoints.storage.database import Session
from tokenpoints.storage.operations import Operation

router = APIRouter(prefix="/v1/programs/{program}/members/{member}", tags=["persons"])

_REFUSED = (
    "unknown_member",
    "account_is_claimed",
    "already_merged",
    "awards_under_way",
    "member_leaving",
    "too_many_merged",
)


@router.post(
    "/merge",
    dependencies=[requires(Scope.MEMBERS_MERGE)],
    response_model=MergeAnswer,
    responses={
        202: {"model": MergeAnswer, "description": "They are one, and the points are on their way."},
        **problem_responses(*_REFUSED, *OPERATED, *SENT),
    },
    openapi_extra=body_of(MergeToMake),
)
async def merge_member(
    program: ProgramPart,
    member: str,
    context: ContextPart,
    body: Annotated[MergeToMake, Depends(json_body(MergeToMake))],
    response: Response,
    dry_run: Trial,
) -> MergeAnswer:
    """Make a member another one. Their customer id leads there from now on, and the custodian moves their points. Asked
    again, it moves what came later."""
    found = await context.read(lambda session: merging.merging(session, program, member, body.into))
    holdings = await holdings_of(context.node, program, found.member.everyone)
    if any(each.is_claimed for each in holdings):
        raise AccountIsClaimed
    now, held = context.clock(), [movable for each in holdings if (movable := each.movable) is not None]
    plan = None
    if held:
        change = changes.MovePoints(held=held, to=found.into.account)
        plan = await planning.foreseen(context.node, context.database, program, change, now=now)

    async def act(session: Session) -> tuple[merging.Merging, Operation | None]:
        merged = await merging.merge(session, program, member, body.into, now=now)
        moving = None if plan is None else await requesting.request(session, program.slug, plan, now=now)
        return merged, moving

    points = sum(each.points for each in held)
    if dry_run:
        operation = None if plan is None else answer_to_dry_run(program.slug, plan)
    else:
        found, moving = await context.write(
            act, subjects=lambda done: [done[0].into.id, *([] if done[1] is None else [done[1].id])]
        )
        operation = None if moving is None else answer_to(moving)
        response.status_code = 200 if moving is None else 202
    return MergeAnswer(
        dry_run=dry_run,
        member=member_answer(found.into),
        merged=[member_answer(each) for each in found.member.everyone],
        points=str(points),
        operation=operation,
    )
