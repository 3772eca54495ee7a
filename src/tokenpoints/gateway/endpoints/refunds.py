"""`/v1/programs/{program}/receipts/{receipt}/refunds`: what was bought comes back, whole or by line."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from tokenpoints.access.keys import spend
from tokenpoints.domain.keys import Scope
from tokenpoints.earning.refunding import Refunded, refund
from tokenpoints.errors import WrongStore
from tokenpoints.gateway.answers.refunds import RecordedRefundAnswer, RefundAnswer
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.documented import SENT, STORED, body_of, problem_responses
from tokenpoints.gateway.dry_runs import Trial, trial_answer
from tokenpoints.gateway.principals import KeyPart, requires
from tokenpoints.gateway.requests.refunds import RefundToRecord
from tokenpoints.gateway.views.refunds import refund_answer
from tokenpoints.storage.database import Session

router = APIRouter(prefix="/v1/programs/{program}/receipts/{receipt}/refunds", tags=["receipts"])


@router.post(
    "",
    dependencies=[requires(Scope.RECEIPTS_WRITE)],
    status_code=202,
    response_model=RecordedRefundAnswer,
    responses={
        **trial_answer(RecordedRefundAnswer),
        **problem_responses(
            "unknown_program",
            "unknown_receipt",
            "unknown_member",
            "reference_conflict",
            "not_refundable",
            "amount_out_of_range",
            "wrong_store",
            "key_limit_exceeded",
            *SENT,
            *STORED,
        ),
    },
    openapi_extra=body_of(RefundToRecord),
)
async def refund_receipt(
    program: ProgramPart,
    receipt: str,
    context: ContextPart,
    key: KeyPart,
    body: Annotated[RefundToRecord, Depends(json_body(RefundToRecord))],
    dry_run: Trial,
) -> RecordedRefundAnswer:
    """Give back lines, an amount, or all that is left. What they earned is taken back, what was spent is restored.

    A store's key refunds receipts of its store.
    """
    now = context.clock()
    if key.store is not None and body.store not in (None, key.store):
        raise WrongStore(own=key.store)

    async def act(session: Session) -> tuple[Refunded, RefundAnswer]:
        request = body.request(key.store)
        recorded = await refund(session, program, receipt, request, store=key.store, now=now)
        if not recorded.replayed:
            await spend(session, program, key, [recorded.amount], now=now)
        return recorded, await refund_answer(session, recorded.receipt_seq)

    recorded, answer = await context.write(act, subjects=lambda found: [found[0].receipt_id], dry_run=dry_run)
    return RecordedRefundAnswer(**answer.model_dump(), receipt=receipt, replayed=recorded.replayed)
