"""What the reconciler compares, and what it found."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import Select, delete, insert, select

from tokenpoints.domain.reconciliation import (
    BatchRecord,
    Counts,
    Difference,
    DifferenceKind,
    Reconciliation,
    StoredAccount,
)
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import awarded_batches, balances, members, reconciliations

_number = awarded_batches.c.number

KEPT_MAX = 1_000
"""Comparisons kept of a program; older ones are deleted."""


async def accounts_after(session: Session, program: str, account: Address, *, limit: int) -> list[StoredAccount]:
    """Accounts that the chain has written, by address, from the one after `account`."""
    query = (
        select(
            balances.c.account,
            balances.c.word,
            balances.c.epoch,
            balances.c.lot_0,
            balances.c.lot_1,
            balances.c.lot_2,
            balances.c.lot_3,
        )
        .where(balances.c.program == program, balances.c.account > account)
        .order_by(balances.c.account)
        .limit(limit)
    )
    return [
        StoredAccount(Address(address), int.from_bytes(word, "big"), epoch, (lot_0, lot_1, lot_2, lot_3))
        for address, word, epoch, lot_0, lot_1, lot_2, lot_3 in await session.execute(query)
    ]


async def members_without_balance(session: Session, program: str, account: Address, *, limit: int) -> list[Address]:
    """Accounts of members of which the tables say that the chain has never written them, by address."""
    written = (
        select(balances.c.account)
        .where(balances.c.program == program, balances.c.account == members.c.account)
        .correlate(members)
        .exists()
    )
    query = (
        select(members.c.account)
        .where(members.c.program == program, members.c.account > account, ~written)
        .order_by(members.c.account)
        .limit(limit)
    )
    return [Address(found) for found in await session.scalars(query)]


async def issuers(session: Session, program: str) -> set[Address]:
    """Whose batches are in blocks."""
    query = select(awarded_batches.c.issuer).where(awarded_batches.c.program == program).distinct()
    return {Address(issuer) for issuer in await session.scalars(query)}


async def batches_in(session: Session, program: str, issuer: Address, numbers: range) -> dict[int, BatchRecord]:
    """Batches in blocks, by number."""
    return await _batches(session, _of(program, issuer).where(_number.between(numbers.start, numbers.stop - 1)))


async def batches_above(
    session: Session, program: str, issuer: Address, number: int, *, limit: int
) -> dict[int, BatchRecord]:
    """Batches in blocks after `number`, the lowest first."""
    return await _batches(session, _of(program, issuer).where(_number > number).order_by(_number).limit(limit))


def _of(program: str, issuer: Address) -> Select[Any]:
    return select(_number, awarded_batches.c.receipts_root, awarded_batches.c.mints_hash).where(
        awarded_batches.c.program == program, awarded_batches.c.issuer == issuer
    )


async def _batches(session: Session, query: Select[Any]) -> dict[int, BatchRecord]:
    return {
        number: BatchRecord(Hash32(root), Hash32(mints_hash))
        for number, root, mints_hash in await session.execute(query)
    }


async def add(session: Session, found: Reconciliation) -> None:
    """Record a comparison, and forget the oldest of those beyond KEPT_MAX."""
    await session.execute(
        insert(reconciliations).values(
            program=found.program,
            block_number=found.block_number,
            block_hash=found.block_hash,
            compared_at=found.compared_at,
            account_count=found.counts.accounts,
            rule_version_count=found.counts.rule_versions,
            batch_count=found.counts.batches,
            difference_count=found.difference_count,
            differences=orjson.dumps([asdict(difference) for difference in found.differences]).decode(),
        )
    )
    oldest_kept = (
        select(reconciliations.c.seq)
        .where(reconciliations.c.program == found.program)
        .order_by(reconciliations.c.seq.desc())
        .offset(KEPT_MAX - 1)
        .limit(1)
        .scalar_subquery()
    )
    await session.execute(
        delete(reconciliations).where(reconciliations.c.program == found.program, reconciliations.c.seq < oldest_kept)
    )


async def latest(session: Session, program: str) -> Reconciliation | None:
    """The program's last comparison."""
    query = (
        select(reconciliations)
        .where(reconciliations.c.program == program)
        .order_by(reconciliations.c.seq.desc())
        .limit(1)
    )
    row = (await session.execute(query)).first()
    if row is None:
        return None
    return Reconciliation(
        program=row.program,
        block_number=row.block_number,
        block_hash=Hash32(row.block_hash),
        compared_at=row.compared_at,
        counts=Counts(row.account_count, row.rule_version_count, row.batch_count),
        difference_count=row.difference_count,
        differences=[
            Difference(DifferenceKind(each["kind"]), each["subject"], each["in_database"], each["on_chain"])
            for each in orjson.loads(row.differences)
        ],
    )
