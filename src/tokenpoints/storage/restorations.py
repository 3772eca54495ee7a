"""Redemptions whose points a refund gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select, update

from tokenpoints.domain.operations import OperationState
from tokenpoints.domain.types import Address
from tokenpoints.storage.chunks import any_of
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import awards, members, operations, receipts, restorations

_WAITS_LENGTH_MAX = 300


@dataclass(frozen=True, slots=True)
class Restoration:
    """One redemption, and how far it is."""

    seq: int
    redemption: int
    receipt_seq: int
    occurred_at: datetime
    member_seq: int
    account: Address
    operation_id: str | None
    operation_state: OperationState | None
    is_closed: bool
    """Whether nothing about its operation can change."""
    error: str | None
    award_id: str | None
    waits: str | None
    tried_at: datetime | None
    settled_at: datetime | None


async def add(session: Session, *, program: str, receipt_seq: int, redemptions: Sequence[int]) -> None:
    """Ask for redemptions to be restored. Raises IntegrityError where one was asked for before."""
    if redemptions:
        await session.execute(
            insert(restorations),
            [{"program": program, "redemption": each, "receipt_seq": receipt_seq} for each in redemptions],
        )


async def asked_for(session: Session, program: str, redemptions: Sequence[int]) -> set[int]:
    """Which of these redemptions a refund restores already."""
    found: set[int] = set()
    for is_one in any_of(session, restorations.c.redemption, redemptions):
        query = select(restorations.c.redemption).where(restorations.c.program == program, is_one)
        found.update((await session.scalars(query)).all())
    return found


async def open_of(session: Session, program: str, *, limit: int) -> list[Restoration]:
    """Those of a program that are not settled, oldest first."""
    query = _found().where(restorations.c.program == program, restorations.c.settled_at.is_(None))
    return [_restoration(row) for row in await session.execute(query.order_by(restorations.c.seq).limit(limit))]


async def of_receipts(session: Session, receipt_seqs: Sequence[int]) -> dict[int, list[Restoration]]:
    """By refund, in order."""
    found: dict[int, list[Restoration]] = {}
    for is_one in any_of(session, restorations.c.receipt_seq, receipt_seqs):
        for row in await session.execute(_found().where(is_one).order_by(restorations.c.seq)):
            found.setdefault(row.receipt_seq, []).append(_restoration(row))
    return found


async def set_operation(session: Session, seq: int, operation_seq: int, *, now: datetime) -> None:
    """Keep which operation restores it."""
    await _set(session, seq, operation_seq=operation_seq, waits=None, tried_at=now)


async def settle(
    session: Session, seq: int, *, now: datetime, why: str | None = None, award_seq: int | None = None
) -> None:
    """Keep that there is nothing more to do: it is restored, refused for a reason, or an award stands in its place."""
    said = None if why is None else why[:_WAITS_LENGTH_MAX]
    await _set(session, seq, settled_at=now, waits=said, award_seq=award_seq)


async def wait(session: Session, seq: int, why: str, *, now: datetime) -> None:
    """Keep why nothing happens."""
    await _set(session, seq, waits=why[:_WAITS_LENGTH_MAX], tried_at=now)


async def _set(session: Session, seq: int, **values: Any) -> None:
    await session.execute(update(restorations).where(restorations.c.seq == seq).values(**values))


def _found() -> Select[Any]:
    return select(
        restorations.c.seq,
        restorations.c.redemption,
        restorations.c.receipt_seq,
        receipts.c.occurred_at,
        receipts.c.member_seq,
        members.c.account,
        operations.c.id.label("operation_id"),
        operations.c.state,
        operations.c.closed_at,
        operations.c.error,
        awards.c.id.label("award_id"),
        restorations.c.waits,
        restorations.c.tried_at,
        restorations.c.settled_at,
    ).select_from(
        restorations.join(receipts, receipts.c.seq == restorations.c.receipt_seq)
        .join(members, members.c.seq == receipts.c.member_seq)
        .outerjoin(operations, operations.c.seq == restorations.c.operation_seq)
        .outerjoin(awards, awards.c.seq == restorations.c.award_seq)
    )


def _restoration(row: Any) -> Restoration:
    return Restoration(
        seq=row.seq,
        redemption=row.redemption,
        receipt_seq=row.receipt_seq,
        occurred_at=row.occurred_at,
        member_seq=row.member_seq,
        account=Address(row.account),
        operation_id=row.operation_id,
        operation_state=None if row.state is None else OperationState(row.state),
        is_closed=row.closed_at is not None,
        error=row.error,
        award_id=row.award_id,
        waits=row.waits,
        tried_at=row.tried_at,
        settled_at=row.settled_at,
    )
