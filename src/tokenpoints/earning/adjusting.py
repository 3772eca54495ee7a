"""Adjustments: points given or taken by hand, with a reason, and above the program's limit by two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.adjustments import AdjustmentState, needs_second, state_at
from tokenpoints.domain.entries import ClawbackReason
from tokenpoints.domain.ids import new_id
from tokenpoints.domain.keys import ApiKey
from tokenpoints.domain.programs import Program, ReceiptKind
from tokenpoints.earning.expecting import Expecting, expecting
from tokenpoints.earning.intake import Draft, faults_of
from tokenpoints.earning.once import is_same
from tokenpoints.earning.recording import prepare
from tokenpoints.errors import (
    AdjustmentNotPending,
    FaultyReceipts,
    InvalidInput,
    ReferenceConflict,
    SecondApproverNeeded,
    UnknownAdjustment,
)
from tokenpoints.storage import adjustments, awards, clawbacks, members, receipts
from tokenpoints.storage.adjustments import Adjustment
from tokenpoints.storage.database import Session


@dataclass(frozen=True, slots=True)
class AdjustmentRequest:
    """Points to give, or below 0 to take."""

    reference: str
    member_id: str | None
    customer_id: str | None
    points: int
    reason: str
    occurred_at: datetime | None
    """None: now."""


async def adjust(
    session: Session, program: Program, request: AdjustmentRequest, key: ApiKey, *, now: datetime
) -> tuple[Adjustment, bool]:
    """Record an adjustment, and make it unless it waits for a second approver. Also whether an earlier call did.

    Raises FaultyReceipts, UnknownMember, InvalidInput, ReferenceConflict, RuleNotIndexed.
    """
    draft = Draft(
        reference=request.reference,
        member_id=request.member_id,
        customer_id=request.customer_id,
        kind=ReceiptKind.ADJUSTMENT,
        amount=0,
        currency=None,
        occurred_at=request.occurred_at or now,
        details={"points": request.points, "reason": request.reason},
    )
    if faults := list(faults_of(draft, program, now)):
        raise FaultyReceipts([(0, *fault) for fault in faults])
    known = (await receipts.by_references(session, program.slug, [draft.reference])).get(draft.reference)
    if known is not None and request.occurred_at is None:
        draft = replace(draft, occurred_at=known.occurred_at)
    [prepared] = await prepare(session, program, [draft])
    if known is not None:
        earlier = await adjustments.of_receipt(session, known.seq)
        if earlier is None or not is_same(known, draft, prepared.member, program):
            raise ReferenceConflict([draft.reference])
        return earlier, True
    expected = await expecting(session, program, {ReceiptKind.ADJUSTMENT}, [prepared.member.account], now)
    _require_rule(request.points, expected, prepared.member, draft.occurred_at)
    row = prepared.row(new_id("rcp"), program.slug, now=now)
    [seq] = await receipts.add(session, [row])
    waits = needs_second(request.points, program.adjustment_limit)
    adjustment_id = new_id("adj")
    await adjustments.add(
        session,
        {
            "receipt_seq": seq,
            "id": adjustment_id,
            "program": program.slug,
            "points": request.points,
            "state": AdjustmentState.PENDING if waits else AdjustmentState.APPROVED,
            "requested_by": key.id,
            "requested_lineage": key.lineage,
            "expires_at": now + timedelta(days=program.adjustment_days),
        },
    )
    made = await with_id(session, program, adjustment_id)
    if not waits:
        await _make(session, program, made, now=now)
    return made, False


async def decide(
    session: Session, program: Program, adjustment_id: str, key: ApiKey, *, approve: bool, now: datetime
) -> Adjustment:
    """Approve or reject an adjustment that waits. Deciding the same again changes nothing.

    Raises UnknownAdjustment, AdjustmentNotPending, SecondApproverNeeded.
    """
    found = await with_id(session, program, adjustment_id, lock=True)
    wanted = AdjustmentState.APPROVED if approve else AdjustmentState.REJECTED
    state = state_at(found.state, found.expires_at, now)
    if state is wanted and found.decided_by == key.id:
        return found
    if state is not AdjustmentState.PENDING:
        raise AdjustmentNotPending(found.id, state)
    if approve and key.lineage == found.requested_lineage:
        raise SecondApproverNeeded
    await adjustments.decide(session, found.receipt_seq, state=wanted, by=key.id, now=now)
    if approve:
        await _make(session, program, found, now=now)
    return await with_id(session, program, adjustment_id)


async def with_id(session: Session, program: Program, adjustment_id: str, *, lock: bool = False) -> Adjustment:
    """One adjustment. Raises UnknownAdjustment."""
    found = await adjustments.with_id(session, program.slug, adjustment_id, lock=lock)
    if found is None:
        raise UnknownAdjustment(adjustment_id[:100])
    return found


def _require_rule(points: int, expected: Expecting, member: Member, occurred_at: datetime) -> None:
    """What is given needs a rule that gives exactly that. Raises InvalidInput."""
    if points < 0:
        return
    if ReceiptKind.ADJUSTMENT not in expected.rules:
        raise InvalidInput("the program has no rule for adjustments, so none can give points", field="/points")
    given = expected.points(ReceiptKind.ADJUSTMENT, member, occurred_at=occurred_at, units=points)
    if given != points:
        raise InvalidInput(f"the rule for adjustments would give {given}", field="/points")


async def _make(session: Session, program: Program, adjustment: Adjustment, *, now: datetime) -> None:
    if adjustment.points < 0:
        await clawbacks.add(
            session,
            program=program.slug,
            member_seq=adjustment.member_seq,
            receipt_seq=adjustment.receipt_seq,
            points=-adjustment.points,
            reason=ClawbackReason.MISTAKE,
        )
        return
    member = (await members.by_seqs(session, [adjustment.member_seq]))[adjustment.member_seq]
    expected = await expecting(session, program, {ReceiptKind.ADJUSTMENT}, [member.account], now)
    receipt = (await receipts.by_references(session, program.slug, [adjustment.reference]))[adjustment.reference]
    award = expected.award(
        new_id("awd"),
        ReceiptKind.ADJUSTMENT,
        member,
        receipt_seq=receipt.seq,
        occurred_at=receipt.occurred_at,
        units=adjustment.points,
    )
    if award is not None:
        await awards.add(session, [award[1]])
