"""`/v1/programs/{program}/members`: enrolling customers and finding members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Response

from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.answers.members import EnrolledAnswer, EnrolledMembersAnswer, MembersAnswer
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.cursors import cursor_of, numbers_in
from tokenpoints.gateway.documented import LISTED, SENT, STORED, body_of, problem_responses
from tokenpoints.gateway.dry_runs import Trial
from tokenpoints.gateway.person_answers import MemberDetailAnswer
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.requests.persons import MembersQuery, MembersToEnrol, MemberToEnrol
from tokenpoints.gateway.texts import checksummed
from tokenpoints.gateway.views.persons import member_answer
from tokenpoints.members.enrolment import Enrolled, enrol
from tokenpoints.members.lookup import members_after, person_with_id

router = APIRouter(prefix="/v1/programs/{program}/members", tags=["members"])


@router.post(
    "",
    dependencies=[requires(Scope.MEMBERS_WRITE)],
    status_code=201,
    response_model=EnrolledAnswer,
    responses={
        200: {"model": EnrolledAnswer, "description": "The customer was a member already, or it is a dry run"},
        **problem_responses("unknown_program", *SENT, *STORED),
    },
    openapi_extra=body_of(MemberToEnrol),
)
async def enrol_member(
    program: ProgramPart,
    context: ContextPart,
    body: Annotated[MemberToEnrol, Depends(json_body(MemberToEnrol))],
    response: Response,
    dry_run: Trial,
) -> EnrolledAnswer:
    """Make a customer a member. Their account's address comes back; nothing goes to the chain yet."""
    now = context.clock()
    [enrolled] = await context.write(
        lambda session: enrol(session, program, [body.customer_id], now=now), subjects=_ids, dry_run=dry_run
    )
    response.status_code = 201 if enrolled.created and not dry_run else 200
    return _enrolled(enrolled)


@router.post(
    "/bulk",
    dependencies=[requires(Scope.MEMBERS_WRITE)],
    response_model=EnrolledMembersAnswer,
    responses=problem_responses("unknown_program", *SENT, *STORED),
    openapi_extra=body_of(MembersToEnrol),
)
async def enrol_members(
    program: ProgramPart,
    context: ContextPart,
    body: Annotated[MembersToEnrol, Depends(json_body(MembersToEnrol))],
    dry_run: Trial,
) -> Response:
    """Make up to 10,000 customers members, all or none."""
    now = context.clock()
    enrolled = await context.write(
        lambda session: enrol(session, program, body.customer_ids, now=now), subjects=_ids, dry_run=dry_run
    )
    # Plain dicts: there may be ten thousand of them.
    answers = [_plain(each) for each in enrolled]
    answer = {"members": answers, "created": sum(each.created for each in enrolled)}
    return Response(orjson.dumps(answer), media_type="application/json")


@router.get(
    "",
    dependencies=[requires(Scope.MEMBERS_READ)],
    response_model=MembersAnswer,
    responses=problem_responses("unknown_program", *LISTED, *STORED),
)
async def list_members(
    program: ProgramPart, context: ContextPart, query: Annotated[MembersQuery, Query()]
) -> MembersAnswer:
    """Members in the order of their enrolment, or the one with a customer id."""
    after_seq = numbers_in("members", query.cursor, 1)[0] if query.cursor is not None else 0
    found = await context.read(
        lambda session: members_after(
            session, program, customer_id=query.customer_id, after_seq=after_seq, limit=query.limit + 1
        )
    )
    page = found[: query.limit]
    next_cursor = cursor_of("members", page[-1].seq) if len(found) > query.limit else None
    return MembersAnswer(members=[member_answer(member) for member in page], next_cursor=next_cursor)


@router.get(
    "/{member}",
    dependencies=[requires(Scope.MEMBERS_READ)],
    response_model=MemberDetailAnswer,
    responses=problem_responses("unknown_program", "unknown_member", *STORED),
)
async def get_member(program: ProgramPart, member: str, context: ContextPart) -> MemberDetailAnswer:
    """One member; of whoever was merged, the one that they became."""
    found = await context.read(lambda session: person_with_id(session, program, member))
    merged = [member_answer(each) for each in found.merged]
    return MemberDetailAnswer(**dict(member_answer(found.member)), merged=merged)


def _ids(enrolled: Sequence[Enrolled]) -> list[str]:
    return [each.member.id for each in enrolled]


def _enrolled(enrolled: Enrolled) -> EnrolledAnswer:
    return EnrolledAnswer(**dict(member_answer(enrolled.member)), created=enrolled.created)


def _plain(enrolled: Enrolled) -> dict[str, Any]:
    member = enrolled.member
    return {
        "id": member.id,
        "customer_id": member.customer_id,
        "account": checksummed(member.account),
        "created_at": rfc3339(member.created_at),
        "created": enrolled.created,
    }
