"""`GET …/members/{member}/expiries`, `/tier` and `/vouchers`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.answers.holdings import ExpiriesAnswer, TierStatusAnswer, VouchersAnswer
from tokenpoints.gateway.context import ContextPart
from tokenpoints.gateway.documented import LISTED, STORED, problem_responses
from tokenpoints.gateway.principals import MemberPart, requires
from tokenpoints.gateway.requests.persons import VouchersQuery
from tokenpoints.gateway.views import holdings, vouchers

router = APIRouter(prefix="/v1/programs/{program}/members/{member}", tags=["members"])

_NAMED = ("unknown_program", "unknown_member", *STORED)


@router.get(
    "/expiries",
    dependencies=[requires(Scope.MEMBERS_READ)],
    response_model=ExpiriesAnswer,
    responses=problem_responses(*_NAMED),
)
async def get_expiries(whose: MemberPart, context: ContextPart) -> ExpiriesAnswer:
    """Which points of a member end when."""
    return await holdings.expiries(context, whose)


@router.get(
    "/tier",
    dependencies=[requires(Scope.MEMBERS_READ)],
    response_model=TierStatusAnswer,
    responses=problem_responses(*_NAMED),
)
async def get_tier(whose: MemberPart, context: ContextPart) -> TierStatusAnswer:
    """A member's tier, until when it holds, and what is missing to the next."""
    return await holdings.tier(context, whose)


@router.get(
    "/vouchers",
    dependencies=[requires(Scope.MEMBERS_READ)],
    response_model=VouchersAnswer,
    responses=problem_responses("chain_unavailable", *LISTED, *_NAMED),
)
async def list_vouchers(
    whose: MemberPart, context: ContextPart, query: Annotated[VouchersQuery, Query()]
) -> VouchersAnswer:
    """What a member redeemed, newest first, as the chain has it now."""
    return await vouchers.vouchers(context, whose, query)
