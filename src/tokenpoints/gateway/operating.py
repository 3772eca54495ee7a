"""What all endpoints share that change something on the chain."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from tokenpoints.domain.changes import Change
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, Hash32, address_from_hex, hash_from_hex
from tokenpoints.errors import InvalidInput
from tokenpoints.gateway.context import Context
from tokenpoints.gateway.documented import SENT, STORED, problem_responses
from tokenpoints.gateway.operation_answers import OperationAnswer, answer_to, answer_to_dry_run
from tokenpoints.members.lookup import member_with_id
from tokenpoints.operations import planning, requesting

DryRun = Annotated[bool, Query(description="Answer what would happen, and change nothing.")]
_DRY_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"model": OperationAnswer, "description": "What would happen, with `dry_run=true`."}
}
OPERATED = ("unknown_program", "operation_refused", "no_operator", "chain_unavailable", *STORED)


def operation_responses(*codes: str, has_body: bool = False) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an endpoint that makes an operation."""
    sent = SENT if has_body else ("invalid_input",)
    return {**_DRY_ANSWER, **problem_responses(*OPERATED, *sent, *codes)}


async def operate(
    context: Context, program: Program, change: Change, response: Response, *, dry_run: bool
) -> OperationAnswer:
    """Plan the change, and record it for the operator unless it is a dry run."""
    now = context.clock()
    plan = await planning.foreseen(context.node, context.database, program, change, now=now)
    if dry_run:
        response.status_code = 200
        return answer_to_dry_run(program.slug, plan)
    requested = await context.write(
        lambda session: requesting.request(session, program.slug, plan, now=now),
        subjects=lambda operation: [operation.id],
    )
    return answer_to(requested)


async def account_named(context: Context, program: Program, name: str) -> Address:
    """An account by its address, or a member's by the member's id. Raises UnknownMember and InvalidInput."""
    if name.startswith("0x"):
        return address_named(name, "account")
    return (await context.read(lambda session: member_with_id(session, program, name[:100]))).account


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
