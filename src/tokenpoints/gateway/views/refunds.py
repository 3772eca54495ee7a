"""Refunds as callers see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from tokenpoints.domain.clawbacks import ClawbackState
from tokenpoints.earning.taking_back import Standing, standings
from tokenpoints.gateway.answers.refunds import RefundAnswer, RefundedLineAnswer, RestoredAnswer
from tokenpoints.storage import refunds, restorations
from tokenpoints.storage.database import Session
from tokenpoints.storage.refunds import RefundRow
from tokenpoints.storage.restorations import Restoration


async def refund_answers(session: Session, rows: Sequence[RefundRow]) -> list[RefundAnswer]:
    """Refunds, and how far each is."""
    seqs = [row.receipt_seq for row in rows]
    standing, restored = await standings(session, seqs), await restorations.of_receipts(session, seqs)
    return [
        RefundAnswer(
            id=row.receipt_id,
            reference=row.reference,
            amount=row.amount,
            lines=[RefundedLineAnswer(line=line, quantity=count) for line, count in sorted(row.pieces.items())],
            redemptions=[_restored(each) for each in restored.get(row.receipt_seq, [])],
            **standing_fields(standing.get(row.receipt_seq, [])),
            points_due=_due(standing.get(row.receipt_seq, [])),
        )
        for row in rows
    ]


async def refund_answer(session: Session, receipt_seq: int) -> RefundAnswer:
    """One refund."""
    row = await refunds.with_seq(session, receipt_seq)
    assert row is not None
    [answer] = await refund_answers(session, [row])
    return answer


def standing_fields(found: Sequence[Standing]) -> dict[str, Any]:
    """How far all of them are together."""
    order = list(ClawbackState)
    short = [each.shortfall for each in found]
    return {
        "state": min((each.state for each in found), key=order.index, default=ClawbackState.DONE),
        "detail": next((each.waits for each in found if each.waits is not None), None),
        "points_taken": str(sum(each.taken for each in found)),
        "points_short": None if None in short else str(sum(each or 0 for each in short)),
        "operations": [operation for each in found for operation in each.operations],
    }


def _due(found: Sequence[Standing]) -> str | None:
    due = [each.due for each in found]
    return None if None in due else str(sum(each or 0 for each in due))


def _restored(each: Restoration) -> RestoredAnswer:
    state: Literal["waiting", "restoring", "done", "refused"] = "waiting"
    if each.settled_at is not None:
        state = "done" if each.waits is None else "refused"
    elif each.operation_id is not None:
        state = "restoring"
    return RestoredAnswer(
        redemption=each.redemption,
        state=state,
        detail=each.waits,
        operation=each.operation_id,
        award=each.award_id,
    )
