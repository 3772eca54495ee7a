"""Questions about erasures: who leaves, and what is left of who has left."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row, delete, func, insert, or_, select, update

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.erasure import ErasurePolicy, ErasureState, PointsOnErasure
from tokenpoints.domain.ids import may_be_id
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.storage.bulk import insert_all, select_by_bytes
from tokenpoints.storage.database import Session
from tokenpoints.storage.dead_letters import is_dead
from tokenpoints.storage.joins import batch_is_awarded
from tokenpoints.storage.tables import (
    awarded_batches,
    awards,
    batches,
    erased_references,
    erasure_policies,
    erasures,
)


@dataclass(frozen=True, slots=True)
class Erasure:
    """One person on their way out, or gone."""

    seq: int
    id: str
    program: str
    member_seq: int | None
    operation_seq: int | None
    requested_at: datetime
    erased_at: datetime | None
    erased: Mapping[str, int]
    """How many rows of what are gone."""

    @property
    def state(self) -> ErasureState:
        if self.erased_at is not None:
            return ErasureState.ERASED
        return ErasureState.FAILED if self.member_seq is None else ErasureState.WAITING


async def policy_of(session: Session, program: str) -> ErasurePolicy | None:
    """What becomes of points; None where the program has not said."""
    row = (await session.execute(select(erasure_policies).where(erasure_policies.c.program == program))).first()
    if row is None:
        return None
    account = None if row.account is None else Address(row.account)
    return ErasurePolicy(PointsOnErasure(row.points), account, row.reward)


async def set_policy(session: Session, program: str, policy: ErasurePolicy) -> None:
    """Say what becomes of points from now on."""
    await session.execute(delete(erasure_policies).where(erasure_policies.c.program == program))
    await session.execute(
        insert(erasure_policies).values(
            program=program, points=policy.points, account=policy.account, reward=policy.reward
        )
    )


async def add(
    session: Session, *, id: str, program: str, member_seq: int, operation_seq: int | None, now: datetime
) -> None:
    """Record that a person is to be erased."""
    await session.execute(
        insert(erasures).values(
            id=id,
            program=program,
            member_seq=member_seq,
            operation_seq=operation_seq,
            requested_at=now,
            erased="{}",
        )
    )


async def with_id(session: Session, program: str, id: str) -> Erasure | None:
    """One erasure."""
    if not may_be_id(id):
        return None
    row = (await session.execute(select(erasures).where(erasures.c.program == program, erasures.c.id == id))).first()
    return None if row is None else _erasure(row)


async def waiting(session: Session, *, limit: int) -> list[Erasure]:
    """Of all programs, those that are not done, oldest first."""
    query = select(erasures).where(erasures.c.member_seq.is_not(None)).order_by(erasures.c.seq).limit(limit)
    return [_erasure(row) for row in await session.execute(query)]


async def leaving_among(session: Session, program: str, some: Sequence[Member]) -> list[str]:
    """The ids of those members who are being erased."""
    query = select(erasures.c.member_seq).where(erasures.c.program == program, erasures.c.member_seq.is_not(None))
    leaving = set(await session.scalars(query))
    return sorted({member.id for member in some if member.seq in leaving}) if leaving else []


async def unsettled_count(session: Session, member_seqs: Sequence[int], *, until_block: int | None) -> int:
    """Awards of members that are in no block up to `until_block` (None: in no block at all). Those that are set aside
    wait for nobody."""
    settled = select(awarded_batches.c.number).join(batches, batch_is_awarded())
    settled = settled.where(batches.c.seq == awards.c.batch_seq).correlate(awards)
    if until_block is not None:
        settled = settled.where(awarded_batches.c.block_number <= until_block)
    query = select(func.count()).select_from(awards)
    query = query.where(awards.c.member_seq.in_(member_seqs), ~is_dead())
    return int(await session.scalar(query.where(or_(awards.c.batch_seq.is_(None), ~settled.exists()))) or 0)


async def set_erased(session: Session, seq: int, erased: Mapping[str, int], *, now: datetime) -> None:
    """The person is gone; the erasure leads to nobody."""
    await session.execute(
        update(erasures)
        .where(erasures.c.seq == seq)
        .values(member_seq=None, operation_seq=None, erased_at=now, erased=orjson.dumps(dict(erased)).decode())
    )


async def set_failed(session: Session, seq: int) -> None:
    """The person stays."""
    await session.execute(update(erasures).where(erasures.c.seq == seq).values(member_seq=None))


async def erased_among(session: Session, program: str, references: Sequence[str]) -> list[str]:
    """Those references that receipts had that are erased."""
    hashes = {reference_hash(program, reference): reference for reference in references}
    of = erased_references.c
    found = await select_by_bytes(session, [of.reference_hash], of.reference_hash, list(hashes), of.program == program)
    return [hashes[Hash32(row.reference_hash)] for row in found]


async def add_erased_references(session: Session, program: str, references: Sequence[str]) -> None:
    """Keep references used."""
    # In the order of their hashes, which tells nothing of the receipts'.
    rows = sorted(reference_hash(program, reference) for reference in references)
    of_program: list[dict[str, Any]] = [{"program": program, "reference_hash": each} for each in rows]
    await insert_all(session, erased_references, of_program)


def reference_hash(program: str, reference: str) -> Hash32:
    """SHA-256 of program and reference: whoever knows the reference finds that it was used, and nothing else."""
    return Hash32(hashlib.sha256(f"{program}\n{reference}".encode()).digest())


def _erasure(row: Row[Any]) -> Erasure:
    return Erasure(
        seq=row.seq,
        id=row.id,
        program=row.program,
        member_seq=row.member_seq,
        operation_seq=row.operation_seq,
        requested_at=row.requested_at,
        erased_at=row.erased_at,
        erased=orjson.loads(row.erased),
    )
