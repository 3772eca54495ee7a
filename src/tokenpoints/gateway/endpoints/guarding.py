"""Freezing accounts and pausing a program: the guardian's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from tokenpoints.domain import changes
from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.documented import body_of
from tokenpoints.gateway.operating import DryRun, account_named, operate, operation_responses
from tokenpoints.gateway.operation_answers import OperationAnswer
from tokenpoints.gateway.principals import requires

router = APIRouter(prefix="/v1/programs/{program}", tags=["guarding"])

_ACCOUNT = "An address, or a member's id."
AccountName = Annotated[str, Path(description=_ACCOUNT, max_length=100)]


@router.post(
    "/accounts/{account}/freeze",
    dependencies=[requires(Scope.SAFETY_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses("unknown_member", has_body=True),
    openapi_extra=body_of(changes.AccountToFreeze),
)
async def freeze(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    account: AccountName,
    body: Annotated[changes.AccountToFreeze, Depends(json_body(changes.AccountToFreeze))],
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Stop an account from spending, at once; it still receives, and its points still expire."""
    named = await account_named(context, program, account)
    change = changes.Freeze(account=named, **dict(body))
    return await operate(context, program, change, response, dry_run=dry_run)


@router.post(
    "/accounts/{account}/unfreeze",
    dependencies=[requires(Scope.SAFETY_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses("unknown_member"),
)
async def unfreeze(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    account: AccountName,
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Let a frozen account go on, at once."""
    named = await account_named(context, program, account)
    change = changes.Unfreeze(account=named)
    return await operate(context, program, change, response, dry_run=dry_run)


@router.post(
    "/pause",
    dependencies=[requires(Scope.SAFETY_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(has_body=True),
    openapi_extra=body_of(changes.Pausing),
)
async def pause(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    body: Annotated[changes.Pausing, Depends(json_body(changes.Pausing))],
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Stop whatever moves, mints or burns points, at once."""
    change = changes.Pause(**dict(body))
    return await operate(context, program, change, response, dry_run=dry_run)


@router.post(
    "/unpause",
    dependencies=[requires(Scope.SAFETY_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(),
)
async def unpause(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Let points move again, at once."""
    change = changes.Unpause()
    return await operate(context, program, change, response, dry_run=dry_run)
