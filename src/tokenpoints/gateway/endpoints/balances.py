"""`GET /v1/programs/{program}/members/{member}/balance`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.answers.holdings import BalanceAnswer
from tokenpoints.gateway.context import Context, ContextPart
from tokenpoints.gateway.direct import DirectRead
from tokenpoints.gateway.documented import STORED, problem_responses
from tokenpoints.gateway.principals import MemberPart, Whose, requires
from tokenpoints.gateway.requests.persons import MomentQuery
from tokenpoints.gateway.views import holdings

router = APIRouter(tags=["members"])


@router.get(
    "/v1/programs/{program}/members/{member}/balance",
    dependencies=[requires(Scope.MEMBERS_READ)],
    response_model=BalanceAnswer,
    responses=problem_responses("unknown_program", "unknown_member", "invalid_input", *STORED),
)
async def get_balance(whose: MemberPart, context: ContextPart, query: Annotated[MomentQuery, Query()]) -> BalanceAnswer:
    """A member's points, now or at a moment: live, on their way, and next to expire."""
    return await holdings.balance(context, whose, at=query.at)


async def _balance_now(context: Context, whose: Whose) -> Response:
    answer = await holdings.balance(context, whose, at=None)
    return Response(answer.model_dump_json(), media_type="application/json")


direct = DirectRead(router, _balance_now)
