"""`/v1/programs/{program}/operations`: what a brand changes on the chain, and how far it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.cursors import cursor_of, numbers_in
from tokenpoints.gateway.documented import LISTED, STORED, problem_responses
from tokenpoints.gateway.dry_runs import Trial
from tokenpoints.gateway.operation_answers import OperationAnswer, OperationsAnswer, answer_to
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.requests.operations import OperationsQuery
from tokenpoints.operations import requesting
from tokenpoints.storage import operations

router = APIRouter(prefix="/v1/programs/{program}/operations", tags=["operations"])


@router.get(
    "",
    dependencies=[requires(Scope.OPERATIONS_READ)],
    response_model=OperationsAnswer,
    responses=problem_responses("unknown_program", *LISTED, *STORED),
)
async def list_operations(
    program: ProgramPart, context: ContextPart, query: Annotated[OperationsQuery, Query()]
) -> OperationsAnswer:
    """Operations, newest first."""
    before_seq = numbers_in("operations", query.cursor, 1)[0] if query.cursor is not None else None
    found = await context.read(
        lambda session: operations.page(
            session, program.slug, state=query.state, kind=query.kind, before_seq=before_seq, limit=query.limit + 1
        )
    )
    page = found[: query.limit]
    next_cursor = cursor_of("operations", page[-1].seq) if len(found) > query.limit else None
    return OperationsAnswer(operations=[answer_to(each) for each in page], next_cursor=next_cursor)


@router.get(
    "/{operation}",
    dependencies=[requires(Scope.OPERATIONS_READ)],
    response_model=OperationAnswer,
    responses=problem_responses("unknown_program", "unknown_operation", *STORED),
)
async def get_operation(program: ProgramPart, operation: str, context: ContextPart) -> OperationAnswer:
    """One operation, and how far it is."""
    return answer_to(await context.read(lambda session: requesting.with_id(session, program.slug, operation)))


@router.delete(
    "/{operation}",
    dependencies=[requires(Scope.OPERATIONS_CANCEL)],
    response_model=OperationAnswer,
    responses=problem_responses(
        "unknown_program", "unknown_operation", "operation_under_way", "invalid_input", *STORED
    ),
)
async def cancel_operation(
    program: ProgramPart, operation: str, context: ContextPart, dry_run: Trial
) -> OperationAnswer:
    """Keep an operation from being made: before it is signed, or while its role's delay is running."""
    now = context.clock()
    cancelled = await context.write(
        lambda session: requesting.cancel(session, program.slug, operation, now=now), dry_run=dry_run
    )
    return answer_to(cancelled)
