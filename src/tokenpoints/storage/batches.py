"""Sealed batches and their submissions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from tokenpoints.domain.fees import Fees
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.storage.chunks import any_of
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import awards, batches, submissions


@dataclass(frozen=True, slots=True)
class SealedBatch:
    """A batch whose entries are fixed."""

    seq: int
    number: int
    receipts_root: Hash32
    entry_count: int


@dataclass(frozen=True, slots=True)
class Submission:
    """One signed transaction of an issuer, without its bytes."""

    seq: int
    batch_seq: int | None
    batch_number: int | None
    nonce: int
    transaction_hash: Hash32
    gas_limit: int
    fees: Fees
    block_number: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Failures:
    """What was signed for a batch and did not bring it onto the chain."""

    count: int
    """Nonces."""
    last: Submission
    """The latest that was signed."""


async def add_batch(
    session: Session,
    *,
    program: str,
    issuer: Address,
    number: int,
    receipts_root: Hash32,
    entry_count: int,
    sealed_at: datetime,
) -> int:
    """Record a sealed batch; returns its key."""
    result = await session.execute(
        insert(batches).values(
            program=program,
            issuer=issuer,
            number=number,
            receipts_root=receipts_root,
            entry_count=entry_count,
            sealed_at=sealed_at,
        )
    )
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


async def add_submission(
    session: Session,
    *,
    batch: SealedBatch | None,
    issuer: Address,
    nonce: int,
    attempt: int,
    transaction_hash: Hash32,
    signed_bytes: bytes,
    gas_limit: int,
    fees: Fees,
    block_number: int,
    created_at: datetime,
) -> int:
    """Record signed bytes, before anything is broadcast; returns their key. Without a batch they cancel their nonce.

    Raises IntegrityError where another process has recorded this attempt.
    """
    result = await session.execute(
        insert(submissions).values(
            batch_seq=None if batch is None else batch.seq,
            batch_number=None if batch is None else batch.number,
            issuer=issuer,
            nonce=nonce,
            attempt=attempt,
            transaction_hash=transaction_hash,
            signed_bytes=signed_bytes,
            gas_limit=gas_limit,
            max_fee_wei=fees.max_fee_wei,
            priority_fee_wei=fees.priority_fee_wei,
            block_number=block_number,
            created_at=created_at,
        )
    )
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


async def last_number(session: Session, program: str, issuer: Address) -> int:
    """The number of the issuer's last sealed batch, 0 without one."""
    query = select(func.max(batches.c.number)).where(batches.c.program == program, batches.c.issuer == issuer)
    return await session.scalar(query) or 0


async def above(session: Session, program: str, issuer: Address, number: int, *, limit: int) -> list[SealedBatch]:
    """Batches after `number`, in sequence."""
    query = (
        select(batches)
        .where(batches.c.program == program, batches.c.issuer == issuer, batches.c.number > number)
        .order_by(batches.c.number)
        .limit(limit)
    )
    return [_sealed(row) for row in await session.execute(query)]


async def failures_of(session: Session, batch_seqs: Sequence[int], *, nonce: int) -> dict[int, Failures]:
    """Of batches that are open: the nonces below `nonce` that were signed for each."""
    found: dict[int, Failures] = {}
    for is_one in any_of(session, submissions.c.batch_seq, batch_seqs):
        counted = (
            select(
                submissions.c.batch_seq,
                func.count(submissions.c.nonce.distinct()).label("count"),
                func.max(submissions.c.seq).label("last"),
            )
            .where(is_one, submissions.c.nonce < nonce)
            .group_by(submissions.c.batch_seq)
            .subquery()
        )
        query = select(*_SUBMISSION, counted.c.count).join(counted, counted.c.last == submissions.c.seq)
        for row in await session.execute(query):
            found[row.batch_seq] = Failures(row[-1], _submission(row))
    return found


async def locked(session: Session, batch_seq: int) -> SealedBatch | None:
    """A sealed batch, which nobody can withdraw until the session ends; None where somebody has."""
    query = select(batches).where(batches.c.seq == batch_seq).with_for_update()
    row = (await session.execute(query)).first()
    return None if row is None else _sealed(row)


async def locked_from(session: Session, program: str, issuer: Address, number: int) -> list[SealedBatch]:
    """The batches from `number` on, in sequence. Nobody can sign for them until the session ends."""
    query = (
        select(batches)
        .where(batches.c.program == program, batches.c.issuer == issuer, batches.c.number >= number)
        .order_by(batches.c.number)
        .with_for_update()
    )
    return [_sealed(row) for row in await session.execute(query)]


async def submissions_from(session: Session, issuer: Address, nonce: int, *, limit: int) -> list[Submission]:
    """Submissions with nonces that the chain has not used, by nonce, then in the order in which they were signed."""
    query = (
        select(*_SUBMISSION)
        .where(submissions.c.issuer == issuer, submissions.c.nonce >= nonce)
        .order_by(submissions.c.nonce, submissions.c.attempt)
        .limit(limit)
    )
    return [_submission(row) for row in await session.execute(query)]


async def submissions_at(session: Session, issuer: Address, nonce: int) -> list[Submission]:
    """All that was ever signed with one nonce, oldest first."""
    query = (
        select(*_SUBMISSION)
        .where(submissions.c.issuer == issuer, submissions.c.nonce == nonce)
        .order_by(submissions.c.attempt)
    )
    return [_submission(row) for row in await session.execute(query)]


async def signed_bytes(session: Session, seqs: Sequence[int]) -> dict[int, bytes]:
    """The bytes of submissions, by their keys."""
    found: dict[int, bytes] = {}
    for is_one in any_of(session, submissions.c.seq, seqs):
        query = select(submissions.c.seq, submissions.c.signed_bytes).where(is_one)
        found |= {seq: bytes(raw) for seq, raw in await session.execute(query)}
    return found


async def nonces_of(session: Session, batch_seqs: Sequence[int]) -> dict[int, set[int]]:
    """By batch, the nonces that were ever signed for it."""
    found: dict[int, set[int]] = {}
    for is_one in any_of(session, submissions.c.batch_seq, batch_seqs):
        for batch_seq, nonce in await session.execute(
            select(submissions.c.batch_seq, submissions.c.nonce).where(is_one)
        ):
            found.setdefault(batch_seq, set()).add(nonce)
    return found


async def hashes_below(session: Session, batch_seqs: Sequence[int], *, nonce: int) -> list[Hash32]:
    """The transactions that were signed for batches with nonces below `nonce`."""
    found: list[Hash32] = []
    for is_one in any_of(session, submissions.c.batch_seq, batch_seqs):
        query = select(submissions.c.transaction_hash).where(is_one, submissions.c.nonce < nonce)
        found += [Hash32(each) for each in await session.scalars(query)]
    return found


async def take_apart(session: Session, batch_seqs: Sequence[int]) -> None:
    """Put the awards of batches back among those that wait. Their submissions stay, without a batch."""
    for is_one in any_of(session, awards.c.batch_seq, batch_seqs):
        await session.execute(update(awards).where(is_one).values(batch_seq=None, position=None))
    for is_one in any_of(session, submissions.c.batch_seq, batch_seqs):
        await session.execute(update(submissions).where(is_one).values(batch_seq=None))
    for is_one in any_of(session, batches.c.seq, batch_seqs):
        await session.execute(delete(batches).where(is_one))


_SUBMISSION = tuple(column for column in submissions.c if column is not submissions.c.signed_bytes)


def _sealed(row: Row[Any]) -> SealedBatch:
    return SealedBatch(row.seq, row.number, Hash32(row.receipts_root), row.entry_count)


def _submission(row: Row[*tuple[Any, ...]]) -> Submission:
    return Submission(
        seq=row.seq,
        batch_seq=row.batch_seq,
        batch_number=row.batch_number,
        nonce=row.nonce,
        transaction_hash=Hash32(row.transaction_hash),
        gas_limit=row.gas_limit,
        fees=Fees(row.max_fee_wei, row.priority_fee_wei),
        block_number=row.block_number,
        created_at=row.created_at,
    )
