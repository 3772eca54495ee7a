"""Freezing accounts and pausing a program: the guardian's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from tokenpoints.domain import change_bodies, changes
from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.operating import OperatingPart, operation
from tokenpoints.gateway.operation_answers import OperationAnswer

router = APIRouter(prefix="/v1/programs/{program}", tags=["guarding"])

_ACCOUNT = "An address, or a member's id."
AccountName = Annotated[str, Path(description=_ACCOUNT, max_length=100)]


@operation(
    router,
    "POST",
    "/accounts/{account}/freeze",
    Scope.SAFETY_WRITE,
    "unknown_member",
    body=change_bodies.AccountToFreeze,
)
async def freeze(
    operating: OperatingPart,
    account: AccountName,
    body: Annotated[change_bodies.AccountToFreeze, Depends(json_body(change_bodies.AccountToFreeze))],
) -> OperationAnswer:
    """Stop an account from spending, at once; it still receives, and its points still expire."""
    named = await operating.account_named(account)
    return await operating.make(changes.Freeze(account=named, **dict(body)))


@operation(router, "POST", "/accounts/{account}/unfreeze", Scope.SAFETY_WRITE, "unknown_member")
async def unfreeze(operating: OperatingPart, account: AccountName) -> OperationAnswer:
    """Let a frozen account go on, at once."""
    named = await operating.account_named(account)
    return await operating.make(changes.Unfreeze(account=named))


@operation(router, "POST", "/pause", Scope.SAFETY_WRITE, body=change_bodies.Pausing)
async def pause(
    operating: OperatingPart, body: Annotated[change_bodies.Pausing, Depends(json_body(change_bodies.Pausing))]
) -> OperationAnswer:
    """Stop whatever moves, mints or burns points, at once."""
    return await operating.make(changes.Pause(**dict(body)))


@operation(router, "POST", "/unpause", Scope.SAFETY_WRITE)
async def unpause(operating: OperatingPart) -> OperationAnswer:
    """Let points move again, at once."""
    return await operating.make(changes.Unpause())
