"""Questions about receipts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row, func, select, update

from tokenpoints.domain.ids import may_be_id
from tokenpoints.domain.programs import ReceiptKind
from tokenpoints.domain.receipts import Details, Receipt, handed_over
from tokenpoints.domain.types import Hash32
from tokenpoints.storage.bulk import insert_numbered
from tokenpoints.storage.chunks import any_of
from tokenpoints.storage.database import Session
from tokenpoints.storage.members import of_person
from tokenpoints.storage.tables import members, receipts


async def add(session: Session, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Record new receipts. Returns their `seq`, in the order given. Raises IntegrityError where one is taken."""
    return await insert_numbered(session, receipts, rows)


async def by_references(session: Session, program: str, references: Sequence[str]) -> dict[str, Receipt]:
    """The receipts recorded under any of `references`, by reference."""
    found: dict[str, Receipt] = {}
    for is_one in any_of(session, receipts.c.reference, references):
        query = select(receipts).where(receipts.c.program == program, is_one)
        found.update((row.reference, _receipt(row)) for row in await session.execute(query))
    return found


async def by_once_keys(session: Session, program: str, once_keys: Sequence[str]) -> dict[str, str]:
    """The references of those that count once, by what they count for."""
    found: dict[str, str] = {}
    for is_one in any_of(session, receipts.c.once_key, once_keys):
        query = select(receipts.c.once_key, receipts.c.reference).where(receipts.c.program == program, is_one)
        found.update((row.once_key, row.reference) for row in await session.execute(query))
    return found


async def with_seq(session: Session, seq: int) -> Receipt:
    """A receipt that is there."""
    return _receipt((await session.execute(select(receipts).where(receipts.c.seq == seq))).one())


async def purchase_counts(session: Session, member_seqs: Sequence[int]) -> dict[int, int]:
    """How many purchases each of these members has, if any."""
    found: dict[int, int] = {}
    for is_one in any_of(session, receipts.c.member_seq, member_seqs):
        query = (
            select(receipts.c.member_seq, func.count())
            .where(is_one, receipts.c.kind == ReceiptKind.PURCHASE)
            .group_by(receipts.c.member_seq)
        )
        found.update((row.member_seq, row[1]) for row in await session.execute(query))
    return found


async def with_id(session: Session, program: str, receipt_id: str) -> tuple[Receipt, str] | None:
    """A receipt, and its member's id."""
    if not may_be_id(receipt_id):
        return None
    query = (
        select(receipts, members.c.id.label("member_id"))
        .join(members, members.c.seq == receipts.c.member_seq)
        .where(receipts.c.program == program, receipts.c.id == receipt_id)
    )
    row = (await session.execute(query)).first()
    return None if row is None else (_receipt(row), row.member_id)


async def of_members(session: Session, member_seqs: Sequence[int]) -> list[Receipt]:
    """All receipts of some members, oldest first."""
    query = select(receipts).where(receipts.c.member_seq.in_(member_seqs)).order_by(receipts.c.seq)
    return [_receipt(row) for row in await session.execute(query)]


async def page(
    session: Session,
    program: str,
    *,
    member_id: str | None,
    reference: str | None,
    store: str | None,
    kind: ReceiptKind | None,
    since: datetime | None,
    until: datetime | None,
    before_seq: int | None,
    limit: int,
) -> list[tuple[Receipt, str]]:
    """Receipts that occurred from `since` on and before `until`, the last recorded first, each with its member's id."""
    if member_id is not None and not may_be_id(member_id):
        return []
    query = select(receipts, members.c.id.label("member_id"))
    query = query.join(members, members.c.seq == receipts.c.member_seq).where(receipts.c.program == program)
    if member_id is not None:
        query = query.where(receipts.c.member_seq.in_(of_person(member_id)))
    if reference is not None:
        query = query.where(receipts.c.reference == reference)
    if store is not None:
        query = query.where(receipts.c.store == store)
    if kind is not None:
        query = query.where(receipts.c.kind == kind)
    if since is not None:
        query = query.where(receipts.c.occurred_at >= since)
    if until is not None:
        query = query.where(receipts.c.occurred_at < until)
    if before_seq is not None:
        query = query.where(receipts.c.seq < before_seq)
    rows = await session.execute(query.order_by(receipts.c.seq.desc()).limit(limit))
    return [(_receipt(row), row.member_id) for row in rows]


async def hand_over_once_keys(session: Session, program: str, member_seq: int, into_seq: int) -> None:
    """What counted once for a member has counted for whom they became. Where it counted for both, both stay."""
    of_member = receipts.c.member_seq == member_seq, receipts.c.once_key.is_not(None)
    rows = (await session.execute(select(receipts.c.seq, receipts.c.once_key).where(*of_member))).all()
    theirs = {row.seq: handed_over(row.once_key, into_seq) for row in rows}
    counted = await by_once_keys(session, program, list(theirs.values()))
    for seq, key in theirs.items():
        if key not in counted:
            await session.execute(update(receipts).where(receipts.c.seq == seq).values(once_key=key))


def details_text(details: Details) -> str | None:
    """As they are kept."""
    return orjson.dumps(details, option=orjson.OPT_SORT_KEYS).decode() if details else None


def _receipt(row: Row[Any]) -> Receipt:
    return Receipt(
        seq=row.seq,
        id=row.id,
        program=row.program,
        reference=row.reference,
        member_seq=row.member_seq,
        kind=ReceiptKind(row.kind),
        amount=row.amount,
        occurred_at=row.occurred_at,
        body_hash=Hash32(row.body_hash),
        received_at=row.received_at,
        store=row.store,
        channel=row.channel,
        details={} if row.details is None else orjson.loads(row.details),
    )
