"""Issuers, roles, the notice period and the end of a program: the owner's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from tokenpoints.domain import changes
from tokenpoints.domain.changes import GrantedRole
from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.documented import body_of
from tokenpoints.gateway.operating import DryRun, address_named, operate, operation_responses
from tokenpoints.gateway.operation_answers import OperationAnswer
from tokenpoints.gateway.principals import requires

router = APIRouter(prefix="/v1/programs/{program}", tags=["governing"])


@router.put(
    "/issuers/{issuer}",
    dependencies=[requires(Scope.GOVERNANCE_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(has_body=True),
    openapi_extra=body_of(changes.IssuerToSet),
)
async def set_issuer(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    issuer: str,
    body: Annotated[changes.IssuerToSet, Depends(json_body(changes.IssuerToSet))],
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Let a key mint, up to a cap in any day."""
    named = address_named(issuer, "issuer")
    change = changes.SetIssuer(issuer=named, **dict(body))
    return await operate(context, program, change, response, dry_run=dry_run)


@router.delete(
    "/issuers/{issuer}",
    dependencies=[requires(Scope.GOVERNANCE_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(),
)
async def revoke_issuer(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    issuer: str,
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Stop a key from minting."""
    named = address_named(issuer, "issuer")
    change = changes.RevokeIssuer(issuer=named)
    return await operate(context, program, change, response, dry_run=dry_run)


@router.put(
    "/roles/{role}/{address}",
    dependencies=[requires(Scope.GOVERNANCE_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(has_body=True),
    openapi_extra=body_of(changes.RoleToGrant),
)
async def grant_role(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    role: GrantedRole,
    address: str,
    body: Annotated[changes.RoleToGrant, Depends(json_body(changes.RoleToGrant))],
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Give a role to a key, with the delay of what it does."""
    named = address_named(address, "address")
    change = changes.GrantRole(granted=role, account=named, **dict(body))
    return await operate(context, program, change, response, dry_run=dry_run)


@router.delete(
    "/roles/{role}/{address}",
    dependencies=[requires(Scope.GOVERNANCE_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(),
)
async def revoke_role(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    role: GrantedRole,
    address: str,
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Take a role from a key."""
    named = address_named(address, "address")
    change = changes.RevokeRole(granted=role, account=named)
    return await operate(context, program, change, response, dry_run=dry_run)


@router.put(
    "/notice-period",
    dependencies=[requires(Scope.GOVERNANCE_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(has_body=True),
    openapi_extra=body_of(changes.NoticePeriodToSet),
)
async def set_notice_period(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    body: Annotated[changes.NoticePeriodToSet, Depends(json_body(changes.NoticePeriodToSet))],
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Change how long what is worse for members is announced."""
    change = changes.SetNoticePeriod(**dict(body))
    return await operate(context, program, change, response, dry_run=dry_run)


@router.post(
    "/wind-down",
    dependencies=[requires(Scope.GOVERNANCE_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(has_body=True),
    openapi_extra=body_of(changes.WindDown),
)
async def announce_end(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    body: Annotated[changes.WindDown, Depends(json_body(changes.WindDown))],
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Announce the end of the program. Earning ends at once; redeeming and converting go on until the end."""
    change = changes.AnnounceEnd(**dict(body))
    return await operate(context, program, change, response, dry_run=dry_run)


@router.delete(
    "/wind-down",
    dependencies=[requires(Scope.GOVERNANCE_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(),
)
async def cancel_end(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Take back the announced end, before it has come."""
    change = changes.CancelEnd()
    return await operate(context, program, change, response, dry_run=dry_run)
