"""Erasing a person: `POST …/members/{member}/erasure`, `GET …/erasures/{erasure}` and `…/erasure-policy`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from tokenpoints.chain.custody import Holding, holdings_of
from tokenpoints.domain import changes
from tokenpoints.domain.erasure import ErasurePolicy, ErasureState, PointsOnErasure
from tokenpoints.domain.keys import Scope
from tokenpoints.domain.programs import Program
from tokenpoints.errors import ErasureUndecided
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import Context, ContextPart, ProgramPart
from tokenpoints.gateway.documented import SENT, STORED, body_of, problem_responses
from tokenpoints.gateway.dry_runs import Trial
from tokenpoints.gateway.idempotency import SHOWS_SECRET
from tokenpoints.gateway.operating import OPERATED
from tokenpoints.gateway.operation_answers import answer_to, answer_to_dry_run
from tokenpoints.gateway.person_answers import ErasureAnswer, ErasurePolicyAnswer, ErasureStatusAnswer
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.requests.persons import ErasurePolicyToSet
from tokenpoints.gateway.views.persons import erasure_answer, erasure_status_answer, policy_answer
from tokenpoints.members import erasing
from tokenpoints.operations import planning, requesting
from tokenpoints.operations.planning import Foreseen
from tokenpoints.storage import erasures
from tokenpoints.storage.database import Session
from tokenpoints.storage.erasures import Erasure
from tokenpoints.storage.operations import Operation

router = APIRouter(prefix="/v1/programs/{program}", tags=["persons"])


@router.put(
    "/erasure-policy",
    dependencies=[requires(Scope.MEMBERS_ERASE)],
    response_model=ErasurePolicyAnswer,
    responses=problem_responses("unknown_program", *SENT, *STORED),
    openapi_extra=body_of(ErasurePolicyToSet),
)
async def set_erasure_policy(
    program: ProgramPart,
    context: ContextPart,
    body: Annotated[ErasurePolicyToSet, Depends(json_body(ErasurePolicyToSet))],
    dry_run: Trial,
) -> ErasurePolicyAnswer:
    """Say what becomes of the points of whoever is erased from now on."""
    policy = ErasurePolicy(body.points, body.to, body.reward)
    await context.write(lambda session: erasures.set_policy(session, program.slug, policy), dry_run=dry_run)
    return policy_answer(policy)


@router.get(
    "/erasure-policy",
    dependencies=[requires(Scope.MEMBERS_ERASE)],
    response_model=ErasurePolicyAnswer,
    responses=problem_responses("unknown_program", *STORED),
)
async def get_erasure_policy(program: ProgramPart, context: ContextPart) -> ErasurePolicyAnswer:
    """What becomes of the points of whoever is erased."""
    return policy_answer(await context.read(lambda session: erasures.policy_of(session, program.slug)))


@router.post(
    "/members/{member}/erasure",
    # The answer says who it was, and nothing else does afterwards.
    dependencies=[requires(Scope.MEMBERS_ERASE), SHOWS_SECRET],
    response_model=ErasureAnswer,
    responses={
        202: {"model": ErasureAnswer, "description": "The member is erased once the chain has settled what is theirs."},
        **problem_responses(
            "unknown_member", "awards_under_way", "member_leaving", "erasure_undecided", *OPERATED, "invalid_input"
        ),
    },
)
async def erase_member(
    program: ProgramPart, member: str, context: ContextPart, response: Response, dry_run: Trial
) -> ErasureAnswer:
    """Erase a person: customer id, salt, receipts and all that names them. The answer tells what stays, and why it
    leads to nobody."""
    found = await context.read(lambda session: erasing.leaving(session, program, member))
    holdings = await holdings_of(context.node, program, found.person.everyone)
    plan = await _plan(context, program, holdings, found.policy)
    now = context.clock()

    async def act(session: Session) -> tuple[Erasure, Operation | None]:
        operation = None if plan is None else await requesting.request(session, program.slug, plan, now=now)
        operation_id = None if operation is None else operation.id
        return await erasing.begin(session, program, member, operation_id=operation_id, now=now), operation

    erasure, moving = None, None if plan is None else answer_to_dry_run(program.slug, plan)
    if not dry_run:
        # Not the operation, whose calls name the account: the audit log is for ever.
        erasure, operation = await context.write(act, subjects=lambda done: [done[0].id])
        moving = None if operation is None else answer_to(operation)
        response.status_code = 202 if erasure.state is ErasureState.WAITING else 200
    return erasure_answer(found.person, holdings, found.policy, moving, erasure)


@router.get(
    "/erasures/{erasure}",
    dependencies=[requires(Scope.MEMBERS_ERASE)],
    response_model=ErasureStatusAnswer,
    responses=problem_responses("unknown_program", "unknown_erasure", *STORED),
)
async def get_erasure(program: ProgramPart, erasure: str, context: ContextPart) -> ErasureStatusAnswer:
    """How far an erasure is. Once it is done, it does not say of whom."""
    return erasure_status_answer(await context.read(lambda session: erasing.erasure_with_id(session, program, erasure)))


async def _plan(
    context: Context, program: Program, holdings: list[Holding], policy: ErasurePolicy | None
) -> Foreseen | None:
    """How the points go, where anything moves them. Raises ErasureUndecided, NoOperator and ChainUnavailable."""
    held = [movable for each in holdings if (movable := each.movable) is not None]
    if not held or (policy is not None and policy.points is PointsOnErasure.EXPIRE):
        return None
    if policy is None:
        raise ErasureUndecided(sum(each.points for each in held))
    change = changes.MovePoints(held=held, to=policy.account, reward=policy.reward)
    return await planning.foreseen(context.node, context.database, program, change, now=context.clock())
