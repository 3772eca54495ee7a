"""What all endpoints share that change something on the chain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from tokenpoints.domain.changes import Change
from tokenpoints.domain.keys import Scope
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, Hash32, address_from_hex, hash_from_hex
from tokenpoints.errors import InvalidInput
from tokenpoints.gateway.context import Context, ContextPart, ProgramPart
from tokenpoints.gateway.documented import SENT, STORED, body_of, problem_responses
from tokenpoints.gateway.dry_runs import Trial, trial_answer
from tokenpoints.gateway.operation_answers import OperationAnswer, answer_to, answer_to_dry_run
from tokenpoints.gateway.principals import requires
from tokenpoints.members.lookup import member_with_id
from tokenpoints.operations import planning, requesting

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
OPERATED = ("unknown_program", "operation_refused", "no_operator", "chain_unavailable", *STORED)


def operation_responses(*codes: str, has_body: bool = False) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an endpoint that makes an operation."""
    sent = SENT if has_body else ("invalid_input",)
    return {**trial_answer(OperationAnswer), **problem_responses(*OPERATED, *sent, *codes)}


def operation(
    router: APIRouter, method: str, path: str, scope: Scope, *codes: str, body: type[BaseModel] | None = None
) -> Callable[[Endpoint], Endpoint]:
    """The route of an endpoint that makes an operation, with the problems of its own and what it is sent."""
    return router.api_route(
        path,
        methods=[method],
        dependencies=[requires(scope)],
        status_code=202,
        response_model=OperationAnswer,
        responses=operation_responses(*codes, has_body=body is not None),
        openapi_extra=None if body is None else body_of(body),
    )


@dataclass(frozen=True)
class Operating:
    """A request to change something of a program on the chain."""

    context: Context
    program: Program
    dry_run: bool

    async def make(self, change: Change) -> OperationAnswer:
        """Plan the change, and record it for the operator unless it is a dry run."""
        context, slug, now = self.context, self.program.slug, self.context.clock()
        plan = await planning.foreseen(context.node, context.database, self.program, change, now=now)
        if self.dry_run:
            return answer_to_dry_run(slug, plan)
        requested = await context.write(
            lambda session: requesting.request(session, slug, plan, now=now),
            subjects=lambda operation: [operation.id],
        )
        return answer_to(requested)

    async def account_named(self, name: str) -> Address:
        """An account by its address, or a member's by the member's id. Raises UnknownMember and InvalidInput."""
        if name.startswith("0x"):
            return address_named(name, "account")
        return (await self.context.read(lambda session: member_with_id(session, self.program, name[:100]))).account


async def _operating(context: ContextPart, program: ProgramPart, dry_run: Trial) -> Operating:
    return Operating(context, program, dry_run)


OperatingPart = Annotated[Operating, Depends(_operating)]


def address_named(text: str, field: str) -> Address:
    """An address in a path. Raises InvalidInput."""
    try:
        found = address_from_hex(text) if text.startswith("0x") else None
    except ValueError:
        found = None
    if found is None or not any(found):
        raise InvalidInput("must be 0x and 40 hex digits, and not the zero address", field=field)
    return found


def hash_named(text: str, field: str) -> Hash32:
    """A hash in a path. Raises InvalidInput."""
    try:
        return hash_from_hex(text)
    except ValueError:
        raise InvalidInput("must be 0x and 64 hex digits", field=field) from None
