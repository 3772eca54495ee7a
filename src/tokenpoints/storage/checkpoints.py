"""How far the tables follow the chain, and whether the indexer stands still."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from tokenpoints.domain.types import Hash32
from tokenpoints.errors import CheckpointMoved
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import blocks, checkpoints


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The last block whose effects are in the tables."""

    block_number: int
    block_hash: Hash32
    head_number: int
    finalized_number: int
    """Nothing up to here is undone."""
    observed_at: datetime
    halted_because: str | None = None
    """Why the indexer stands still, if it does."""


async def load(session: Session, chain_id: int) -> Checkpoint | None:
    """The checkpoint, if any block was read."""
    return await _load(session, chain_id, locked=False)


async def latest(session: Session) -> Checkpoint | None:
    """The checkpoint of the one chain that the tables follow."""
    return _read((await session.execute(select(checkpoints).order_by(checkpoints.c.chain_id).limit(1))).first())


async def lock(session: Session, chain_id: int, expected: Checkpoint | None) -> None:
    """Keep other indexers from moving the checkpoint until this session ends.

    Raises CheckpointMoved where it is not the `expected` one any more.
    """
    found = await _load(session, chain_id, locked=True)
    if _place(found) != _place(expected):
        raise CheckpointMoved


async def save(session: Session, chain_id: int, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint."""
    values = {
        "block_number": checkpoint.block_number,
        "block_hash": checkpoint.block_hash,
        "head_number": checkpoint.head_number,
        "finalized_number": checkpoint.finalized_number,
        "observed_at": checkpoint.observed_at,
        "halted_because": checkpoint.halted_because,
    }
    changed = await session.execute(update(checkpoints).where(checkpoints.c.chain_id == chain_id).values(values))
    if changed.rowcount == 0:
        await session.execute(insert(checkpoints).values(chain_id=chain_id, **values))


async def resume(session: Session, chain_id: int, *, accept_chain: bool) -> str | None:
    """End a halt; with `accept_chain` nothing counts as final until the indexer hears of it again.

    Returns why the indexer stood still, None where it did not.
    """
    found = await _load(session, chain_id, locked=True)
    if found is None or found.halted_because is None:
        return None
    finalized_number = 0 if accept_chain else found.finalized_number
    await save(session, chain_id, replace(found, halted_because=None, finalized_number=finalized_number))
    return found.halted_because


async def clear(session: Session, chain_id: int) -> None:
    """Start over from the first block."""
    await session.execute(delete(checkpoints).where(checkpoints.c.chain_id == chain_id))


async def block_hashes_below(session: Session, number: int, *, limit: int, above: int = -1) -> list[tuple[int, Hash32]]:
    """Stored blocks up to `number` and over `above`, highest first."""
    query = select(blocks.c.number, blocks.c.hash).where(blocks.c.number <= number, blocks.c.number > above)
    rows = await session.execute(query.order_by(blocks.c.number.desc()).limit(limit))
    return [(row.number, Hash32(row.hash)) for row in rows]


async def block_hash_at(session: Session, number: int) -> Hash32 | None:
    """The hash of a stored block."""
    found = (await session.execute(select(blocks.c.hash).where(blocks.c.number == number))).scalar_one_or_none()
    return None if found is None else Hash32(found)


async def first_block(session: Session) -> tuple[int, Hash32] | None:
    """The lowest stored block."""
    row = (await session.execute(select(blocks.c.number, blocks.c.hash).order_by(blocks.c.number).limit(1))).first()
    return None if row is None else (row.number, Hash32(row.hash))


async def timestamp_at(session: Session, number: int) -> int | None:
    """The timestamp of a stored block."""
    found = (await session.execute(select(blocks.c.timestamp).where(blocks.c.number == number))).scalar_one_or_none()
    return None if found is None else int(found)


async def _load(session: Session, chain_id: int, *, locked: bool) -> Checkpoint | None:
    query = select(checkpoints).where(checkpoints.c.chain_id == chain_id)
    return _read((await session.execute(query.with_for_update() if locked else query)).first())


def _read(row: Row[Any] | None) -> Checkpoint | None:
    if row is None:
        return None
    return Checkpoint(
        block_number=row.block_number,
        block_hash=Hash32(row.block_hash),
        head_number=row.head_number,
        finalized_number=row.finalized_number,
        observed_at=row.observed_at,
        halted_because=row.halted_because,
    )


def _place(checkpoint: Checkpoint | None) -> tuple[int, Hash32, bool] | None:
    if checkpoint is None:
        return None
    return checkpoint.block_number, checkpoint.block_hash, checkpoint.halted_because is None
