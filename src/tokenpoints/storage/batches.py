"""Sealed batches and their submissions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from tokenpoints.domain.types import Address, Hash32
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import batches, submissions


@dataclass(frozen=True, slots=True)
class SealedBatch:
    """A batch whose entries are fixed."""

    seq: int
    number: int
    receipts_root: Hash32
    entry_count: int


@dataclass(frozen=True, slots=True)
class Submission:
    """One signed attempt to get a batch mined."""

    batch_seq: int
    batch_number: int
    nonce: int
    transaction_hash: Hash32
    signed_bytes: bytes
    created_at: datetime


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
    batch_seq: int,
    issuer: Address,
    nonce: int,
    transaction_hash: Hash32,
    signed_bytes: bytes,
    created_at: datetime,
) -> None:
    """Record signed bytes, before anything is broadcast."""
    await session.execute(
        insert(submissions).values(
            batch_seq=batch_seq,
            issuer=issuer,
            nonce=nonce,
            transaction_hash=transaction_hash,
            signed_bytes=signed_bytes,
            created_at=created_at,
        )
    )


async def replace_submission(session: Session, issuer: Address, submission: Submission) -> None:
    """Put other bytes in the place of those that were signed with the same nonce, before they are broadcast."""
    await session.execute(
        update(submissions)
        .where(submissions.c.issuer == issuer, submissions.c.nonce == submission.nonce)
        .values(
            transaction_hash=submission.transaction_hash,
            signed_bytes=submission.signed_bytes,
            created_at=submission.created_at,
        )
    )


async def last_number(session: Session, program: str, issuer: Address) -> int:
    """The number of the issuer's last sealed batch, 0 without one."""
    query = select(func.max(batches.c.number)).where(batches.c.program == program, batches.c.issuer == issuer)
    return await session.scalar(query) or 0


async def nonces_from(session: Session, issuer: Address, nonce: int) -> set[int]:
    """The nonces from `nonce` on that were ever signed for."""
    query = select(submissions.c.nonce).where(submissions.c.issuer == issuer, submissions.c.nonce >= nonce)
    return set((await session.scalars(query)).all())


async def above(session: Session, program: str, issuer: Address, number: int, *, limit: int) -> list[SealedBatch]:
    """Batches after `number`, in sequence."""
    query = (
        select(batches)
        .where(batches.c.program == program, batches.c.issuer == issuer, batches.c.number > number)
        .order_by(batches.c.number)
        .limit(limit)
    )
    return [_sealed(row) for row in await session.execute(query)]


async def with_number(session: Session, program: str, issuer: Address, number: int) -> SealedBatch:
    """A batch that is known to be sealed."""
    query = select(batches).where(batches.c.program == program, batches.c.issuer == issuer, batches.c.number == number)
    return _sealed((await session.execute(query)).one())


async def submissions_from(session: Session, issuer: Address, nonce: int, *, limit: int) -> list[Submission]:
    """Submissions that the chain has not used, by nonce."""
    query = (
        select(submissions, batches.c.number.label("batch_number"))
        .join(batches, batches.c.seq == submissions.c.batch_seq)
        .where(submissions.c.issuer == issuer, submissions.c.nonce >= nonce)
        .order_by(submissions.c.nonce)
        .limit(limit)
    )
    return [
        Submission(
            batch_seq=row.batch_seq,
            batch_number=row.batch_number,
            nonce=row.nonce,
            transaction_hash=Hash32(row.transaction_hash),
            signed_bytes=bytes(row.signed_bytes),
            created_at=row.created_at,
        )
        for row in await session.execute(query)
    ]


async def attempts(session: Session, batch_seq: int) -> int:
    """How often a batch was signed."""
    query = select(func.count()).select_from(submissions).where(submissions.c.batch_seq == batch_seq)
    return await session.scalar(query) or 0


async def last_submission(session: Session, batch_seq: int) -> Hash32 | None:
    """The transaction hash of a batch's latest submission."""
    query = (
        select(submissions.c.transaction_hash)
        .where(submissions.c.batch_seq == batch_seq)
        .order_by(submissions.c.nonce.desc())
        .limit(1)
    )
    found = await session.scalar(query)
    return None if found is None else Hash32(found)


def _sealed(row: Row[Any]) -> SealedBatch:
    return SealedBatch(row.seq, row.number, Hash32(row.receipts_root), row.entry_count)
