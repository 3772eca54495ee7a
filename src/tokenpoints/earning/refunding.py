"""Refunds: what of a receipt is given back, and what goes back with it.

A refund is a receipt of its own. It asks for the points to be taken back and for redemptions to be restored; the
operator's process does both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tokenpoints.domain.clawbacks import Share
from tokenpoints.domain.entries import ClawbackReason
from tokenpoints.domain.ids import new_id
from tokenpoints.domain.lines import LineToRefund, amount_of, line_from_json, to_refund
from tokenpoints.domain.lines import NotRefundable as PiecesNotRefundable
from tokenpoints.domain.programs import Program, ReceiptKind
from tokenpoints.domain.receipts import Receipt
from tokenpoints.earning.intake import PAID_KINDS, Draft, faults_of
from tokenpoints.earning.once import is_same
from tokenpoints.earning.recording import prepare
from tokenpoints.errors import FaultyReceipts, InvalidInput, NotRefundable, ReferenceConflict, UnknownReceipt
from tokenpoints.storage import clawbacks, receipts, referrals, refunds, restorations
from tokenpoints.storage.database import Session
from tokenpoints.storage.refunds import RefundedSoFar
from tokenpoints.storage.turns import one_at_a_time

_NEVER = frozenset({ReceiptKind.REFERRAL, ReceiptKind.ADJUSTMENT, ReceiptKind.REFUND})


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What is given back: of lines, an amount, or with neither all that is left."""

    reference: str
    lines: Sequence[LineToRefund] | None
    amount: int | None
    redemptions: Sequence[int] | None
    """Of those that the purchase names. None: with all that is left, all of them; else none."""
    occurred_at: datetime | None
    """None: now."""
    store: str | None
    channel: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Refunded:
    """A refund that is recorded, now or by an earlier call."""

    receipt_seq: int
    receipt_id: str
    amount: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class _Given:
    """What a refund gives back."""

    amount: int
    pieces: dict[int, int]
    share: Share


async def refund(
    session: Session, program: Program, receipt_id: str, request: RefundRequest, *, store: str | None, now: datetime
) -> Refunded:
    """Record a refund of a receipt; of one of its own store where the caller has one.

    Raises UnknownReceipt, NotRefundable, InvalidInput, FaultyReceipts, ReferenceConflict.
    """
    found = await receipts.with_id(session, program.slug, receipt_id)
    if found is None or (store is not None and found[0].store != store):
        raise UnknownReceipt(receipt_id)
    receipt, member_id = found
    await one_at_a_time(session, "refund", [receipt.id])
    draft = _draft(receipt, member_id, request, now)
    if (known := await _known(session, program, draft, request)) is not None:
        return known
    if receipt.kind in _NEVER:
        raise NotRefundable(f"a receipt of kind {receipt.kind} is not refunded")
    before = await refunds.so_far(session, receipt.seq)
    given = _given(receipt, request, before)
    restored = await _restored(session, program, receipt, request, is_last=given.share.is_last)
    draft = replace(draft, amount=given.amount)
    # Its amount is what is left, which may be none; the rest of it is as with any receipt.
    if faults := [fault for fault in faults_of(draft, program, now) if fault[0] != "amount"]:
        raise FaultyReceipts([(0, *fault) for fault in faults])
    if draft.occurred_at < receipt.occurred_at:
        raise InvalidInput("is before what is refunded", field="/occurred_at")
    [prepared] = await prepare(session, program, [draft])
    row = prepared.row(new_id("rcp"), program.slug, now=now)
    [seq] = await receipts.add(session, [row])
    await refunds.add(
        session,
        receipt_seq=seq,
        refunded_seq=receipt.seq,
        number=before.count + 1,
        amount=given.amount,
        pieces=given.pieces,
    )
    await clawbacks.add(
        session,
        program=program.slug,
        member_seq=receipt.member_seq,
        receipt_seq=seq,
        earned_by_seq=receipt.seq,
        share=given.share,
        reason=ClawbackReason.REFUND,
    )
    if given.share.is_last and (credited := await referrals.credited_by(session, receipt.seq)) is not None:
        referral_seq, referrer_seq = credited
        await clawbacks.add(
            session,
            program=program.slug,
            member_seq=referrer_seq,
            receipt_seq=seq,
            earned_by_seq=referral_seq,
            share=Share(0, 1, 1),
            reason=ClawbackReason.REFUND,
        )
    await restorations.add(session, program=program.slug, receipt_seq=seq, redemptions=restored)
    return Refunded(seq, row["id"], given.amount, False)


async def _known(session: Session, program: Program, draft: Draft, request: RefundRequest) -> Refunded | None:
    """The refund of an earlier call with the same body. Raises ReferenceConflict."""
    known = (await receipts.by_references(session, program.slug, [draft.reference])).get(draft.reference)
    if known is None:
        return None
    said = replace(
        draft,
        amount=known.amount if request.amount is None else request.amount,
        occurred_at=known.occurred_at if request.occurred_at is None else request.occurred_at,
    )
    [prepared] = await prepare(session, program, [said])
    if known.kind is not ReceiptKind.REFUND or not is_same(known, said, prepared.member, program):
        raise ReferenceConflict([draft.reference])
    return Refunded(known.seq, known.id, known.amount, True)


def _draft(receipt: Receipt, member_id: str, request: RefundRequest, now: datetime) -> Draft:
    details: dict[str, Any] = {"refunds": receipt.reference}
    if request.lines is not None:
        details["lines"] = [line.as_json() for line in request.lines]
    if request.redemptions is not None:
        details["redemptions"] = list(request.redemptions)
    if request.reason is not None:
        details["reason"] = request.reason
    return Draft(
        reference=request.reference,
        member_id=member_id,
        customer_id=None,
        kind=ReceiptKind.REFUND,
        amount=request.amount or 0,
        currency=None,
        occurred_at=request.occurred_at or now,
        store=request.store,
        channel=request.channel,
        details=details,
    )


def _given(receipt: Receipt, request: RefundRequest, before: RefundedSoFar) -> _Given:
    lines = [line_from_json(line) for line in receipt.details.get("lines", [])]
    if receipt.kind not in PAID_KINDS:
        if request.lines is not None or request.amount is not None:
            raise NotRefundable(f"a receipt of kind {receipt.kind} is refunded as a whole")
        if before.count:
            raise NotRefundable("all of it was refunded before")
        return _Given(0, {}, Share(0, 1, 1))
    left = receipt.amount - before.amount
    pieces: dict[int, int] = {}
    if request.lines is not None:
        if not lines:
            raise NotRefundable("the receipt has no lines: say which amount is given back")
        try:
            pieces = to_refund(lines, before.pieces, request.lines)
        except PiecesNotRefundable as error:
            raise InvalidInput(str(error), field=f"/lines/{error.index}/{error.field}") from error
        amount = sum(amount_of(lines[line - 1], before.pieces[line], count) for line, count in pieces.items())
    elif request.amount is not None:
        if lines:
            raise NotRefundable("the receipt has lines: say which of them are given back")
        amount = request.amount
    else:
        amount = left
        pieces = {
            number: line.quantity - before.pieces[number]
            for number, line in enumerate(lines, start=1)
            if line.quantity > before.pieces[number]
        }
    if amount > left:
        raise NotRefundable(f"{left} of {receipt.amount} are left to refund, and not {amount}")
    if left == 0:
        raise NotRefundable("all of it was refunded before")
    return _Given(amount, pieces, Share(before.amount, before.amount + amount, receipt.amount))


async def _restored(
    session: Session, program: Program, receipt: Receipt, request: RefundRequest, *, is_last: bool
) -> list[int]:
    named: list[int] = receipt.details.get("redemptions", [])
    asked_for = await restorations.asked_for(session, program.slug, named)
    if request.redemptions is None:
        return [each for each in named if each not in asked_for] if is_last else []
    for index, each in enumerate(request.redemptions):
        if each not in named:
            raise InvalidInput("is none that the receipt names", field=f"/redemptions/{index}")
        if each in asked_for:
            raise InvalidInput("was restored by an earlier refund", field=f"/redemptions/{index}")
    return list(request.redemptions)
