"""Partners, transfers and metadata of a program, and its agreements: the operator's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from tokenpoints.domain import changes
from tokenpoints.domain.changes import Metadata
from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.documented import body_of
from tokenpoints.gateway.operating import DryRun, address_named, hash_named, operate, operation_responses
from tokenpoints.gateway.operation_answers import OperationAnswer
from tokenpoints.gateway.principals import requires
from tokenpoints.operations.agreements import agreement_of

router = APIRouter(prefix="/v1/programs/{program}", tags=["partners"])


@router.put(
    "/partners/{account}",
    dependencies=[requires(Scope.PARTNERS_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(),
)
async def set_partner(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    account: str,
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Make an account a partner's, with which points may be exchanged under any policy."""
    named = address_named(account, "account")
    change = changes.SetPartner(account=named)
    return await operate(context, program, change, response, dry_run=dry_run)


@router.delete(
    "/partners/{account}",
    dependencies=[requires(Scope.PARTNERS_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(),
)
async def remove_partner(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    account: str,
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Make an account no longer a partner's. Takes no notice."""
    named = address_named(account, "account")
    change = changes.RemovePartner(account=named)
    return await operate(context, program, change, response, dry_run=dry_run)


@router.put(
    "/transfer-policy",
    dependencies=[requires(Scope.PARTNERS_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(has_body=True),
    openapi_extra=body_of(changes.PolicyToOpen),
)
async def open_transfers(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    body: Annotated[changes.PolicyToOpen, Depends(json_body(changes.PolicyToOpen))],
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Allow transfers that were not allowed. There is no way back."""
    change = changes.OpenTransfers(**dict(body))
    return await operate(context, program, change, response, dry_run=dry_run)


@router.put(
    "/metadata/{of}",
    dependencies=[requires(Scope.PARTNERS_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(has_body=True),
    openapi_extra=body_of(changes.MetadataToSet),
)
async def set_metadata(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    of: Metadata,
    body: Annotated[changes.MetadataToSet, Depends(json_body(changes.MetadataToSet))],
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Say where metadata is."""
    change = changes.SetMetadata(of=of, **dict(body))
    return await operate(context, program, change, response, dry_run=dry_run)


@router.post(
    "/agreements",
    dependencies=[requires(Scope.PARTNERS_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(has_body=True),
    openapi_extra=body_of(changes.AgreementToSign),
)
async def propose_agreement(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    body: Annotated[changes.AgreementToSign, Depends(json_body(changes.AgreementToSign))],
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Sign an agreement. It is in force once the other side has signed the very same."""
    change = changes.SignAgreement(**dict(body))
    return await operate(context, program, change, response, dry_run=dry_run)


@router.post(
    "/agreements/{agreement}/accept",
    dependencies=[requires(Scope.PARTNERS_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses("unknown_agreement", has_body=True),
    openapi_extra=body_of(changes.AgreementToAccept),
)
async def accept_agreement(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    agreement: str,
    body: Annotated[changes.AgreementToAccept, Depends(json_body(changes.AgreementToAccept))],
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Sign what the other side has signed."""
    signed = await agreement_of(context.node, body.counterpart, hash_named(agreement, "agreement"))
    change = changes.SignAgreement(**dict(signed))
    return await operate(context, program, change, response, dry_run=dry_run)


@router.delete(
    "/agreements/{agreement}",
    dependencies=[requires(Scope.PARTNERS_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(),
)
async def terminate_agreement(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    agreement: str,
    dry_run: DryRun = False,
) -> OperationAnswer:
    """End an agreement after the notice period; at once if the other side has not signed it."""
    named = hash_named(agreement, "agreement")
    change = changes.TerminateAgreement(agreement=named)
    return await operate(context, program, change, response, dry_run=dry_run)


@router.post(
    "/agreements/{agreement}/withdraw",
    dependencies=[requires(Scope.PARTNERS_WRITE)],
    status_code=202,
    response_model=OperationAnswer,
    responses=operation_responses(has_body=True),
    openapi_extra=body_of(changes.EscrowToWithdraw),
)
async def withdraw_escrow(
    program: ProgramPart,
    context: ContextPart,
    response: Response,
    agreement: str,
    body: Annotated[changes.EscrowToWithdraw, Depends(json_body(changes.EscrowToWithdraw))],
    dry_run: DryRun = False,
) -> OperationAnswer:
    """Take out of the escrow what no conversion has used."""
    named = hash_named(agreement, "agreement")
    change = changes.WithdrawEscrow(agreement=named, **dict(body))
    return await operate(context, program, change, response, dry_run=dry_run)
