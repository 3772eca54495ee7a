"""Puts on chain what the tests say, by writing the rows that submitter and indexer would have written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, inspect, select

from tests.support.deployments import CHAIN_ID, hash32
from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.programs import Program
from tokenpoints.domain.rules import RefusalReason
from tokenpoints.domain.tiers import SAME_FOR_ALL
from tokenpoints.storage import awards, tables
from tokenpoints.storage.database import Database
from tokenpoints.storage.terms import stored_multipliers

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
TERMS: dict[str, Any] = {
    "opens_at": 0,
    "closes_at": (1 << 40) - 1,
    "numerator": 1,
    "denominator": 100,
    "fixed_points": 0,
    "cap_per_award": 1_000_000,
    "budget": 1 << 40,
    "budget_window_seconds": 86_400,
    "effective_at": 0,
    "multipliers": stored_multipliers(SAME_FOR_ALL),
}
"""One point for each dollar of 100 cents."""


async def create_tables(database: Database) -> None:
    """The tables, where they are not there yet."""
    async with database.session() as session:
        if not await session.run_sync(lambda connection: inspect(connection).has_table("members")):
            await session.run_sync(tables.metadata.create_all)


async def add_block(database: Database, number: int) -> None:
    """A block, with the checkpoint at it and nothing finalized above `number - 2`."""
    async with database.session() as session:
        row = {
            "number": number,
            "hash": hash32(0xB000 + number),
            "parent_hash": hash32(0xB000 + number - 1),
            "timestamp": int(NOW.timestamp()) + number,
            "gas_used": 0,
            "gas_limit": 30_000_000,
            "base_fee_wei": 7,
            "transaction_count": 1,
        }
        await session.execute(insert(tables.blocks).values(row))
        await session.execute(delete(tables.checkpoints))
        await session.execute(
            insert(tables.checkpoints).values(
                chain_id=CHAIN_ID,
                block_number=number,
                block_hash=row["hash"],
                head_number=number,
                finalized_number=number - 2,
                observed_at=NOW,
            )
        )


async def add_rule(
    database: Database, program: Program, *, rule_id: int = 1, version: int = 1, block_number: int = 1, **terms: Any
) -> None:
    """A version of one of the program's rules."""
    async with database.session() as session:
        await session.execute(
            insert(tables.rule_versions).values(
                program=program.slug,
                rule_id=rule_id,
                version=version,
                terms_hash=hash32(version),
                block_number=block_number,
                transaction_hash=hash32(0xC000 + version),
                log_index=0,
                **(TERMS | terms),
            )
        )


async def seal_next_batch(database: Database, program: Program, *, number: int, limit: int = 500) -> None:
    """Take the awards that have waited longest into a batch."""
    async with database.session() as session:
        waiting = await awards.next_unsealed(session, program.slug, [1], limit)
        result = await session.execute(
            insert(tables.batches).values(
                program=program.slug,
                issuer=program.issuer,
                number=number,
                receipts_root=hash32(number),
                entry_count=len(waiting),
                sealed_at=NOW,
            )
        )
        assert result.inserted_primary_key is not None
        await awards.assign_to_batch(session, [award.seq for award in waiting], result.inserted_primary_key[0])


async def mine_batch(
    database: Database,
    program: Program,
    *,
    number: int,
    block_number: int,
    refused: dict[int, RefusalReason] | None = None,
) -> None:
    """Put a sealed batch into an existing block; entries at the positions in `refused` mint nothing."""
    refused = refused or {}
    transaction_hash = hash32(0xD000 + number)
    place = {"program": program.slug, "block_number": block_number, "transaction_hash": transaction_hash}
    async with database.session() as session:
        query = (
            select(tables.awards, tables.members.c.account)
            .join(tables.members, tables.members.c.seq == tables.awards.c.member_seq)
            .join(tables.batches, tables.batches.c.seq == tables.awards.c.batch_seq)
            .where(tables.batches.c.number == number, tables.batches.c.program == program.slug)
            .order_by(tables.awards.c.position)
        )
        rows = (await session.execute(query)).all()
        minted = sum(row.points_expected for row in rows if row.position not in refused)
        await session.execute(
            insert(tables.awarded_batches).values(
                issuer=program.issuer,
                number=number,
                entry_count=len(rows),
                refused_count=len(refused),
                minted=minted,
                receipts_root=hash32(number),
                mints_hash=hash32(number),
                log_index=len(rows) + 1,
                **place,
            )
        )
        await session.execute(
            insert(tables.awarded_groups).values(
                issuer=program.issuer,
                batch_number=number,
                first_position=0,
                rule_id=1,
                rule_version=1,
                entry_count=len(rows),
                refused_count=len(refused),
                minted=minted,
                mints_hash=hash32(number),
                log_index=len(rows),
                **place,
            )
        )
        for row in rows:
            if row.position in refused:
                await session.execute(
                    insert(tables.refusals).values(
                        issuer=program.issuer,
                        batch_number=number,
                        position=row.position,
                        account=row.account,
                        units=row.units,
                        reason=refused[row.position],
                        rule_id=1,
                        rule_version=1,
                        log_index=row.position,
                        **place,
                    )
                )
                continue
            await _mint(session, program, row, number, place)


async def _mint(session: Any, program: Program, row: Any, number: int, place: dict[str, Any]) -> None:
    epoch = program.clock.epoch_at(int(NOW.timestamp()))
    held = tables.balances.c.program == program.slug, tables.balances.c.account == row.account
    before = (await session.execute(select(tables.balances.c.lot_0).where(*held))).scalar() or 0
    points = before + row.points_expected
    word = AccountWord(epoch=epoch, total=points, lots=(points, 0, 0, 0)).pack().to_bytes(32, "big")
    await session.execute(delete(tables.balances).where(*held))
    await session.execute(
        insert(tables.balances).values(
            program=program.slug,
            account=row.account,
            epoch=epoch,
            lot_0=points,
            lot_1=0,
            lot_2=0,
            lot_3=0,
            word=word,
            block_number=place["block_number"],
        )
    )
    await session.execute(
        insert(tables.entries).values(
            account=row.account,
            log_index=row.position,
            type=EntryType.AWARD,
            amount=row.points_expected,
            balance_after=points,
            word_after=word,
            rule_id=1,
            rule_version=1,
            batch_issuer=program.issuer,
            batch_number=number,
            batch_position=row.position,
            **place,
        )
    )
