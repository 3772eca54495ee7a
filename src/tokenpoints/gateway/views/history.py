"""The lines of a member's balance history."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Response

from tokenpoints.domain.types import hex_of
from tokenpoints.gateway.answers.holdings import EntryAnswer
from tokenpoints.gateway.context import Context
from tokenpoints.gateway.cursors import cursor_of, numbers_in
from tokenpoints.gateway.principals import Whose
from tokenpoints.gateway.requests.persons import EntriesQuery
from tokenpoints.gateway.texts import checksummed
from tokenpoints.members.lookup import person_with_id
from tokenpoints.statements.entries import (
    Entry,
    cursor_numbers,
    entries_of,
    latest_entries_of_member,
    page_of,
    place_below,
)
from tokenpoints.storage.database import Session
from tokenpoints.storage.ledger_reads import EntryFilter

_AS_RFC_3339 = orjson.OPT_UTC_Z
"""As `rfc3339` writes it."""


async def entries(context: Context, whose: Whose, query: EntriesQuery) -> Response:
    """A page, newest first, as the JSON of an EntriesAnswer. Raises UnknownMember and InvalidCursor."""
    found = await _latest(context, whose, query) or await _asked_for(context, whose, query)
    page, last = page_of(found, query.limit)
    answer = {
        "entries": [_fields(entry) for entry in page],
        "next_cursor": cursor_of("entries", *cursor_numbers(last)) if last else None,
    }
    # Not by way of the model: to make and to write one for each entry takes longer than to read them all.
    return Response(orjson.dumps(answer, option=_AS_RFC_3339), media_type="application/json")


async def _latest(context: Context, whose: Whose, query: EntriesQuery) -> list[Entry]:
    """What nearly everybody asks for, in one statement; none where that does not tell."""
    if query.cursor is not None or query.type or query.since or query.until or query.reference is not None:
        return []
    return await latest_entries_of_member(context.database.ask, whose.program, whose.member_id, limit=query.limit + 1)


async def _asked_for(context: Context, whose: Whose, query: EntriesQuery) -> list[Entry]:
    before = _position(query.cursor)
    only = EntryFilter(frozenset(query.type), query.since, query.until, query.reference)

    # Two statements: a member's accounts, and what they show, with how far the chain was known then.
    async def ask(session: Session) -> list[Entry]:
        found = await person_with_id(session, whose.program, whose.member_id)
        account, also = found.member.account, found.other_accounts
        # One more than the page, and those of other accounts that one log may make besides.
        limit = query.limit + 1 + len(also)
        return await entries_of(session, whose.program, account, before=before, limit=limit, only=only, also=also)

    return await context.look_up(ask)


def _position(cursor: str | None) -> tuple[int, int] | None:
    if cursor is None:
        return None
    block_number, ordinal = numbers_in("entries", cursor, 2)
    return place_below(block_number, ordinal)


def entry_answer(entry: Entry) -> EntryAnswer:
    return EntryAnswer.model_validate_json(orjson.dumps(_fields(entry), option=_AS_RFC_3339))


def _fields(entry: Entry) -> dict[str, Any]:
    """Of an EntryAnswer, in its order, with times that are still to be written."""
    receipt = None
    if entry.reference is not None:
        receipt = {
            "reference": entry.reference,
            "amount": entry.receipt_amount,
            "occurred_at": entry.occurred_at,
        }
    return {
        "id": entry.id,
        "account": checksummed(entry.account),
        "type": entry.type,
        "amount": str(entry.amount),
        "balance_after": str(entry.balance_after),
        "status": entry.status,
        "recorded_at": entry.recorded_at,
        "rule": entry.rule_id,
        "rule_version": entry.rule_version,
        "rule_name": entry.rule_name,
        "reference": entry.reference,
        "receipt": receipt,
        "counterparty": checksummed(entry.counterparty) if entry.counterparty is not None else None,
        "batch_number": entry.batch_number,
        "batch_position": entry.batch_position,
        "transaction_hash": hex_of(entry.transaction_hash) if entry.transaction_hash is not None else None,
        "log_index": entry.log_index,
        "block_number": entry.block_number,
        "confirmations": entry.confirmations,
    }
