"""`/v1/me/…`: what members do with their points."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from tokenpoints.gateway.acting import OwnPart, OwnReadingPart, action
from tokenpoints.gateway.action_answers import ActionAnswer, ActionsAnswer, CharitiesAnswer
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart
from tokenpoints.gateway.documented import LISTED, STORED, problem_responses
from tokenpoints.gateway.endpoints.charities import charities_answer
from tokenpoints.gateway.principals import MePart
from tokenpoints.gateway.requests.actions import (
    ActionsQuery,
    ClaimToMake,
    ConversionToMake,
    DonationToMake,
    RedemptionToMake,
    TransferToMake,
)
from tokenpoints.storage import charities

router = APIRouter(prefix="/v1/me", tags=["me"])


@action(router, "/redemptions", body=RedemptionToMake)
async def redeem(
    acting: OwnPart, body: Annotated[RedemptionToMake, Depends(json_body(RedemptionToMake))]
) -> ActionAnswer:
    """Redeem a reward."""
    return await acting.redeem(body)


@action(router, "/transfers", body=TransferToMake)
async def transfer(
    acting: OwnPart, body: Annotated[TransferToMake, Depends(json_body(TransferToMake))]
) -> ActionAnswer:
    """Send points to somebody else, where the program allows it."""
    return await acting.transfer(body)


@action(router, "/conversions", "unknown_agreement", body=ConversionToMake)
async def convert(
    acting: OwnPart, body: Annotated[ConversionToMake, Depends(json_body(ConversionToMake))]
) -> ActionAnswer:
    """Turn points into a partner's."""
    return await acting.convert(body)


@action(router, "/donations", "unknown_charity", body=DonationToMake)
async def donate(acting: OwnPart, body: Annotated[DonationToMake, Depends(json_body(DonationToMake))]) -> ActionAnswer:
    """Give points to a charity that the program lists."""
    return await acting.donate(body)


@action(router, "/claim", body=ClaimToMake)
async def claim(acting: OwnPart, body: Annotated[ClaimToMake, Depends(json_body(ClaimToMake))]) -> ActionAnswer:
    """Take the account over with a key of your own, once and for good. The key signs `to_sign` of a dry run."""
    return await acting.claim(body)


@router.get("/actions", response_model=ActionsAnswer, responses=problem_responses("unknown_member", *LISTED, *STORED))
async def list_my_actions(acting: OwnReadingPart, query: Annotated[ActionsQuery, Query()]) -> ActionsAnswer:
    """What you did, newest first."""
    return await acting.page(query)


@router.get("/actions/{action}", response_model=ActionAnswer, responses=problem_responses("unknown_action", *STORED))
async def get_my_action(acting: OwnReadingPart, action: str) -> ActionAnswer:
    """One action, and how far it is."""
    return await acting.one(action)


@router.get("/charities", response_model=CharitiesAnswer, responses=problem_responses(*STORED))
async def list_my_charities(me: MePart, context: ContextPart) -> CharitiesAnswer:
    """To whom you can donate."""
    return charities_answer(await context.read(lambda session: charities.of_program(session, me.program.slug)))
