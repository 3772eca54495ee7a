"""What the indexer knows of the chain, written and rolled back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, literal_column, select, update

from tokenpoints.domain.agreements import Agreement
from tokenpoints.domain.blocks import Block
from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.events import ChangeCancelled, Dealt, LogPlace, ProgramChanged, RuleSet
from tokenpoints.domain.ledger import LedgerChange
from tokenpoints.domain.points import LOT_BITS, POINTS_MAX, AccountWord
from tokenpoints.domain.types import Address
from tokenpoints.storage.bulk import add_rows, insert_all, put_rows, select_by_bytes
from tokenpoints.storage.database import Session
from tokenpoints.storage.expiry import BEFORE_ALL_LOGS
from tokenpoints.storage.tables import (
    LOGGED,
    agreement_dealings,
    agreements,
    awarded_batches,
    awarded_groups,
    balances,
    blocks,
    entries,
    program_changes,
    refusals,
    rule_versions,
    transactions,
)
from tokenpoints.storage.terms import stored_multipliers

_RESTORED_AT_ONCE = 2_500
_TYPE_TEXT = {kind: kind.value for kind in EntryType}  # looking an enum's value up costs more each time
_ENTRY_COLUMNS = (
    *("program", "block_number", "log_index", "account", "transaction_hash", "type", "amount", "balance_after"),
    *("word_after", "counterparty", "rule_id", "rule_version", "batch_issuer", "batch_number", "batch_position"),
    "reason",
)
_BALANCE_COLUMNS = ("program", "account", "epoch", "lot_0", "lot_1", "lot_2", "lot_3", "word", "block_number")


async def words_of(session: Session, program: str, accounts: Iterable[Address]) -> dict[Address, AccountWord]:
    """The words of those accounts that have one."""
    packed = await packed_words_of(session, program, accounts)
    return {account: AccountWord.unpack(word) for account, word in packed.items()}


async def packed_words_of(session: Session, program: str, accounts: Iterable[Address]) -> dict[Address, int]:
    """The same, as the contract stores them."""
    columns = [balances.c.account, balances.c.word]
    rows = await select_by_bytes(session, columns, balances.c.account, list(accounts), balances.c.program == program)
    return {Address(account): int.from_bytes(word, "big") for account, word in rows}


async def add_blocks(session: Session, new: Sequence[Block]) -> None:
    """Record headers."""
    await insert_all(
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
    await insert_all(session, transactions, rows)


async def add_change(session: Session, program: str, change: LedgerChange) -> None:
    """Record what a run of transactions did to a program, but for the balances after it."""
    for place, event in change.rules:
        await _change_rule(session, program, place, event)
    await _add_partnership(session, program, change)
    await insert_all(
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
    await insert_all(
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
    await insert_all(
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
    await insert_all(
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
    await add_rows(
        session,
        entries,
        _ENTRY_COLUMNS,
        [
            (
                program,
                entry.block_number,
                entry.log_index,
                entry.account,
                entry.transaction_hash,
                _TYPE_TEXT[entry.type],
                entry.amount,
                entry.balance_after,
                entry.word.to_bytes(32, "big"),
                entry.counterparty,
                entry.rule_id,
                entry.rule_version,
                entry.batch_issuer,
                entry.batch_number,
                entry.batch_position,
                entry.reason,
            )
            for entry in change.entries
        ],
    )


async def set_balances(session: Session, program: str, words: Mapping[Address, tuple[int, int]]) -> None:
    """Record accounts' (packed word, number of the block of the latest log)."""
    # In the order of the table, whose neighbours share a page.
    ordered = sorted(words.items())
    rows = [_balance_row(program, account, word, block_number) for account, (word, block_number) in ordered]
    await put_rows(session, balances, _BALANCE_COLUMNS, rows)


async def _add_partnership(session: Session, program: str, change: LedgerChange) -> None:
    await insert_all(
        session,
        agreements,
        [
            {
                "program": program,
                **{name: getattr(event.agreement, name) for name in Agreement.__slots__},
                "settlement": str(event.agreement.settlement),
                **_place(place),
            }
            for place, event in change.agreements
        ],
    )
    await insert_all(
        session,
        agreement_dealings,
        [
            {
                "program": program,
                **{name: getattr(event, name) for name in Dealt.__slots__},
                "amount": None if event.amount is None else str(event.amount),
                **_place(place),
            }
            for place, event in change.dealings
        ],
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
    undone = entries.c.block_number > ancestor
    # Points that ended with an epoch left the words as they were.
    logged = select(entries.c.program, entries.c.account).where(undone, entries.c.log_index > BEFORE_ALL_LOGS)
    affected: dict[str, list[Address]] = {}
    for row in await session.execute(logged.distinct()):
        affected.setdefault(row.program, []).append(Address(row.account))
    count = await session.scalar(select(func.count()).select_from(entries).where(undone))
    for table in LOGGED:
        await session.execute(delete(table).where(table.c.block_number > ancestor))
    await session.execute(
        update(rule_versions).where(rule_versions.c.cancelled_in_block > ancestor).values(cancelled_in_block=None)
    )
    await session.execute(delete(blocks).where(blocks.c.number > ancestor))
    await session.execute(delete(balances).where(balances.c.block_number > ancestor))
    for program, accounts in affected.items():
        for start in range(0, len(accounts), _RESTORED_AT_ONCE):
            await _restore_balances(session, program, accounts[start : start + _RESTORED_AT_ONCE])
    return count or 0


async def _restore_balances(session: Session, program: str, accounts: list[Address]) -> None:
    """Set balances to what each account's latest remaining log left."""
    rank = (
        func.row_number()
        .over(partition_by=entries.c.account, order_by=(entries.c.block_number.desc(), entries.c.log_index.desc()))
        .label("rank")
    )
    ranked = (
        select(entries.c.account, entries.c.word_after, entries.c.block_number, rank)
        .where(
            entries.c.program == program,
            entries.c.account.in_(accounts),
            entries.c.log_index > BEFORE_ALL_LOGS,
        )
        .subquery()
    )
    latest = await session.execute(
        select(ranked.c.account, ranked.c.word_after, ranked.c.block_number).where(ranked.c.rank == literal_column("1"))
    )
    await set_balances(
        session,
        program,
        {Address(row.account): (int.from_bytes(row.word_after, "big"), row.block_number) for row in latest},
    )


def _balance_row(program: str, account: Address, word: int, block_number: int) -> tuple[Any, ...]:
    return (
        program,
        account,
        word >> 240,
        word & POINTS_MAX,
        word >> LOT_BITS & POINTS_MAX,
        word >> 2 * LOT_BITS & POINTS_MAX,
        word >> 3 * LOT_BITS & POINTS_MAX,
        word.to_bytes(32, "big"),
        block_number,
    )
