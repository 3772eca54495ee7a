"""`GET /v1/programs/{program}/members/{member}/entries`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import Scope
from tokenpoints.domain.types import hex_of
from tokenpoints.gateway.answers import EntriesAnswer, EntryAnswer, EntryReceiptAnswer
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.cursors import cursor_of, numbers_in
from tokenpoints.gateway.documented import LISTED, STORED, problem_responses
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.requests import EntriesQuery
from tokenpoints.gateway.texts import checksummed
from tokenpoints.members.lookup import member_with_id
from tokenpoints.statements.entries import Entry, cursor_numbers, entries_of, place_below
from tokenpoints.storage.database import Session

router = APIRouter(tags=["members"])


@router.get(
    "/v1/programs/{program}/members/{member}/entries",
    dependencies=[requires(Scope.MEMBERS_READ)],
    response_model=EntriesAnswer,
    responses=problem_responses("unknown_program", "unknown_member", *LISTED, *STORED),
)
async def list_entries(
    program: ProgramPart, member: str, context: ContextPart, query: Annotated[EntriesQuery, Query()]
) -> EntriesAnswer:
    """The lines of a member's balance history, newest first."""
    before = _position(query.cursor)

    async def ask(session: Session) -> list[Entry]:
        found = await member_with_id(session, program, member)
        return await entries_of(session, program, found.account, before=before, limit=query.limit + 1)

    found = await context.read(ask)
    page = found[: query.limit]
    last = page[-1] if len(found) > query.limit else None
    return EntriesAnswer(
        entries=[_entry(entry) for entry in page],
        next_cursor=cursor_of("entries", *cursor_numbers(last)) if last else None,
    )


def _position(cursor: str | None) -> tuple[int, int] | None:
    if cursor is None:
        return None
    block_number, ordinal = numbers_in("entries", cursor, 2)
    return place_below(block_number, ordinal)


def _entry(entry: Entry) -> EntryAnswer:
    receipt = None
    if entry.reference is not None:
        receipt = EntryReceiptAnswer(
            reference=entry.reference,
            amount=entry.receipt_amount,
            occurred_at=rfc3339(entry.occurred_at) if entry.occurred_at else None,
        )
    return EntryAnswer(
        id=entry.id,
        type=entry.type,
        amount=str(entry.amount),
        balance_after=str(entry.balance_after),
        status=entry.status,
        recorded_at=rfc3339(entry.recorded_at),
        rule=entry.rule_id,
        rule_version=entry.rule_version,
        rule_name=entry.rule_name,
        reference=entry.reference,
        receipt=receipt,
        counterparty=checksummed(entry.counterparty) if entry.counterparty is not None else None,
        batch_number=entry.batch_number,
        batch_position=entry.batch_position,
        transaction_hash=hex_of(entry.transaction_hash) if entry.transaction_hash is not None else None,
        log_index=entry.log_index,
        block_number=entry.block_number,
        confirmations=entry.confirmations,
    )
