"""`/v1/programs/{program}/receipts`: what happened in the shop comes in here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Response

from tokenpoints.access.keys import require_not_self, spend
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import ApiKey, Scope
from tokenpoints.domain.lines import line_from_json
from tokenpoints.domain.programs import Program, ReceiptKind
from tokenpoints.domain.receipts import Receipt
from tokenpoints.domain.types import address_from_hex, hex_of
from tokenpoints.earning.awards import Award
from tokenpoints.earning.intake import Draft
from tokenpoints.earning.recording import RecordedReceipt, receipt_with_id, record
from tokenpoints.errors import (
    AlreadyCounted,
    DuplicateReferences,
    FaultyReceipts,
    ReferenceConflict,
    TokenPointsError,
    UnknownMember,
    UnknownReceipt,
    WrongStore,
)
from tokenpoints.gateway.answers.receipts import (
    LineAnswer,
    ReceiptAnswer,
    RecordedReceiptAnswer,
    RecordedReceiptsAnswer,
)
from tokenpoints.gateway.answers.refunds import RefundAnswer
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import Context, ContextPart, ProgramPart
from tokenpoints.gateway.documented import SENT, STORED, body_of, problem_responses
from tokenpoints.gateway.dry_runs import Trial, trial_answer
from tokenpoints.gateway.endpoints.awards import award_answer
from tokenpoints.gateway.errors import problem_of
from tokenpoints.gateway.principals import KeyPart, requires
from tokenpoints.gateway.problems import Fault, Problem
from tokenpoints.gateway.requests.receipts import ReceiptsToRecord, ReceiptToRecord
from tokenpoints.gateway.texts import checksummed
from tokenpoints.gateway.views.refunds import refund_answers
from tokenpoints.storage import refunds
from tokenpoints.storage.database import Session
from tokenpoints.storage.refunds import RefundRow

router = APIRouter(prefix="/v1/programs/{program}/receipts", tags=["receipts"])

_REFUSALS = (
    "unknown_program",
    "unknown_member",
    "reference_conflict",
    "already_counted",
    "amount_out_of_range",
    "rule_not_indexed",
    "wrong_store",
    "award_to_self",
    "key_limit_exceeded",
)


@router.post(
    "",
    dependencies=[requires(Scope.RECEIPTS_WRITE)],
    status_code=202,
    response_model=RecordedReceiptAnswer,
    responses={**trial_answer(RecordedReceiptAnswer), **problem_responses(*_REFUSALS, *SENT, *STORED)},
    openapi_extra=body_of(ReceiptToRecord),
)
async def record_receipt(
    program: ProgramPart,
    context: ContextPart,
    key: KeyPart,
    body: Annotated[ReceiptToRecord, Depends(json_body(ReceiptToRecord))],
    dry_run: Trial,
) -> Response:
    """Record a receipt. What it earns goes to the chain; the same receipt again gets the same answer."""
    [recorded] = await _record(context, program, key, [body.draft()], pointer="", dry_run=dry_run)
    return _accepted(_answer(recorded), dry_run=dry_run)


@router.post(
    "/bulk",
    dependencies=[requires(Scope.RECEIPTS_WRITE)],
    status_code=202,
    response_model=RecordedReceiptsAnswer,
    responses={
        **trial_answer(RecordedReceiptsAnswer),
        **problem_responses(*_REFUSALS, "duplicate_references", *SENT, *STORED),
    },
    openapi_extra=body_of(ReceiptsToRecord),
)
async def record_receipts(
    program: ProgramPart,
    context: ContextPart,
    key: KeyPart,
    body: Annotated[ReceiptsToRecord, Depends(json_body(ReceiptsToRecord))],
    dry_run: Trial,
) -> Response:
    """Record up to 10,000 receipts, all or none. Those recorded before are marked as replayed."""
    drafts = [receipt.draft() for receipt in body.receipts]
    recorded = await _record(context, program, key, drafts, pointer="/receipts/{index}", dry_run=dry_run)
    replayed = sum(receipt.replayed for receipt in recorded)
    return _accepted(
        {
            "receipts": [_answer(receipt) for receipt in recorded],
            "recorded": len(recorded) - replayed,
            "replayed": replayed,
        },
        dry_run=dry_run,
    )


@router.get(
    "/{receipt}",
    dependencies=[requires(Scope.RECEIPTS_READ)],
    response_model=ReceiptAnswer,
    responses=problem_responses("unknown_program", "unknown_receipt", *STORED),
)
async def get_receipt(program: ProgramPart, receipt: str, context: ContextPart, key: KeyPart) -> ReceiptAnswer:
    """A receipt, and how far its awards have come. A store's key finds those of its store."""

    async def ask(session: Session) -> tuple[Receipt, str, list[Award], list[RefundRow], list[RefundAnswer]]:
        found, member_id, awards = await receipt_with_id(session, program, receipt)
        rows = await refunds.of_receipt(session, found.seq)
        if (own := await refunds.with_seq(session, found.seq)) is not None:
            rows = [own]
        return found, member_id, awards, rows, await refund_answers(session, rows)

    found, member_id, awards, refunded, answers = await context.read(ask)
    if key.store is not None and found.store != key.store:
        raise UnknownReceipt(receipt)
    pieces: Counter[int] = Counter()
    if found.kind is ReceiptKind.PURCHASE:
        for row in refunded:
            pieces.update(row.pieces)
    return ReceiptAnswer(
        id=found.id,
        reference=found.reference,
        member=member_id,
        kind=found.kind,
        amount=found.amount,
        currency=program.currency.code,
        occurred_at=rfc3339(found.occurred_at),
        received_at=rfc3339(found.received_at),
        body_hash=hex_of(found.body_hash),
        store=found.store,
        channel=found.channel,
        subject=found.details.get("subject"),
        friend=checksummed(address_from_hex(found.details["friend"])) if "friend" in found.details else None,
        lines=_lines(found, pieces),
        redemptions=found.details.get("redemptions", []),
        awards=[award_answer(award) for award in awards],
        refunds=answers,
        refunded_amount=0 if found.kind is ReceiptKind.REFUND else sum(row.amount for row in refunded),
    )


def _lines(receipt: Receipt, refunded: Counter[int]) -> list[LineAnswer]:
    if receipt.kind is not ReceiptKind.PURCHASE:
        return []
    lines = [line_from_json(line) for line in receipt.details.get("lines", [])]
    return [
        LineAnswer(
            line=number,
            sku=line.sku,
            category=line.category,
            quantity=line.quantity,
            amount=line.amount,
            refunded_quantity=refunded[number],
        )
        for number, line in enumerate(lines, start=1)
    ]


async def _record(
    context: Context, program: Program, key: ApiKey, sent: Sequence[Draft], *, pointer: str, dry_run: bool
) -> list[RecordedReceipt]:
    now = context.clock()
    drafts = [_of_store(key, draft) for draft in sent]

    async def act(session: Session) -> list[RecordedReceipt]:
        if any(draft.store != key.store for draft in drafts if key.store is not None):
            raise WrongStore(own=key.store or "")
        recorded = await record(session, program, drafts, now=now)
        # A purchase may credit who referred its member.
        require_not_self(key, {id for receipt in recorded for id in (receipt.member.id, *receipt.credited)})
        new = [draft.amount for draft, receipt in zip(drafts, recorded, strict=True) if not receipt.replayed]
        await spend(session, program, key, new, now=now)
        return recorded

    try:
        return await context.write(act, subjects=lambda recorded: [receipt.id for receipt in recorded], dry_run=dry_run)
    except (
        FaultyReceipts,
        UnknownMember,
        ReferenceConflict,
        AlreadyCounted,
        DuplicateReferences,
        WrongStore,
    ) as error:
        raise _located(error, drafts, pointer) from error


def _of_store(key: ApiKey, draft: Draft) -> Draft:
    """What a till sends is of its store, said or not."""
    return replace(draft, store=key.store) if key.store is not None and draft.store is None else draft


def _located(error: TokenPointsError, drafts: Sequence[Draft], pointer: str) -> Problem:
    """The problem with a pointer to each receipt that it is about."""
    at = [pointer.format(index=index) for index in range(len(drafts))]
    match error:
        case FaultyReceipts():
            faults = [Fault(f"{at[index]}/{field}", why) for index, field, why in error.faults]
        case UnknownMember():
            unknown = set(error.members)
            faults = [
                Fault(f"{place}/{name}", f"{value!r} is not a member of this program")
                for place, draft in zip(at, drafts, strict=True)
                for name, value in _names(draft)
                if value in unknown
            ]
        case ReferenceConflict() | DuplicateReferences():
            named = set(error.references)
            conflict = isinstance(error, ReferenceConflict)
            why = "recorded with another body" if conflict else "given more than once in this call"
            faults = [
                Fault(f"{place}/reference", f"{draft.reference!r} is {why}")
                for place, draft in zip(at, drafts, strict=True)
                if draft.reference in named
            ]
        case AlreadyCounted():
            faults = [
                Fault(f"{place}/reference", f"counts once, and was recorded as {error.references[draft.reference]!r}")
                for place, draft in zip(at, drafts, strict=True)
                if draft.reference in error.references
            ]
        case WrongStore():
            faults = [
                Fault(f"{place}/store", f"is not {error.own!r}")
                for place, draft in zip(at, drafts, strict=True)
                if draft.store != error.own
            ]
        case _:
            faults = []
    problem = problem_of(error)
    return Problem(problem.code, problem.detail, faults)


def _names(draft: Draft) -> Iterator[tuple[str, str | None]]:
    """Where a receipt names members."""
    own = "referrer/" if draft.kind is ReceiptKind.REFERRAL else ""
    yield f"{own}member", draft.member_id
    yield f"{own}customer_id", draft.customer_id
    yield "friend/member", draft.friend_member_id
    yield "friend/customer_id", draft.friend_customer_id


def _answer(recorded: RecordedReceipt) -> dict[str, Any]:
    # Plain dicts: a bulk call answers with ten thousand of them.
    return {
        "id": recorded.id,
        "reference": recorded.reference,
        "member": recorded.member.id,
        "account": checksummed(recorded.member.account),
        "replayed": recorded.replayed,
        "awards": [
            {
                "id": award.id,
                "rule": award.rule_id,
                "points_expected": str(award.points_expected),
                "status": award.status,
            }
            for award in recorded.awards
        ],
        "without_award": recorded.without_award,
    }


def _accepted(answer: dict[str, Any], *, dry_run: bool) -> Response:
    return Response(orjson.dumps(answer), status_code=200 if dry_run else 202, media_type="application/json")
