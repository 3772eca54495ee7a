"""`GET /v1/programs/{program}/members/{member}/entries`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.answers.holdings import EntriesAnswer
from tokenpoints.gateway.context import Context, ContextPart
from tokenpoints.gateway.direct import DirectRead
from tokenpoints.gateway.documented import LISTED, STORED, problem_responses
from tokenpoints.gateway.principals import MemberPart, Whose, requires
from tokenpoints.gateway.requests.persons import EntriesQuery
from tokenpoints.gateway.views import history

router = APIRouter(tags=["members"])


@router.get(
    "/v1/programs/{program}/members/{member}/entries",
    dependencies=[requires(Scope.MEMBERS_READ)],
    response_model=EntriesAnswer,
    responses=problem_responses("unknown_program", "unknown_member", *LISTED, *STORED),
)
async def list_entries(whose: MemberPart, context: ContextPart, query: Annotated[EntriesQuery, Query()]) -> Response:
    """The lines of a member's balance history, newest first."""
    return await history.entries(context, whose, query)


_FIRST_PAGE = EntriesQuery()


async def _first_page(context: Context, whose: Whose) -> Response:
    return await history.entries(context, whose, _FIRST_PAGE)


direct = DirectRead(router, _first_page)
