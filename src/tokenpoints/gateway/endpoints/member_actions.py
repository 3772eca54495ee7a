"""`/v1/programs/{program}/members/{member}/…`: what the brand does on behalf of a member who has not claimed the
account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.acting import BrandsPart, BrandsReadingPart, action
from tokenpoints.gateway.action_answers import ActionAnswer, ActionsAnswer
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.documented import LISTED, STORED, problem_responses
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.requests.actions import (
    ActionsQuery,
    ConversionToMake,
    DonationToMake,
    RedemptionToMake,
    TransferToMake,
)

router = APIRouter(prefix="/v1/programs/{program}/members/{member}", tags=["members"])


@action(router, "/redemptions", body=RedemptionToMake, scope=Scope.MEMBERS_ACT)
async def redeem_for_member(
    acting: BrandsPart, body: Annotated[RedemptionToMake, Depends(json_body(RedemptionToMake))]
) -> ActionAnswer:
    """Redeem a reward for a member."""
    return await acting.redeem(body)


@action(router, "/transfers", body=TransferToMake, scope=Scope.MEMBERS_ACT)
async def transfer_for_member(
    acting: BrandsPart, body: Annotated[TransferToMake, Depends(json_body(TransferToMake))]
) -> ActionAnswer:
    """Send a member's points to somebody else."""
    return await acting.transfer(body)


@action(router, "/conversions", "unknown_agreement", body=ConversionToMake, scope=Scope.MEMBERS_ACT)
async def convert_for_member(
    acting: BrandsPart, body: Annotated[ConversionToMake, Depends(json_body(ConversionToMake))]
) -> ActionAnswer:
    """Turn a member's points into a partner's."""
    return await acting.convert(body)


@action(router, "/donations", "unknown_charity", body=DonationToMake, scope=Scope.MEMBERS_ACT)
async def donate_for_member(
    acting: BrandsPart, body: Annotated[DonationToMake, Depends(json_body(DonationToMake))]
) -> ActionAnswer:
    """Give a member's points to a charity."""
    return await acting.donate(body)


@router.get(
    "/actions",
    dependencies=[requires(Scope.MEMBERS_READ)],
    response_model=ActionsAnswer,
    responses=problem_responses("unknown_program", "unknown_member", *LISTED, *STORED),
)
async def list_actions_of_member(acting: BrandsReadingPart, query: Annotated[ActionsQuery, Query()]) -> ActionsAnswer:
    """What was done with a member's account, newest first."""
    return await acting.page(query)


@router.get(
    "/actions/{action}",
    dependencies=[requires(Scope.MEMBERS_READ)],
    response_model=ActionAnswer,
    responses=problem_responses("unknown_program", "unknown_action", *STORED),
)
async def get_action_of_member(acting: BrandsReadingPart, action: str) -> ActionAnswer:
    """One of them, and how far it is."""
    return await acting.one(action)
