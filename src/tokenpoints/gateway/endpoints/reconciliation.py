"""`GET /v1/programs/{program}/reconciliation`: does the database say what the chain says?"""

from __future__ import annotations

from fastapi import APIRouter

from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import Scope
from tokenpoints.domain.types import hex_of
from tokenpoints.errors import NotReconciled
from tokenpoints.gateway.answers.programs import DifferenceAnswer, ReconciliationAnswer
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.documented import STORED, problem_responses
from tokenpoints.gateway.principals import requires
from tokenpoints.storage import reconciliations

router = APIRouter(tags=["programs"])


@router.get(
    "/v1/programs/{program}/reconciliation",
    dependencies=[requires(Scope.PROGRAMS_READ)],
    response_model=ReconciliationAnswer,
    responses=problem_responses("unknown_program", "not_reconciled", *STORED),
)
async def get_reconciliation(program: ProgramPart, context: ContextPart) -> ReconciliationAnswer:
    """The last comparison of every account, the supply, every rule and every batch with the chain."""
    found = await context.read(lambda session: reconciliations.latest(session, program.slug))
    if found is None:
        raise NotReconciled(program.slug)
    return ReconciliationAnswer(
        block_number=found.block_number,
        block_hash=hex_of(found.block_hash),
        compared_at=rfc3339(found.compared_at),
        accounts=found.counts.accounts,
        rule_versions=found.counts.rule_versions,
        batches=found.counts.batches,
        difference_count=found.difference_count,
        differences=[
            DifferenceAnswer(kind=each.kind, subject=each.subject, in_database=each.in_database, on_chain=each.on_chain)
            for each in found.differences
        ],
    )
