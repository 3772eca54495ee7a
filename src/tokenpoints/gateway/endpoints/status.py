"""`GET /v1/programs/{program}/status`: whether awards reach the chain."""

from __future__ import annotations

from fastapi import APIRouter

from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.answers.programs import StatusAnswer, SubmitterAnswer
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.documented import STORED, problem_responses
from tokenpoints.gateway.operation_answers import answer_of_operator
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.texts import checksummed
from tokenpoints.storage import operator_states, submitter_states
from tokenpoints.storage.database import Session
from tokenpoints.storage.operator_states import OperatorState
from tokenpoints.storage.submitter_states import SubmitterState

router = APIRouter(prefix="/v1/programs/{program}/status", tags=["programs"])

SILENT_SECONDS = 60.0


@router.get(
    "",
    dependencies=[requires(Scope.PROGRAMS_READ)],
    response_model=StatusAnswer,
    responses=problem_responses("unknown_program", *STORED),
)
async def get_status(program: ProgramPart, context: ContextPart) -> StatusAnswer:
    """How each submitter and each operator's key is doing, and why it waits if it does."""

    async def ask(session: Session) -> tuple[list[SubmitterState], list[OperatorState]]:
        return (
            await submitter_states.of_program(session, program.slug),
            await operator_states.of_program(session, program.slug),
        )

    states, keys = await context.read(ask)
    now = context.clock()
    return StatusAnswer(
        submitters=[_answer(state, (now - state.observed_at).total_seconds()) for state in states],
        operators=[answer_of_operator(key, now) for key in keys],
    )


def _answer(state: SubmitterState, age_seconds: float) -> SubmitterAnswer:
    said = "working" if state.wait is None else "waiting"
    return SubmitterAnswer(
        issuer=checksummed(state.issuer),
        state="silent" if age_seconds > SILENT_SECONDS else said,
        wait=state.wait,
        detail=state.detail,
        since=rfc3339(state.since),
        observed_at=rfc3339(state.observed_at),
        batches_in_flight=state.in_flight,
        oldest_unsealed_at=rfc3339(state.oldest_unsealed_at) if state.oldest_unsealed_at else None,
        balance_wei=str(state.balance_wei),
        base_fee_wei=str(state.base_fee_wei),
        nonce=state.nonce,
    )
