"""What the chain's half has to tell: final entries and refusals, in the order of the chain."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, and_, or_, select

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.domain.webhooks import Event, EventType
from tokenpoints.storage import checkpoints
from tokenpoints.storage.database import Session
from tokenpoints.storage.joins import is_of_award, is_of_batch
from tokenpoints.storage.tables import awards, batches, blocks, entries, members, receipts, refusals

_TYPE_OF_ENTRY = {EntryType.AWARD: EventType.AWARD_MINTED, EntryType.CLAWBACK: EventType.AWARD_CLAWED_BACK}


async def last_final_block(session: Session) -> int:
    """Everything up to it is indexed and cannot be undone; -1 where nothing is."""
    checkpoint = await checkpoints.latest(session)
    return -1 if checkpoint is None else min(checkpoint.block_number, checkpoint.finalized_number)


async def last_block_of_page(
    session: Session, program: str, types: Collection[EventType], *, after_block: int, until_block: int, size: int
) -> int:
    """Where to stop so that the blocks after `after_block` hold not many more than `size` events: whole blocks only."""
    ends = [until_block]
    for table, condition in _sources(program, types):
        within = table.c.block_number.between(after_block + 1, until_block)
        query = select(table.c.block_number).where(condition, within).order_by(table.c.block_number)
        found = await session.scalar(query.offset(size - 1).limit(1))
        ends += [] if found is None else [found]
    return min(ends)


async def in_blocks(
    session: Session, program: str, types: Collection[EventType], *, after_block: int, until_block: int
) -> list[Event]:
    """The events of these types in the blocks after `after_block`, up to `until_block`, in order."""
    found: list[Event] = []
    for table, condition in _sources(program, types):
        query = _with_award(table).where(condition, table.c.block_number.between(after_block + 1, until_block))
        make = _refusal if table is refusals else _entry
        found += [make(row) for row in await session.execute(query)]
    return sorted(found, key=_place)


def _place(event: Event) -> tuple[int, int, Address]:
    return event.block_number, -1 if event.log_index is None else event.log_index, event.account


def _sources(program: str, types: Collection[EventType]) -> list[tuple[Table, ColumnElement[bool]]]:
    of_entries = [entries.c.type == kind for kind, type_ in _TYPE_OF_ENTRY.items() if type_ in types]
    if EventType.ENTRY_CREATED in types:
        # That an expiry was logged later says nothing new.
        of_entries.append(entries.c.type.not_in([*_TYPE_OF_ENTRY, EntryType.EXPIRY_LOGGED]))
    sources = [(entries, and_(entries.c.program == program, or_(*of_entries)))] if of_entries else []
    if EventType.AWARD_REFUSED in types:
        sources.append((refusals, refusals.c.program == program))
    return sources


def _with_award(table: Table) -> Select[Any]:
    """With the block, the member, and over the batch's place the award and its receipt."""
    return select(
        table,
        blocks.c.timestamp,
        blocks.c.hash.label("block_hash"),
        members.c.id.label("member_id"),
        awards.c.id.label("award_id"),
        awards.c.points_expected,
        receipts.c.id.label("receipt_id"),
        receipts.c.reference,
    ).select_from(
        table.join(blocks, blocks.c.number == table.c.block_number)
        .outerjoin(members, and_(members.c.program == table.c.program, members.c.account == table.c.account))
        .outerjoin(batches, is_of_batch(table))
        .outerjoin(awards, is_of_award(table))
        .outerjoin(receipts, receipts.c.seq == awards.c.receipt_seq)
    )


def _entry(row: Row[Any]) -> Event:
    entry_type = EntryType(row.type)
    return _event(
        row,
        _TYPE_OF_ENTRY.get(entry_type, EventType.ENTRY_CREATED),
        entry_type=entry_type,
        amount=row.amount,
        balance_after=row.balance_after,
        tier_after=AccountWord.unpack(int.from_bytes(row.word_after, "big")).tier,
        counterparty=None if row.counterparty is None else Address(row.counterparty),
        batch_position=row.batch_position,
    )


def _refusal(row: Row[Any]) -> Event:
    return _event(
        row,
        EventType.AWARD_REFUSED,
        entry_type=None,
        amount=None,
        balance_after=None,
        tier_after=None,
        counterparty=None,
        batch_position=row.position,
    )


def _event(row: Row[Any], type_: EventType, **of_its_table: Any) -> Event:
    return Event(
        type=type_,
        program=row.program,
        block_number=row.block_number,
        block_hash=Hash32(row.block_hash),
        occurred_at=datetime.fromtimestamp(row.timestamp, UTC),
        transaction_hash=None if row.transaction_hash is None else Hash32(row.transaction_hash),
        log_index=None if row.transaction_hash is None else row.log_index,
        account=Address(row.account),
        member_id=row.member_id,
        rule_id=row.rule_id,
        rule_version=row.rule_version,
        batch_number=row.batch_number,
        award_id=row.award_id,
        receipt_id=row.receipt_id,
        reference=row.reference,
        points_expected=row.points_expected,
        reason=row.reason,
        **of_its_table,
    )
