"""`/v1/programs/{program}/sign-in`: Sign in with Ethereum (EIP-4361), open to anyone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from tokenpoints.access import sign_in
from tokenpoints.access.member_tokens import LIFETIME_MAX
from tokenpoints.domain.instants import rfc3339
from tokenpoints.errors import ChainRefused, ChainUnavailable, SignInRefused
from tokenpoints.gateway.answers.members import MemberTokenAnswer, NonceAnswer
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart, context_of
from tokenpoints.gateway.documented import SENT, STORED, body_of, problem_responses
from tokenpoints.gateway.endpoints.member_tokens import token_answer
from tokenpoints.gateway.requests.actions import SignInToCheck


async def _counted(request: Request) -> str:
    """The caller's address, whose sign-ins are counted. Raises Problem."""
    address = request.client.host if request.client is not None else ""
    rates = context_of(request).rates
    rates.check_address(address)
    rates.count_sign_in(address)
    return address


router = APIRouter(prefix="/v1/programs/{program}/sign-in", tags=["sign-in"])

AddressPart = Annotated[str, Depends(_counted)]


@router.post(
    "/nonce",
    status_code=201,
    response_model=NonceAnswer,
    responses=problem_responses("unknown_program", "too_many_requests", *STORED),
)
async def new_nonce(_address: AddressPart, program: ProgramPart, context: ContextPart) -> NonceAnswer:
    """A nonce for one message, good for five minutes, and what else the message has to say."""
    now = context.clock()
    made = await context.write(lambda session: sign_in.new_nonce(session, program, now=now))
    return NonceAnswer(
        nonce=made.text,
        expires_at=rfc3339(made.expires_at),
        chain_id=context.deployment.chain_id,
        domains=sorted(context.sign_in_domains),
    )


@router.post(
    "",
    status_code=201,
    response_model=MemberTokenAnswer,
    responses=problem_responses(
        "unknown_program",
        "sign_in_malformed",
        "sign_in_wrong_domain",
        "sign_in_wrong_chain",
        "sign_in_expired",
        "sign_in_nonce_unknown",
        "sign_in_no_member",
        "signature_invalid",
        "signature_malleable",
        "chain_unavailable",
        "too_many_requests",
        *SENT,
        *STORED,
    ),
    openapi_extra=body_of(SignInToCheck),
)
async def check_sign_in(
    address: AddressPart,
    program: ProgramPart,
    context: ContextPart,
    body: Annotated[SignInToCheck, Depends(json_body(SignInToCheck))],
    response: Response,
) -> MemberTokenAnswer:
    """A member's token for a message that their wallet signed: their own account, or who claimed it (`account`)."""
    now = context.clock()
    try:
        member = await sign_in.signed_in(
            context.database,
            context.node,
            program,
            body.sign_in(),
            domains=context.sign_in_domains,
            chain_id=context.deployment.chain_id,
            now=now,
        )
    except SignInRefused:
        context.rates.refused(address)
        raise
    except ChainRefused as error:
        raise ChainUnavailable("the node does not answer for the account") from error
    return token_answer(context.tokens.issue(program.slug, member.id, lifetime=LIFETIME_MAX, now=now), response)
