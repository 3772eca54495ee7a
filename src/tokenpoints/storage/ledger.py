"""What the indexer knows of the chain, written and rolled back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, delete, func, insert, literal_column, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from tokenpoints.domain.blocks import Block
from tokenpoints.domain.events import ChangeCancelled, LogPlace, ProgramChanged, RuleSet
from tokenpoints.domain.ledger import LedgerChange
from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import (
    awarded_batches,
    awarded_groups,
    balances,
    blocks,
    checkpoints,
    entries,
    program_changes,
    refusals,
    rule_versions,
    transactions,
)
from tokenpoints.storage.terms import stored_multipliers

_VARIABLES_MAX = 10_000
_CHAIN_TABLES = (entries, refusals, awarded_groups, awarded_batches, rule_versions, program_changes, transactions)


class Checkpoint:
    """How far the tables follow the chain."""

    __slots__ = ("block_hash", "block_number", "finalized_number", "head_number", "observed_at")

    def __init__(
        self,
        *,
        block_number: int,
        block_hash: Hash32,
        head_number: int,
        finalized_number: int,
        observed_at: datetime,
    ) -> None:
        self.block_number, self.block_hash = block_number, block_hash
        self.head_number, self.finalized_number, self.observed_at = head_number, finalized_number, observed_at


async def checkpoint(session: Session, chain_id: int) -> Checkpoint | None:
    """The last block whose effects are in the tables, if any."""
    row = (await session.execute(select(checkpoints).where(checkpoints.c.chain_id == chain_id))).mappings().first()
    if row is None:
        return None
    return Checkpoint(
        block_number=row["block_number"],
        block_hash=Hash32(row["block_hash"]),
        head_number=row["head_number"],
        finalized_number=row["finalized_number"],
        observed_at=row["observed_at"],
    )


async def set_checkpoint(session: Session, chain_id: int, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint."""
    await session.execute(delete(checkpoints).where(checkpoints.c.chain_id == chain_id))
    await session.execute(
        insert(checkpoints).values(
            chain_id=chain_id,
            block_number=checkpoint.block_number,
            block_hash=checkpoint.block_hash,
            head_number=checkpoint.head_number,
            finalized_number=checkpoint.finalized_number,
            observed_at=checkpoint.observed_at,
        )
    )


async def clear_checkpoint(session: Session, chain_id: int) -> None:
    """Start over from the first block."""
    await session.execute(delete(checkpoints).where(checkpoints.c.chain_id == chain_id))


async def block_hashes_below(session: Session, number: int, *, limit: int) -> list[tuple[int, Hash32]]:
    """Stored blocks up to `number`, highest first."""
    query = select(blocks.c.number, blocks.c.hash).where(blocks.c.number <= number)
    rows = await session.execute(query.order_by(blocks.c.number.desc()).limit(limit))
    return [(row.number, Hash32(row.hash)) for row in rows]


async def words_of(session: Session, program: str, accounts: Iterable[Address]) -> dict[Address, AccountWord]:
    """The words of those accounts that have one."""
    wanted = list(accounts)
    found: dict[Address, AccountWord] = {}
    for start in range(0, len(wanted), _VARIABLES_MAX):
        query = select(balances.c.account, balances.c.word).where(
            balances.c.program == program, balances.c.account.in_(wanted[start : start + _VARIABLES_MAX])
        )
        for row in await session.execute(query):
            found[Address(row.account)] = AccountWord.unpack(int.from_bytes(row.word, "big"))
    return found


async def add_blocks(session: Session, new: Sequence[Block]) -> None:
    """Record headers."""
    await _insert(
        session,
        blocks,
        [
            {
                "number": block.number,
                "hash": block.hash,
                "parent_hash": block.parent_hash,
                "timestamp": block.timestamp,
                "gas_used": block.gas_used,
                "gas_limit": block.gas_limit,
                "base_fee_wei": block.base_fee_wei,
                "transaction_count": block.transaction_count,
            }
            for block in new
        ],
    )


async def add_transactions(session: Session, rows: list[dict[str, Any]]) -> None:
    """Record transactions that touched a program; rows are as in the table."""
    await _insert(session, transactions, rows)


async def add_change(session: Session, program: str, change: LedgerChange) -> None:
    """Record what a run of transactions did to a program, balances included."""
    for place, event in change.rules:
        await _change_rule(session, program, place, event)
    await _insert(
        session,
        program_changes,
        [
            {
                "program": program,
                "name": event.name,
                "value": event.value,
                "account": event.account,
                **_place(place),
            }
            for place, event in [*change.program, *_cancellations(change)]
        ],
    )
    await _insert(
        session,
        awarded_batches,
        [
            {
                "program": program,
                "issuer": event.issuer,
                "number": event.batch_number,
                "entry_count": event.entry_count,
                "refused_count": event.refused_count,
                "minted": event.minted,
                "receipts_root": event.receipts_root,
                "mints_hash": event.mints_hash,
                **_place(place),
            }
            for place, event in change.batches
        ],
    )
    await _insert(
        session,
        awarded_groups,
        [
            {
                "program": program,
                "issuer": group.event.issuer,
                "batch_number": group.event.batch_number,
                "first_position": group.first_position,
                "rule_id": group.event.rule_id,
                "rule_version": group.event.rule_version,
                "entry_count": group.event.entry_count,
                "refused_count": group.event.refused_count,
                "minted": group.event.minted,
                "mints_hash": group.event.mints_hash,
                **_place(group.place),
            }
            for group in change.groups
        ],
    )
    await _insert(
        session,
        refusals,
        [
            {
                "program": program,
                "issuer": refusal.event.issuer,
                "batch_number": refusal.event.batch_number,
                "position": refusal.event.position,
                "account": refusal.event.account,
                "units": refusal.event.units,
                "reason": int(refusal.event.reason),
                "rule_id": refusal.rule_id,
                "rule_version": refusal.rule_version,
                **_place(refusal.place),
            }
            for refusal in change.refusals
        ],
    )
    last_block: dict[Address, int] = {}
    rows = []
    for entry in change.entries:
        last_block[entry.account] = entry.block_number
        rows.append(
            {
                "program": program,
                "block_number": entry.block_number,
                "log_index": entry.log_index,
                "account": entry.account,
                "transaction_hash": entry.transaction_hash,
                "type": entry.type.value,
                "amount": entry.amount,
                "balance_after": entry.word_after.balance,
                "word_after": entry.word_after.pack().to_bytes(32, "big"),
                "counterparty": entry.counterparty,
                "rule_id": entry.rule_id,
                "rule_version": entry.rule_version,
                "batch_issuer": entry.place.issuer if entry.place else None,
                "batch_number": entry.place.number if entry.place else None,
                "batch_position": entry.place.position if entry.place else None,
                "reason": entry.reason,
            }
        )
    await _insert(session, entries, rows)
    await _set_balances(
        session, [_balance_row(program, account, word, last_block[account]) for account, word in change.words.items()]
    )


def _cancellations(change: LedgerChange) -> list[tuple[LogPlace, ProgramChanged]]:
    return [
        (place, ProgramChanged(type(event).__name__, event.rule_id))
        for place, event in change.rules
        if isinstance(event, ChangeCancelled)
    ]


async def _change_rule(session: Session, program: str, place: LogPlace, event: RuleSet | ChangeCancelled) -> None:
    if isinstance(event, ChangeCancelled):
        await session.execute(
            update(rule_versions)
            .where(
                rule_versions.c.program == program,
                rule_versions.c.rule_id == event.rule_id,
                rule_versions.c.version == event.version,
                rule_versions.c.cancelled_in_block.is_(None),
            )
            .values(cancelled_in_block=place.block_number)
        )
        return
    terms = event.terms
    await session.execute(
        insert(rule_versions).values(
            program=program,
            rule_id=event.rule_id,
            version=event.version,
            effective_at=event.effective_at,
            opens_at=terms.opens_at,
            closes_at=terms.closes_at,
            numerator=terms.numerator,
            denominator=terms.denominator,
            fixed_points=terms.fixed_points,
            cap_per_award=terms.cap_per_award,
            budget=terms.budget,
            budget_window_seconds=terms.budget_window_seconds,
            multipliers=stored_multipliers(terms.multipliers),
            terms_hash=terms.terms_hash,
            **_place(place),
        )
    )


def _place(place: LogPlace) -> dict[str, Any]:
    return {
        "block_number": place.block_number,
        "transaction_hash": place.transaction_hash,
        "log_index": place.log_index,
    }


async def roll_back(session: Session, ancestor: int) -> int:
    """Undo every block above `ancestor`. Returns how many entries went with them."""
    affected = (
        await session.execute(
            select(entries.c.program, entries.c.account).where(entries.c.block_number > ancestor).distinct()
        )
    ).all()
    count = await session.scalar(select(func.count()).select_from(entries).where(entries.c.block_number > ancestor))
    for table in _CHAIN_TABLES:
        await session.execute(delete(table).where(table.c.block_number > ancestor))
    await session.execute(
        update(rule_versions).where(rule_versions.c.cancelled_in_block > ancestor).values(cancelled_in_block=None)
    )
    await session.execute(delete(blocks).where(blocks.c.number > ancestor))
    for start in range(0, len(affected), _VARIABLES_MAX // 4):
        await _restore_balances(session, [(row.program, row.account) for row in affected[start : start + 2500]])
    return count or 0


async def _restore_balances(session: Session, keys: list[tuple[str, bytes]]) -> None:
    """Set balances to what each account's latest remaining entry says."""
    await session.execute(delete(balances).where(tuple_(balances.c.program, balances.c.account).in_(keys)))
    rank = (
        func.row_number()
        .over(
            partition_by=(entries.c.program, entries.c.account),
            order_by=(entries.c.block_number.desc(), entries.c.log_index.desc()),
        )
        .label("rank")
    )
    ranked = (
        select(entries.c.program, entries.c.account, entries.c.word_after, entries.c.block_number, rank)
        .where(tuple_(entries.c.program, entries.c.account).in_(keys))
        .subquery()
    )
    latest = await session.execute(select(ranked).where(and_(ranked.c.rank == literal_column("1"))))
    await _set_balances(
        session,
        [
            _balance_row(
                row.program,
                Address(row.account),
                AccountWord.unpack(int.from_bytes(row.word_after, "big")),
                row.block_number,
            )
            for row in latest
        ],
    )


def _balance_row(program: str, account: Address, word: AccountWord, block_number: int) -> dict[str, Any]:
    return {
        "program": program,
        "account": account,
        "epoch": word.epoch,
        **{f"lot_{age}": points for age, points in enumerate(word.lots)},
        "word": word.pack().to_bytes(32, "big"),
        "block_number": block_number,
    }


async def _set_balances(session: Session, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    dialect = postgresql if session.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(balances)
    changed = {column.name: statement.excluded[column.name] for column in balances.columns if not column.primary_key}
    await session.execute(
        statement.on_conflict_do_update(index_elements=[balances.c.program, balances.c.account], set_=changed), rows
    )


async def _insert(session: Session, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(table), rows)
