"""Questions about a whole program: supply, members, awards, batches, rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Row, and_, func, select, type_coerce
from sqlalchemy.sql.selectable import Select

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.points import LOT_COUNT
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.storage.awards import is_waiting
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import (
    awarded_batches,
    awards,
    balances,
    batches,
    blocks,
    entries,
    receipts,
    rule_versions,
    submissions,
)

_DAY_MICROSECONDS = 86_400_000_000


@dataclass(frozen=True, slots=True)
class AwardTotals:
    """How many awards, and their points."""

    count: int
    points: int


@dataclass(frozen=True, slots=True)
class AwardedBatch:
    """A batch that is in a block."""

    program: str
    issuer: Address
    number: int
    entry_count: int
    refused_count: int
    minted: int
    receipts_root: Hash32
    mints_hash: Hash32
    block_number: int
    transaction_hash: Hash32
    log_index: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class WaitingBatch:
    """A batch that is sealed and in no indexed block."""

    number: int
    entry_count: int
    sealed_at: datetime
    transaction_hash: Hash32 | None


async def supply_by_epoch(session: Session, program: str, *, epoch: int, points_expire: bool) -> dict[int, int]:
    """Points live in `epoch`, over all accounts, by the epoch in which they were earned.

    Points that never expire are carried along: all of them are of `epoch`.
    """
    lots = (balances.c.lot_0, balances.c.lot_1, balances.c.lot_2, balances.c.lot_3)
    query = (
        select(balances.c.epoch, *(func.sum(lot) for lot in lots))
        .where(balances.c.program == program)
        .group_by(balances.c.epoch)
    )
    supply: dict[int, int] = {}
    for written_in, *sums in await session.execute(query):
        for age, points in enumerate(sums):
            if points and not points_expire:
                supply[epoch] = supply.get(epoch, 0) + int(points)
            # A chain's clock may run ahead of `epoch`; what it wrote is live all the same.
            elif points and written_in - age > epoch - LOT_COUNT:
                supply[written_in - age] = supply.get(written_in - age, 0) + int(points)
    return supply


async def account_count(session: Session, program: str) -> int:
    """Accounts that hold points or have held them."""
    query = select(func.count()).select_from(balances).where(balances.c.program == program, balances.c.epoch > 0)
    return int((await session.execute(query)).scalar_one())


async def awarded_totals(session: Session, program: str) -> AwardTotals:
    """Awards that were minted."""
    minted_count = awarded_batches.c.entry_count - awarded_batches.c.refused_count
    query = select(
        func.coalesce(func.sum(minted_count), 0), func.coalesce(func.sum(awarded_batches.c.minted), 0)
    ).where(awarded_batches.c.program == program)
    count, points = (await session.execute(query)).one()
    return AwardTotals(int(count), int(points))


async def pending_totals(session: Session, program: str) -> AwardTotals:
    """Awards that no indexed block holds yet."""
    unsealed = select(func.count(), func.coalesce(func.sum(awards.c.points_expected), 0)).where(
        awards.c.program == program, is_waiting()
    )
    sealed = select(func.count(), func.coalesce(func.sum(awards.c.points_expected), 0)).where(
        awards.c.batch_seq.in_(select(batches.c.seq).where(batches.c.program == program, _batch_waits()))
    )
    count, points = (await session.execute(unsealed)).one()
    sealed_count, sealed_points = (await session.execute(sealed)).one()
    return AwardTotals(int(count) + int(sealed_count), int(points) + int(sealed_points))


async def batches_awarded(session: Session, program: str, *, limit: int) -> list[AwardedBatch]:
    """The latest batches in blocks, newest first."""
    query = (
        awarded_batch_rows()
        .where(awarded_batches.c.program == program)
        .order_by(awarded_batches.c.block_number.desc(), awarded_batches.c.log_index.desc())
        .limit(limit)
    )
    return [awarded_batch(row) for row in await session.execute(query)]


async def batches_waiting(session: Session, program: str, *, limit: int) -> list[WaitingBatch]:
    """Batches that are sealed and in no indexed block, newest first, with their latest submission."""
    latest = (
        select(submissions.c.transaction_hash)
        .where(submissions.c.batch_seq == batches.c.seq)
        .order_by(submissions.c.seq.desc())
        .limit(1)
        .correlate(batches)
        .scalar_subquery()
    )
    query = (
        select(batches, latest.label("transaction_hash"))
        .where(batches.c.program == program, _batch_waits())
        .order_by(batches.c.seq.desc())
        .limit(limit)
    )
    return [
        WaitingBatch(
            row.number,
            row.entry_count,
            row.sealed_at,
            None if row.transaction_hash is None else Hash32(row.transaction_hash),
        )
        for row in await session.execute(query)
    ]


async def minted_over_time(
    session: Session, program: str, *, epoch_start: int, epoch_seconds: int, bucket_count: int
) -> list[tuple[int, int]]:
    """(Unix seconds, points minted), summed over at most about `bucket_count` equal spans, none across epochs."""
    joined = awarded_batches.join(blocks, blocks.c.number == awarded_batches.c.block_number)
    span = select(func.min(blocks.c.timestamp), func.max(blocks.c.timestamp)).select_from(joined)
    first, last = (await session.execute(span.where(awarded_batches.c.program == program))).one()
    if first is None:
        return []
    bucket = ((blocks.c.timestamp - first) // max(1, (last - first) // bucket_count)).label("bucket")
    epoch = ((blocks.c.timestamp - epoch_start) // epoch_seconds).label("epoch")
    query = (
        select(func.max(blocks.c.timestamp), func.sum(awarded_batches.c.minted))
        .select_from(joined)
        .where(awarded_batches.c.program == program)
        .group_by(epoch, bucket)
        .order_by(epoch, bucket)
    )
    return [(int(timestamp), int(points)) for timestamp, points in await session.execute(query)]


async def awards_by_day_recorded(session: Session, program: str) -> dict[int, AwardTotals]:
    """Minted awards by the block's day, counted in days since 1970 (UTC)."""
    day = (blocks.c.timestamp // 86_400).label("day")
    query = (
        select(
            day,
            func.sum(awarded_batches.c.entry_count - awarded_batches.c.refused_count),
            func.sum(awarded_batches.c.minted),
        )
        .select_from(awarded_batches.join(blocks, blocks.c.number == awarded_batches.c.block_number))
        .where(awarded_batches.c.program == program)
        .group_by(day)
    )
    return {int(row[0]): AwardTotals(int(row[1]), int(row[2])) for row in await session.execute(query)}


async def awards_by_day_of_receipt(session: Session, program: str) -> dict[int, AwardTotals]:
    """Minted awards by the day on which their receipts occurred, in days since 1970 (UTC)."""
    day = (type_coerce(receipts.c.occurred_at, BigInteger) // _DAY_MICROSECONDS).label("day")
    minted = (
        entries.join(
            batches,
            and_(
                batches.c.program == entries.c.program,
                batches.c.issuer == entries.c.batch_issuer,
                batches.c.number == entries.c.batch_number,
            ),
        )
        .join(awards, and_(awards.c.batch_seq == batches.c.seq, awards.c.position == entries.c.batch_position))
        .join(receipts, receipts.c.seq == awards.c.receipt_seq)
    )
    query = (
        select(day, func.count(), func.sum(entries.c.amount))
        .select_from(minted)
        .where(entries.c.program == program, entries.c.type == EntryType.AWARD)
        .group_by(day)
    )
    return {int(row[0]): AwardTotals(int(row[1]), int(row[2])) for row in await session.execute(query)}


async def rules_in_force(session: Session, program: str, *, timestamp: int) -> Sequence[Row[tuple[object, ...]]]:
    """Of every rule the version in force at `timestamp`, then those announced after it."""
    standing = rule_versions.c.cancelled_in_block.is_(None)
    current = (
        select(rule_versions.c.rule_id, func.max(rule_versions.c.version).label("version"))
        .where(rule_versions.c.program == program, standing, rule_versions.c.effective_at <= timestamp)
        .group_by(rule_versions.c.rule_id)
        .subquery()
    )
    query = (
        select(rule_versions)
        .join(
            current,
            and_(rule_versions.c.rule_id == current.c.rule_id, rule_versions.c.version >= current.c.version),
        )
        .where(rule_versions.c.program == program, standing)
        .order_by(rule_versions.c.rule_id, rule_versions.c.version)
    )
    return (await session.execute(query)).all()


def awarded_batch_rows() -> Select[tuple[object, ...]]:
    """Awarded batches with their block's time."""
    return select(awarded_batches, blocks.c.timestamp).join(blocks, blocks.c.number == awarded_batches.c.block_number)


def awarded_batch(row: Row[tuple[object, ...]]) -> AwardedBatch:
    """The batch in a row of `awarded_batch_rows`."""
    return AwardedBatch(
        program=row.program,
        issuer=Address(row.issuer),
        number=row.number,
        entry_count=row.entry_count,
        refused_count=row.refused_count,
        minted=row.minted,
        receipts_root=Hash32(row.receipts_root),
        mints_hash=Hash32(row.mints_hash),
        block_number=row.block_number,
        transaction_hash=Hash32(row.transaction_hash),
        log_index=row.log_index,
        timestamp=row.timestamp,
    )


def _batch_waits() -> ColumnElement[bool]:
    return ~(
        select(awarded_batches.c.number)
        .where(
            awarded_batches.c.program == batches.c.program,
            awarded_batches.c.issuer == batches.c.issuer,
            awarded_batches.c.number == batches.c.number,
        )
        .correlate(batches)
        .exists()
    )
