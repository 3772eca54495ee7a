"""Who calls, and whether they may: each route says which scope it asks for.

    @router.get("", dependencies=[requires(Scope.MEMBERS_READ)])

Another tenant's program is answered as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security, params
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param

from tokenpoints.access.member_tokens import MemberToken
from tokenpoints.domain.keys import TILL_ROLES, ApiKey, Scope
from tokenpoints.domain.programs import Program
from tokenpoints.errors import ScopeMissing, UnknownProgram
from tokenpoints.gateway.context import context_of, program_in_path
from tokenpoints.gateway.problems import KINDS, Problem

_MEMBER = HTTPBearer(
    scheme_name="memberToken",
    bearerFormat="JWT",
    description="A member's own token, of a sign-in or of the brand's app. It is good for `/v1/me` and nothing else.",
    auto_error=False,
)
_READING = frozenset({"GET", "HEAD"})


class _ApiKeys(SecurityBase):
    """The scheme of API keys, as the OpenAPI document has it, and what lets them in.

    Both in one: each dependency of a route, and each of theirs, costs every request that FastAPI solves it.
    """

    scheme_name = "apiKey"
    model = HTTPBearerModel(
        bearerFormat="tp_live_… or tp_test_…",
        description="An API key. The scopes are those that the key needs for the operation.",
    )

    async def __call__(self, request: Request, asked: SecurityScopes) -> ApiKey:
        """The key of the request, which may do this. Raises Problem, UnknownProgram, ScopeMissing."""
        return await authorised(request, asked.scopes)


_API_KEYS = _ApiKeys()


def requires(scope: Scope) -> params.Security:
    """What a route states in its `dependencies`."""
    return params.Security(_API_KEYS, scopes=[scope])


async def authorised(request: Request, scopes: Sequence[str]) -> ApiKey:
    """The key of the request, which has these scopes. Raises Problem, UnknownProgram, ScopeMissing."""
    context = context_of(request)
    address = request.client.host if request.client is not None else ""
    context.rates.check_address(address)
    key = None
    scheme, text = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() == "bearer":
        key = await context.known_keys.opened_by(text, context.clock())
    if key is None:
        context.rates.refused(address)
        raise _unauthorized(request)
    request.state.key = key
    request.state.rate_headers = context.rates.count(key.lineage)
    program = request.path_params.get("program")
    if program is not None and not (program in context.deployment.programs and key.is_for(program)):
        raise UnknownProgram(program[:100])
    missing = [scope for scope in scopes if scope not in key.scopes]
    is_read, is_till = request.method in _READING, key.role in TILL_ROLES
    if missing:
        error = ScopeMissing(missing[0])
        if is_till or not is_read:
            await context_of(request).note_refusal(error.code)
        raise error
    if is_till and is_read:
        # Tills are where keys leak: what they look at is noted too.
        await context_of(request).note_read()
    return key


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose points are asked for: a member by their id, and by their token where they ask themselves."""

    program: Program
    member_id: str
    token: MemberToken | None = None


async def _signed_in(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_MEMBER)]
) -> Whose:
    """The member whose token the request has. Raises Problem."""
    context = context_of(request)
    address = request.client.host if request.client is not None else ""
    context.rates.check_address(address)
    token = context.tokens.opened(credentials.credentials, now=context.clock()) if credentials is not None else None
    program = context.deployment.programs.get(token.program) if token is not None else None
    if token is None or program is None:
        context.rates.refused(address)
        raise _unauthorized(request)
    request.state.rate_headers = context.rates.count_member(token.member_id)
    request.state.member_id = token.member_id
    return Whose(program, token.member_id, token)


async def whose_in_path(member: str, program: str, request: Request) -> Whose:
    """The member named in the path. Raises UnknownProgram."""
    return Whose(await program_in_path(program, request), member)


def _unauthorized(request: Request) -> Problem:
    fault = ', error="invalid_token"' if "authorization" in request.headers else ""
    return Problem(
        "unauthorized",
        KINDS["unauthorized"].meaning,
        headers={"WWW-Authenticate": f'Bearer realm="tokenpoints"{fault}'},
    )


async def key_of(request: Request) -> ApiKey:
    """The key that the route's `requires` let in."""
    key = request.state.key
    assert isinstance(key, ApiKey)
    return key


KeyPart = Annotated[ApiKey, Depends(key_of)]
MePart = Annotated[Whose, Depends(_signed_in)]
"""Of routes that are a member's own."""
MemberPart = Annotated[Whose, Depends(whose_in_path)]
"""Of routes with a program and a member in their path."""
