"""`/v1/programs/{program}/charities`: accounts to which members can donate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends

from tokenpoints.domain.keys import Scope
from tokenpoints.errors import Conflict, UnknownCharity
from tokenpoints.gateway.action_answers import CharitiesAnswer, CharityAnswer
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.documented import SENT, STORED, body_of, problem_responses
from tokenpoints.gateway.dry_runs import Trial
from tokenpoints.gateway.operating import address_named
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.requests.actions import CharityToList
from tokenpoints.gateway.texts import checksummed
from tokenpoints.storage import charities
from tokenpoints.storage.charities import COUNT_MAX, Charity
from tokenpoints.storage.database import Session

router = APIRouter(prefix="/v1/programs/{program}/charities", tags=["partners"])


@router.get(
    "",
    dependencies=[requires(Scope.PROGRAMS_READ)],
    response_model=CharitiesAnswer,
    responses=problem_responses("unknown_program", *STORED),
)
async def list_charities(program: ProgramPart, context: ContextPart) -> CharitiesAnswer:
    """All of them, by name."""
    return charities_answer(await context.read(lambda session: charities.of_program(session, program.slug)))


@router.put(
    "/{account}",
    dependencies=[requires(Scope.PARTNERS_WRITE)],
    response_model=CharityAnswer,
    responses=problem_responses("unknown_program", "conflict", *SENT, *STORED),
    openapi_extra=body_of(CharityToList),
)
async def list_charity(
    program: ProgramPart,
    account: str,
    context: ContextPart,
    body: Annotated[CharityToList, Depends(json_body(CharityToList))],
    dry_run: Trial,
) -> CharityAnswer:
    """List an account, or give it another name. Where transfers are for partners only, make it a partner too."""
    charity, now = Charity(address_named(account, "account"), body.name), context.clock()

    async def act(session: Session) -> None:
        await charities.set_one(session, program.slug, charity, now=now)
        if len(await charities.of_program(session, program.slug)) > COUNT_MAX:
            raise Conflict(f"the program has {COUNT_MAX} charities, the most it can have")

    await context.write(act, dry_run=dry_run)
    return _answer(charity)


@router.delete(
    "/{account}",
    dependencies=[requires(Scope.PARTNERS_WRITE)],
    response_model=CharityAnswer,
    responses=problem_responses("unknown_program", "unknown_charity", "invalid_input", *STORED),
)
async def unlist_charity(program: ProgramPart, account: str, context: ContextPart, dry_run: Trial) -> CharityAnswer:
    """Take an account off the list. What was donated stays."""
    address = address_named(account, "account")

    async def act(session: Session) -> Charity:
        listed = await charities.of_program(session, program.slug)
        if not await charities.remove(session, program.slug, address):
            raise UnknownCharity
        return next(each for each in listed if each.account == address)

    return _answer(await context.write(act, dry_run=dry_run))


def charities_answer(found: Sequence[Charity]) -> CharitiesAnswer:
    """A program's list."""
    return CharitiesAnswer(charities=[_answer(each) for each in found])


def _answer(charity: Charity) -> CharityAnswer:
    return CharityAnswer(account=checksummed(charity.account), name=charity.name)
