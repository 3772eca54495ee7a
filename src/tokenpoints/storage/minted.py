"""What batches on the chain minted, entry by entry: what an award's clawback proves."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, select

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.mints import MintedGroup
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.storage.awards import leaves_of
from tokenpoints.storage.database import Session
from tokenpoints.storage.joins import batch_is_awarded
from tokenpoints.storage.tables import awarded_batches, awarded_groups, awards, batches, blocks, entries


@dataclass(frozen=True, slots=True)
class MintedBatch:
    """A batch that is in a block, and an award of it."""

    issuer: Address
    number: int
    awarded_at: int
    """Unix seconds of the block."""
    position: int
    """Of the award."""
    groups: list[MintedGroup]
    mints_hash: Hash32


async def batch_of(session: Session, award_seq: int) -> MintedBatch | None:
    """The batch of an award; None where no indexed block has it."""
    found = (
        await session.execute(
            select(
                batches.c.seq,
                batches.c.program,
                batches.c.issuer,
                batches.c.number,
                awards.c.position,
                awarded_batches.c.mints_hash,
                blocks.c.timestamp,
            )
            .select_from(
                awards.join(batches, batches.c.seq == awards.c.batch_seq)
                .join(awarded_batches, batch_is_awarded())
                .join(blocks, blocks.c.number == awarded_batches.c.block_number)
            )
            .where(awards.c.seq == award_seq)
        )
    ).first()
    if found is None:
        return None
    packed = await leaves_of(session, found.seq)
    of_entries = and_(
        entries.c.program == found.program,
        entries.c.batch_issuer == found.issuer,
        entries.c.batch_number == found.number,
        entries.c.type == EntryType.AWARD,
    )
    rows = await session.execute(select(entries.c.batch_position, entries.c.amount).where(of_entries))
    points = dict.fromkeys(range(len(packed)), 0) | {row.batch_position: row.amount for row in rows}
    of_groups = and_(
        awarded_groups.c.program == found.program,
        awarded_groups.c.issuer == found.issuer,
        awarded_groups.c.batch_number == found.number,
    )
    groups = []
    for row in await session.execute(select(awarded_groups).where(of_groups).order_by(awarded_groups.c.first_position)):
        places = range(row.first_position, row.first_position + row.entry_count)
        minted = MintedGroup(
            row.rule_id, row.rule_version, packed[places.start : places.stop], [points[place] for place in places]
        )
        groups.append(minted)
    return MintedBatch(
        issuer=Address(found.issuer),
        number=found.number,
        awarded_at=found.timestamp,
        position=found.position,
        groups=groups,
        mints_hash=Hash32(found.mints_hash),
    )
