"""`/v1/programs/{program}/rewards`: the catalogue."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from tokenpoints.domain import changes
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.documented import body_of
from tokenpoints.gateway.operating import DryRun, operate, operation_responses
from tokenpoints.gateway.operation_answers import OperationAnswer

router = APIRouter(prefix="/v1/programs/{program}/rewards", tags=["rewards"])

Number = Annotated[int, Path(ge=1, lt=1 << 32)]


@router.post(
    "",
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(has_body=True),
    openapi_extra=body_of(changes.RewardToSet),
)
async def add_reward(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    body: Annotated[changes.RewardToSet, Depends(json_body(changes.RewardToSet))],
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Add a reward to the catalogue."""
    change = changes.AddReward(**dict(body))
    return await operate(context, program, change, response, dry_run=dry_run)


@router.put(
    "/{reward}",
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(has_body=True),
    openapi_extra=body_of(changes.RewardToSet),
)
async def change_reward(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    reward: Number,
    body: Annotated[changes.RewardToSet, Depends(json_body(changes.RewardToSet))],
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Set the next version of a reward. The contract refuses one that is worse for members in anything."""
    change = changes.ChangeReward(reward_id=reward, **dict(body))
    return await operate(context, program, change, response, dry_run=dry_run)


@router.delete(
    "/{reward}",
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(),
)
async def close_reward(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    reward: Number,
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Close a reward as soon as the notice period allows."""
    change = changes.CloseReward(reward_id=reward)
    return await operate(context, program, change, response, dry_run=dry_run)
