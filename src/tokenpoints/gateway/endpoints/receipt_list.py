"""`GET /v1/programs/{program}/receipts`: what was recorded."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.answers.receipts import ListedReceiptAnswer, ReceiptsAnswer
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.cursors import cursor_of, numbers_in
from tokenpoints.gateway.documented import LISTED, STORED, problem_responses
from tokenpoints.gateway.principals import KeyPart, requires
from tokenpoints.gateway.requests.receipts import ReceiptsQuery
from tokenpoints.storage import receipts

router = APIRouter(prefix="/v1/programs/{program}/receipts", tags=["receipts"])


@router.get(
    "",
    dependencies=[requires(Scope.RECEIPTS_READ)],
    response_model=ReceiptsAnswer,
    responses=problem_responses("unknown_program", *LISTED, *STORED),
)
async def list_receipts(
    program: ProgramPart, context: ContextPart, key: KeyPart, query: Annotated[ReceiptsQuery, Query()]
) -> ReceiptsAnswer:
    """Receipts, the last recorded first. A store's key finds those of its store."""
    before_seq = numbers_in("receipts", query.cursor, 1)[0] if query.cursor is not None else None
    if key.store is not None and query.store not in (None, key.store):
        return ReceiptsAnswer(receipts=[], next_cursor=None)
    found = await context.read(
        lambda session: receipts.page(
            session,
            program.slug,
            member_id=query.member,
            reference=query.reference,
            store=query.store if key.store is None else key.store,
            kind=query.kind,
            since=query.since,
            until=query.until,
            before_seq=before_seq,
            limit=query.limit + 1,
        )
    )
    page = found[: query.limit]
    answers = [
        ListedReceiptAnswer(
            id=receipt.id,
            reference=receipt.reference,
            member=member_id,
            kind=receipt.kind,
            amount=receipt.amount,
            currency=program.currency.code,
            store=receipt.store,
            occurred_at=rfc3339(receipt.occurred_at),
            received_at=rfc3339(receipt.received_at),
        )
        for receipt, member_id in page
    ]
    next_cursor = cursor_of("receipts", page[-1][0].seq) if len(found) > query.limit else None
    return ReceiptsAnswer(receipts=answers, next_cursor=next_cursor)
