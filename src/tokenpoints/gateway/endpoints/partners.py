"""Partners, transfers and metadata of a program, and its agreements: the operator's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from tokenpoints.domain import change_bodies, changes
from tokenpoints.domain.change_bodies import Metadata
from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.operating import OperatingPart, address_named, hash_named, operation
from tokenpoints.gateway.operation_answers import OperationAnswer
from tokenpoints.operations.agreements import agreement_of

router = APIRouter(prefix="/v1/programs/{program}", tags=["partners"])


@operation(router, "PUT", "/partners/{account}", Scope.PARTNERS_WRITE)
async def set_partner(operating: OperatingPart, account: str) -> OperationAnswer:
    """Make an account a partner's, with which points may be exchanged under any policy."""
    named = address_named(account, "account")
    return await operating.make(changes.SetPartner(account=named))


@operation(router, "DELETE", "/partners/{account}", Scope.PARTNERS_WRITE)
async def remove_partner(operating: OperatingPart, account: str) -> OperationAnswer:
    """Make an account no longer a partner's. Takes no notice."""
    named = address_named(account, "account")
    return await operating.make(changes.RemovePartner(account=named))


@operation(router, "PUT", "/transfer-policy", Scope.PARTNERS_WRITE, body=change_bodies.PolicyToOpen)
async def open_transfers(
    operating: OperatingPart,
    body: Annotated[change_bodies.PolicyToOpen, Depends(json_body(change_bodies.PolicyToOpen))],
) -> OperationAnswer:
    """Allow transfers that were not allowed. There is no way back."""
    return await operating.make(changes.OpenTransfers(**dict(body)))


@operation(router, "PUT", "/metadata/{of}", Scope.PARTNERS_WRITE, body=change_bodies.MetadataToSet)
async def set_metadata(
    operating: OperatingPart,
    of: Metadata,
    body: Annotated[change_bodies.MetadataToSet, Depends(json_body(change_bodies.MetadataToSet))],
) -> OperationAnswer:
    """Say where metadata is."""
    return await operating.make(changes.SetMetadata(of=of, **dict(body)))


@operation(router, "POST", "/agreements", Scope.PARTNERS_WRITE, body=change_bodies.AgreementToSign)
async def propose_agreement(
    operating: OperatingPart,
    body: Annotated[change_bodies.AgreementToSign, Depends(json_body(change_bodies.AgreementToSign))],
) -> OperationAnswer:
    """Sign an agreement. It is in force once the other side has signed the very same."""
    return await operating.make(changes.SignAgreement(**dict(body)))


@operation(
    router,
    "POST",
    "/agreements/{agreement}/accept",
    Scope.PARTNERS_WRITE,
    "unknown_agreement",
    body=change_bodies.AgreementToAccept,
)
async def accept_agreement(
    operating: OperatingPart,
    agreement: str,
    body: Annotated[change_bodies.AgreementToAccept, Depends(json_body(change_bodies.AgreementToAccept))],
) -> OperationAnswer:
    """Sign what the other side has signed."""
    signed = await agreement_of(operating.context.node, body.counterpart, hash_named(agreement, "agreement"))
    return await operating.make(changes.SignAgreement(**dict(signed)))


@operation(router, "DELETE", "/agreements/{agreement}", Scope.PARTNERS_WRITE)
async def terminate_agreement(operating: OperatingPart, agreement: str) -> OperationAnswer:
    """End an agreement after the notice period; at once if the other side has not signed it."""
    named = hash_named(agreement, "agreement")
    return await operating.make(changes.TerminateAgreement(agreement=named))


@operation(
    router, "POST", "/agreements/{agreement}/withdraw", Scope.PARTNERS_WRITE, body=change_bodies.EscrowToWithdraw
)
async def withdraw_escrow(
    operating: OperatingPart,
    agreement: str,
    body: Annotated[change_bodies.EscrowToWithdraw, Depends(json_body(change_bodies.EscrowToWithdraw))],
) -> OperationAnswer:
    """Take out of the escrow what no conversion has used."""
    named = hash_named(agreement, "agreement")
    return await operating.make(changes.WithdrawEscrow(agreement=named, **dict(body)))
