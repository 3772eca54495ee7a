"""Points to be taken back: what is asked for, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update

from tokenpoints.domain.clawbacks import Share
from tokenpoints.domain.entries import ClawbackReason, EntryType
from tokenpoints.domain.operations import OperationState
from tokenpoints.domain.types import Hash32
from tokenpoints.storage.chunks import any_of
from tokenpoints.storage.database import Session
from tokenpoints.storage.joins import is_of_award, is_of_batch
from tokenpoints.storage.tables import (
    awards,
    batches,
    clawback_parts,
    clawback_returns,
    clawbacks,
    entries,
    operations,
    restorations,
)

_WAITS_LENGTH_MAX = 300


@dataclass(frozen=True, slots=True)
class Clawback:
    """Points that one refund or adjustment takes from one member."""

    seq: int
    program: str
    member_seq: int
    receipt_seq: int
    """The refund, or the adjustment."""
    earned_by_seq: int | None
    """Whose awards it takes from; None: any of the member's."""
    share: Share | None
    """Of a refund."""
    points: int | None
    """Due; None until the awards of a refund are final."""
    reason: ClawbackReason
    waits: str | None
    tried_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Part:
    """An award that a clawback takes back, and the operation that does it."""

    award_seq: int
    points: int
    operation_seq: int
    operation_id: str
    state: OperationState
    is_closed: bool
    error: str | None
    burned: int | None
    """Points that were there; None until an indexed block has it."""
    block_number: int | None
    transaction_hash: Hash32 | None


# Asked several times a second: to make it costs as much as to ask it.
_ANY_OPEN = select(
    or_(
        select(clawbacks.c.seq).where(clawbacks.c.settled_at.is_(None)).exists(),
        select(restorations.c.seq).where(restorations.c.settled_at.is_(None)).exists(),
    )
)


async def add(
    session: Session,
    *,
    program: str,
    member_seq: int,
    receipt_seq: int,
    reason: ClawbackReason,
    earned_by_seq: int | None = None,
    share: Share | None = None,
    points: int | None = None,
) -> None:
    """Ask for points to be taken back."""
    await session.execute(
        insert(clawbacks).values(
            program=program,
            member_seq=member_seq,
            receipt_seq=receipt_seq,
            earned_by_seq=earned_by_seq,
            share_before=None if share is None else share.before,
            share_after=None if share is None else share.after,
            share_whole=None if share is None else share.whole,
            points=points,
            reason=reason,
        )
    )


async def any_open(session: Session) -> bool:
    """Whether points are to be taken back, or redemptions to be restored, in any program."""
    return bool(await session.scalar(_ANY_OPEN))


async def open_of(session: Session, program: str, *, limit: int) -> list[Clawback]:
    """Those of a program that are not settled, oldest first."""
    query = (
        select(clawbacks)
        .where(clawbacks.c.program == program, clawbacks.c.settled_at.is_(None))
        .order_by(clawbacks.c.seq)
        .limit(limit)
    )
    return [_clawback(row) for row in await session.execute(query)]


async def of_receipts(session: Session, receipt_seqs: Sequence[int]) -> dict[int, list[Clawback]]:
    """By refund or adjustment, in order."""
    found: dict[int, list[Clawback]] = {}
    for is_one in any_of(session, clawbacks.c.receipt_seq, receipt_seqs):
        for row in await session.execute(select(clawbacks).where(is_one).order_by(clawbacks.c.seq)):
            found.setdefault(row.receipt_seq, []).append(_clawback(row))
    return found


async def with_seq(session: Session, seq: int) -> Clawback:
    """One, which nobody else can change until the session ends."""
    return _clawback((await session.execute(select(clawbacks).where(clawbacks.c.seq == seq).with_for_update())).one())


async def set_due(session: Session, seq: int, points: int) -> None:
    """Keep how many points are due."""
    await session.execute(update(clawbacks).where(clawbacks.c.seq == seq).values(points=points))


async def wait(session: Session, seq: int, why: str | None, *, now: datetime) -> None:
    """Keep why nothing happens, or that it goes on."""
    said = None if why is None else why[:_WAITS_LENGTH_MAX]
    await session.execute(update(clawbacks).where(clawbacks.c.seq == seq).values(waits=said, tried_at=now))


async def settle(session: Session, seq: int, *, now: datetime) -> None:
    """Keep that there is nothing more to do."""
    await session.execute(update(clawbacks).where(clawbacks.c.seq == seq).values(settled_at=now, waits=None))


async def put_part(session: Session, *, seq: int, award_seq: int, operation_seq: int, points: int) -> None:
    """Keep which operation takes an award back, in the place of one that failed.

    Raises IntegrityError where another clawback takes it.
    """
    await session.execute(
        delete(clawback_parts).where(clawback_parts.c.award_seq == award_seq, clawback_parts.c.clawback_seq == seq)
    )
    await session.execute(
        insert(clawback_parts).values(award_seq=award_seq, clawback_seq=seq, operation_seq=operation_seq, points=points)
    )


async def parts_of(session: Session, seqs: Sequence[int]) -> dict[int, list[Part]]:
    """By clawback, the awards that it takes back."""
    burned = (
        select(
            awards.c.seq.label("award_seq"),
            (-entries.c.amount).label("burned"),
            entries.c.block_number,
            entries.c.transaction_hash,
        )
        .select_from(entries.join(batches, is_of_batch(entries)).join(awards, is_of_award(entries)))
        .where(entries.c.type == EntryType.CLAWBACK)
        .subquery()
    )
    found: dict[int, list[Part]] = {}
    for is_one in any_of(session, clawback_parts.c.clawback_seq, seqs):
        query = (
            select(
                clawback_parts.c.clawback_seq,
                clawback_parts.c.award_seq,
                clawback_parts.c.points,
                operations.c.seq.label("operation_seq"),
                operations.c.id,
                operations.c.state,
                operations.c.closed_at,
                operations.c.error,
                burned.c.burned,
                burned.c.block_number,
                burned.c.transaction_hash,
            )
            .select_from(
                clawback_parts.join(operations, operations.c.seq == clawback_parts.c.operation_seq).outerjoin(
                    burned, burned.c.award_seq == clawback_parts.c.award_seq
                )
            )
            .where(is_one)
            .order_by(clawback_parts.c.operation_seq)
        )
        for row in await session.execute(query):
            found.setdefault(row.clawback_seq, []).append(
                Part(
                    award_seq=row.award_seq,
                    points=row.points,
                    operation_seq=row.operation_seq,
                    operation_id=row.id,
                    state=OperationState(row.state),
                    is_closed=row.closed_at is not None,
                    error=row.error,
                    burned=row.burned,
                    block_number=row.block_number,
                    transaction_hash=None if row.transaction_hash is None else Hash32(row.transaction_hash),
                )
            )
    return found


async def add_return(session: Session, *, seq: int, award_seq: int) -> None:
    """Keep that an award gives back what a clawback took too much."""
    await session.execute(insert(clawback_returns).values(award_seq=award_seq, clawback_seq=seq))


async def returns_of(session: Session, seqs: Sequence[int]) -> dict[int, list[int]]:
    """By clawback, the awards that give back what it took too much."""
    found: dict[int, list[int]] = {}
    for is_one in any_of(session, clawback_returns.c.clawback_seq, seqs):
        query = select(clawback_returns.c.clawback_seq, clawback_returns.c.award_seq).where(is_one)
        for seq, award_seq in await session.execute(query):
            found.setdefault(seq, []).append(award_seq)
    return found


async def returning(session: Session, award_seqs: Sequence[int]) -> set[int]:
    """Which of these awards give back what a clawback took too much."""
    found: set[int] = set()
    for is_one in any_of(session, clawback_returns.c.award_seq, award_seqs):
        found.update((await session.scalars(select(clawback_returns.c.award_seq).where(is_one))).all())
    return found


async def taken(session: Session, award_seqs: Sequence[int]) -> set[int]:
    """Which of these awards the chain took back, or an operation does."""
    found: set[int] = set()
    for is_one in any_of(session, clawback_parts.c.award_seq, award_seqs):
        found.update((await session.scalars(select(clawback_parts.c.award_seq).where(is_one))).all())
    for is_one in any_of(session, awards.c.seq, award_seqs):
        query = (
            select(awards.c.seq)
            .select_from(entries.join(batches, is_of_batch(entries)).join(awards, is_of_award(entries)))
            .where(is_one, entries.c.type == EntryType.CLAWBACK)
        )
        found.update((await session.scalars(query)).all())
    return found


def _clawback(row: Row[Any]) -> Clawback:
    share = None if row.share_whole is None else Share(row.share_before, row.share_after, row.share_whole)
    return Clawback(
        seq=row.seq,
        program=row.program,
        member_seq=row.member_seq,
        receipt_seq=row.receipt_seq,
        earned_by_seq=row.earned_by_seq,
        share=share,
        points=row.points,
        reason=ClawbackReason(row.reason),
        waits=row.waits,
        tried_at=row.tried_at,
        settled_at=row.settled_at,
    )
