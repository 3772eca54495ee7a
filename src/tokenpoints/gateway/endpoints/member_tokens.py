"""`POST …/members/{member}/tokens`: what the brand's app gives its customer to call with."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from tokenpoints.access.member_tokens import IssuedToken
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.answers.members import MemberTokenAnswer
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.documented import SENT, STORED, body_of, problem_responses
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.requests.actions import TokenToIssue
from tokenpoints.members.lookup import member_with_id
from tokenpoints.storage.database import Session

router = APIRouter(tags=["sign-in"])


@router.post(
    "/v1/programs/{program}/members/{member}/tokens",
    dependencies=[requires(Scope.MEMBERS_SIGN_IN)],
    status_code=201,
    response_model=MemberTokenAnswer,
    responses=problem_responses("unknown_program", "unknown_member", *SENT, *STORED),
    openapi_extra=body_of(TokenToIssue),
)
async def issue_token(
    program: ProgramPart,
    member: str,
    context: ContextPart,
    body: Annotated[TokenToIssue, Depends(json_body(TokenToIssue))],
    response: Response,
) -> MemberTokenAnswer:
    """A token with which one member calls `/v1/me`, for 15 minutes at most. It is shown once. With `step_up` it also
    does one action that takes more than a plain token."""
    now = context.clock()

    async def issue(session: Session) -> IssuedToken:
        found = await member_with_id(session, program, member)
        return context.tokens.issue(program.slug, found.id, lifetime=body.lifetime(), now=now, step_up=body.granted())

    return token_answer(await context.write(issue), response)


def token_answer(issued: IssuedToken, response: Response) -> MemberTokenAnswer:
    """The answer for a new token, which nobody is to keep."""
    response.headers["Cache-Control"] = "no-store"
    return MemberTokenAnswer(
        token=issued.text,
        token_type="Bearer",  # noqa: S106
        member=issued.member_id,
        expires_at=rfc3339(issued.expires_at),
    )
