"""Issuers, roles, the notice period and the end of a program: the owner's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from tokenpoints.domain import change_bodies, changes
from tokenpoints.domain.change_bodies import GrantedRole
from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.operating import OperatingPart, address_named, operation
from tokenpoints.gateway.operation_answers import OperationAnswer

router = APIRouter(prefix="/v1/programs/{program}", tags=["governing"])


@operation(router, "PUT", "/issuers/{issuer}", Scope.GOVERNANCE_WRITE, body=change_bodies.IssuerToSet)
async def set_issuer(
    operating: OperatingPart,
    issuer: str,
    body: Annotated[change_bodies.IssuerToSet, Depends(json_body(change_bodies.IssuerToSet))],
) -> OperationAnswer:
    """Let a key mint, up to a cap in any day."""
    named = address_named(issuer, "issuer")
    return await operating.make(changes.SetIssuer(issuer=named, **dict(body)))


@operation(router, "DELETE", "/issuers/{issuer}", Scope.GOVERNANCE_WRITE)
async def revoke_issuer(operating: OperatingPart, issuer: str) -> OperationAnswer:
    """Stop a key from minting."""
    named = address_named(issuer, "issuer")
    return await operating.make(changes.RevokeIssuer(issuer=named))


@operation(router, "PUT", "/roles/{role}/{address}", Scope.GOVERNANCE_WRITE, body=change_bodies.RoleToGrant)
async def grant_role(
    operating: OperatingPart,
    role: GrantedRole,
    address: str,
    body: Annotated[change_bodies.RoleToGrant, Depends(json_body(change_bodies.RoleToGrant))],
) -> OperationAnswer:
    """Give a role to a key, with the delay of what it does."""
    named = address_named(address, "address")
    return await operating.make(changes.GrantRole(granted=role, account=named, **dict(body)))


@operation(router, "DELETE", "/roles/{role}/{address}", Scope.GOVERNANCE_WRITE)
async def revoke_role(operating: OperatingPart, role: GrantedRole, address: str) -> OperationAnswer:
    """Take a role from a key."""
    named = address_named(address, "address")
    return await operating.make(changes.RevokeRole(granted=role, account=named))


@operation(router, "PUT", "/notice-period", Scope.GOVERNANCE_WRITE, body=change_bodies.NoticePeriodToSet)
async def set_notice_period(
    operating: OperatingPart,
    body: Annotated[change_bodies.NoticePeriodToSet, Depends(json_body(change_bodies.NoticePeriodToSet))],
) -> OperationAnswer:
    """Change how long what is worse for members is announced."""
    return await operating.make(changes.SetNoticePeriod(**dict(body)))


@operation(router, "POST", "/wind-down", Scope.GOVERNANCE_WRITE, body=change_bodies.WindDown)
async def announce_end(
    operating: OperatingPart, body: Annotated[change_bodies.WindDown, Depends(json_body(change_bodies.WindDown))]
) -> OperationAnswer:
    """Announce the end of the program. Earning ends at once; redeeming and converting go on until the end."""
    return await operating.make(changes.AnnounceEnd(**dict(body)))


@operation(router, "DELETE", "/wind-down", Scope.GOVERNANCE_WRITE)
async def cancel_end(operating: OperatingPart) -> OperationAnswer:
    """Take back the announced end, before it has come."""
    return await operating.make(changes.CancelEnd())
