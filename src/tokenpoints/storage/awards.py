"""Questions about awards: how far each has come, and which the submitter takes next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    FromClause,
    Row,
    Select,
    and_,
    func,
    or_,
    select,
    type_coerce,
    update,
)

from tokenpoints.domain.batches import BATCH_SIZE_MAX, BatchEntry
from tokenpoints.domain.entries import AwardStatus, EntryType
from tokenpoints.domain.ids import may_be_id
from tokenpoints.domain.receipts import receipt_hash
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.storage.bulk import insert_all
from tokenpoints.storage.chunks import any_of, numbered
from tokenpoints.storage.database import Session
from tokenpoints.storage.dead_letters import is_dead
from tokenpoints.storage.joins import batch_is_awarded, is_of_batch
from tokenpoints.storage.members import of_person
from tokenpoints.storage.tables import (
    awarded_batches,
    awards,
    batches,
    dead_letters,
    entries,
    erased_awards,
    members,
    receipts,
    refusals,
)


@dataclass(frozen=True, slots=True)
class AwardRecord:
    """An award, with what the chain says of it. All that comes from the chain is None while it is pending."""

    seq: int
    id: str
    receipt_seq: int
    receipt_id: str
    reference: str
    member_id: str
    account: Address
    rule_id: int
    points_expected: int
    created_at: datetime
    batch_number: int | None
    batch_position: int | None
    rule_version: int | None
    block_number: int | None
    transaction_hash: Hash32 | None
    log_index: int | None
    points: int | None
    """What was minted; None also where the chain refused it."""
    refusal_reason: int | None
    dead_letter: str | None
    """Why the contract would revert for it, where it is set aside for that."""


@dataclass(frozen=True, slots=True)
class Unsealed:
    """Awards that wait for a batch."""

    pending: int
    """At most BATCH_SIZE_MAX."""
    oldest_created_at: datetime


class PackedAward(NamedTuple):
    """What an award puts into its batch's entry."""

    seq: int
    rule_id: int
    account: Address
    units: int
    occurred_microseconds: int
    """When its receipt says, since 1970."""
    body_hash: Hash32
    salt: bytes


@dataclass(frozen=True, slots=True)
class AwardCounts:
    """A program's awards by status."""

    pending: int
    dead: int
    confirmed: int
    finalized: int
    refused_by_reason: dict[int, int]


async def add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Record new awards."""
    await insert_all(session, awards, rows)


async def of_receipts(session: Session, receipt_seqs: Sequence[int]) -> dict[int, list[AwardRecord]]:
    """The awards of each receipt that has any, oldest first."""
    found: dict[int, list[AwardRecord]] = {}
    for is_one in any_of(session, awards.c.receipt_seq, receipt_seqs):
        for row in await session.execute(_records().where(is_one).order_by(awards.c.seq)):
            found.setdefault(row.receipt_seq, []).append(_record(row))
    return found


async def with_id(session: Session, program: str, award_id: str) -> AwardRecord | None:
    """One award."""
    if not may_be_id(award_id):
        return None
    row = (await session.execute(_records().where(awards.c.program == program, awards.c.id == award_id))).first()
    return None if row is None else _record(row)


async def with_seqs(session: Session, seqs: Sequence[int]) -> list[AwardRecord]:
    """Awards by their numbers, oldest first."""
    found: list[AwardRecord] = []
    for is_one in any_of(session, awards.c.seq, seqs):
        found += [_record(row) for row in await session.execute(_records().where(is_one).order_by(awards.c.seq))]
    return found


async def page(
    session: Session,
    program: str,
    *,
    member_id: str | None,
    reference: str | None,
    status: AwardStatus | None,
    finalized_number: int,
    before_seq: int | None,
    limit: int,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[AwardRecord]:
    """Awards, newest first, that are older than `before_seq`."""
    if member_id is not None and not may_be_id(member_id):
        return []
    query = _records().where(awards.c.program == program)
    if member_id is not None:
        query = query.where(awards.c.member_seq.in_(of_person(member_id)))
    if reference is not None:
        query = query.where(receipts.c.program == program, receipts.c.reference == reference)
    if status is not None:
        query = query.where(_has_status(status, program, finalized_number))
    if since is not None:
        query = query.where(awards.c.created_at >= since)
    if until is not None:
        query = query.where(awards.c.created_at < until)
    if before_seq is not None:
        query = query.where(awards.c.seq < before_seq)
    return [_record(row) for row in await session.execute(query.order_by(awards.c.seq.desc()).limit(limit))]


async def counts(session: Session, program: str, *, finalized_number: int) -> AwardCounts:
    """How many awards of the program have which status. Costs the number of batches, not of awards."""
    unsealed = await session.execute(
        select(func.count()).select_from(awards).where(awards.c.program == program, is_waiting())
    )
    dead = await session.execute(
        select(func.count())
        .select_from(dead_letters.join(awards, awards.c.seq == dead_letters.c.award_seq))
        .where(awards.c.program == program)
    )
    in_flight = await session.execute(
        select(func.coalesce(func.sum(batches.c.entry_count), 0))
        .select_from(batches.outerjoin(awarded_batches, batch_is_awarded()))
        .where(batches.c.program == program, awarded_batches.c.number.is_(None))
    )
    is_final = awarded_batches.c.block_number <= finalized_number
    minted = await session.execute(
        select(is_final, func.sum(awarded_batches.c.entry_count - awarded_batches.c.refused_count))
        .select_from(batches.join(awarded_batches, batch_is_awarded()))
        .where(batches.c.program == program)
        .group_by(is_final)
    )
    refused = await session.execute(
        select(refusals.c.reason, func.count())
        .select_from(
            refusals.join(
                batches,
                and_(
                    batches.c.program == refusals.c.program,
                    batches.c.issuer == refusals.c.issuer,
                    batches.c.number == refusals.c.batch_number,
                ),
            )
        )
        .where(refusals.c.program == program)
        .group_by(refusals.c.reason)
    )
    by_finality = {bool(final): int(count) for final, count in minted}
    return AwardCounts(
        pending=int(unsealed.scalar_one()) + int(in_flight.scalar_one()),
        dead=int(dead.scalar_one()),
        confirmed=by_finality.get(False, 0),
        finalized=by_finality.get(True, 0),
        refused_by_reason={int(reason): int(count) for reason, count in refused},
    )


async def unsealed_summary(session: Session, program: str, rule_ids: Collection[int]) -> Unsealed | None:
    """The awards of these rules that wait for a batch, if any: how many, and since when."""
    waiting = _longest_waiting([awards.c.created_at], program, rule_ids, BATCH_SIZE_MAX).subquery()
    row = (await session.execute(select(func.count(), func.min(waiting.c.created_at)))).one()
    return Unsealed(row[0], row[1]) if row[0] else None


async def next_unsealed(session: Session, program: str, rule_ids: Collection[int], limit: int) -> list[PackedAward]:
    """The awards of these rules that have waited longest for a batch, oldest first.

    Locks them until the session ends, and leaves out those that another session has locked.
    """
    columns = [awards.c.seq, awards.c.rule_id, awards.c.units, awards.c.receipt_seq, awards.c.member_seq]
    # No award goes into two batches, whoever else seals: another issuer's submitter takes others meanwhile.
    taken = _longest_waiting(columns, program, rule_ids, limit).with_for_update(skip_locked=True).subquery()
    query = _entries_to_pack(taken).order_by(taken.c.seq)
    return [PackedAward._make(row) for row in await session.execute(query)]


async def in_batch(session: Session, batch_seq: int) -> list[PackedAward]:
    """The awards of a sealed batch, by position."""
    query = _entries_to_pack(awards).where(awards.c.batch_seq == batch_seq).order_by(awards.c.position)
    return [PackedAward._make(row) for row in await session.execute(query)]


async def leaves_of(session: Session, batch_seq: int) -> list[BatchEntry]:
    """What a batch says of its awards, by position; also of those whose person is erased."""
    query = (
        select(awards.c.position, members.c.account, awards.c.units, receipts.c.body_hash, members.c.salt)
        .select_from(
            awards.join(receipts, receipts.c.seq == awards.c.receipt_seq).join(
                members, members.c.seq == awards.c.member_seq
            )
        )
        .where(awards.c.batch_seq == batch_seq)
    )
    found = {
        row.position: BatchEntry(Address(row.account), row.units, receipt_hash(Hash32(row.body_hash), row.salt))
        for row in await session.execute(query)
    }
    for row in await session.execute(select(erased_awards).where(erased_awards.c.batch_seq == batch_seq)):
        found[row.position] = BatchEntry(Address(row.account), row.units, Hash32(row.receipt_hash))
    return [found[position] for position in sorted(found)]


async def assign_to_batch(session: Session, award_seqs: Sequence[int], batch_seq: int) -> None:
    """Put awards into a batch. Their order is their position."""
    places = numbered(session, award_seqs)
    await session.execute(
        update(awards).where(awards.c.seq == places.c.key).values(batch_seq=batch_seq, position=places.c.position)
    )


def is_waiting() -> ColumnElement[bool]:
    """An award that waits for a batch."""
    return and_(awards.c.batch_seq.is_(None), ~is_dead())


def _longest_waiting(
    columns: Sequence[Column[Any]], program: str, rule_ids: Collection[int], limit: int
) -> Select[Any]:
    """The first of the awards that wait, read in their order and no further, however many there are."""
    # With OFFSET, PostgreSQL looks each up. As a join it reads and sorts all: its statistics say that few wait.
    is_set_aside = (
        select(dead_letters.c.award_seq)
        .where(dead_letters.c.award_seq == awards.c.seq)
        .correlate(awards)
        .offset(0)
        .exists()
    )
    return (
        select(*columns)
        .where(awards.c.program == program, awards.c.rule_id.in_(rule_ids), awards.c.batch_seq.is_(None), ~is_set_aside)
        .order_by(awards.c.seq)
        .limit(limit)
    )


def _entries_to_pack(source: FromClause) -> Select[Any]:
    """Of the awards in `source`, which has the columns that are asked of it."""
    return select(
        source.c.seq,
        source.c.rule_id,
        members.c.account,
        source.c.units,
        # As it is stored: of thousands of rows, a datetime each would cost more than the rest of the row.
        type_coerce(receipts.c.occurred_at, BigInteger),
        receipts.c.body_hash,
        members.c.salt,
    ).select_from(
        source.join(receipts, receipts.c.seq == source.c.receipt_seq).join(
            members, members.c.seq == source.c.member_seq
        )
    )


def _has_status(status: AwardStatus, program: str, finalized_number: int) -> ColumnElement[bool]:
    match status:
        case AwardStatus.PENDING:
            # Written so that both sides use an index: the waiting awards are few among all.
            in_flight = (
                select(batches.c.seq)
                .select_from(batches.outerjoin(awarded_batches, batch_is_awarded()))
                .where(batches.c.program == program, awarded_batches.c.number.is_(None))
            )
            return or_(is_waiting(), awards.c.batch_seq.in_(in_flight))
        case AwardStatus.DEAD:
            return awards.c.seq.in_(select(dead_letters.c.award_seq))
        case AwardStatus.REFUSED:
            return refusals.c.reason.is_not(None)
        case AwardStatus.CONFIRMED:
            return and_(refusals.c.reason.is_(None), awarded_batches.c.block_number > finalized_number)
        case AwardStatus.FINALIZED:
            return and_(refusals.c.reason.is_(None), awarded_batches.c.block_number <= finalized_number)


def _records() -> Select[Any]:
    minted_here = and_(
        entries.c.type == EntryType.AWARD, is_of_batch(entries), entries.c.batch_position == awards.c.position
    )
    return select(
        awards.c.seq,
        awards.c.id,
        awards.c.receipt_seq,
        receipts.c.id.label("receipt_id"),
        receipts.c.reference,
        members.c.id.label("member_id"),
        members.c.account,
        awards.c.rule_id,
        awards.c.points_expected,
        awards.c.created_at,
        batches.c.number.label("batch_number"),
        awards.c.position,
        func.coalesce(entries.c.rule_version, refusals.c.rule_version).label("rule_version"),
        awarded_batches.c.block_number,
        awarded_batches.c.transaction_hash,
        func.coalesce(entries.c.log_index, refusals.c.log_index).label("log_index"),
        entries.c.amount.label("points"),
        refusals.c.reason,
        dead_letters.c.reason.label("dead_letter"),
    ).select_from(
        awards.join(receipts, receipts.c.seq == awards.c.receipt_seq)
        .join(members, members.c.seq == awards.c.member_seq)
        .outerjoin(batches, batches.c.seq == awards.c.batch_seq)
        .outerjoin(awarded_batches, batch_is_awarded())
        .outerjoin(refusals, and_(is_of_batch(refusals), refusals.c.position == awards.c.position))
        .outerjoin(entries, minted_here)
        .outerjoin(dead_letters, dead_letters.c.award_seq == awards.c.seq)
    )


def _record(row: Row[Any]) -> AwardRecord:
    return AwardRecord(
        seq=row.seq,
        id=row.id,
        receipt_seq=row.receipt_seq,
        receipt_id=row.receipt_id,
        reference=row.reference,
        member_id=row.member_id,
        account=Address(row.account),
        rule_id=row.rule_id,
        points_expected=row.points_expected,
        created_at=row.created_at,
        batch_number=row.batch_number,
        batch_position=row.position,
        rule_version=row.rule_version,
        block_number=row.block_number,
        transaction_hash=None if row.transaction_hash is None else Hash32(row.transaction_hash),
        log_index=row.log_index,
        points=row.points,
        refusal_reason=row.reason,
        dead_letter=row.dead_letter,
    )
