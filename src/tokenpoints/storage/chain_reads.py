"""Questions about transactions and blocks, and what search finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, select

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.storage.database import Session
from tokenpoints.storage.joins import is_of_award, is_of_batch
from tokenpoints.storage.ledger_reads import entry_rows
from tokenpoints.storage.program_reads import AwardedBatch, awarded_batch, awarded_batch_rows
from tokenpoints.storage.tables import (
    agreement_dealings,
    agreements,
    awarded_batches,
    awarded_groups,
    awards,
    balances,
    batches,
    blocks,
    dead_letters,
    entries,
    members,
    program_changes,
    receipts,
    refusals,
    rule_versions,
    submissions,
    transactions,
)


@dataclass(frozen=True, slots=True)
class SubmittedBatch:
    """The batch that a submission carries, and the submission's standing."""

    program: str
    issuer: Address
    number: int
    rule_ids: list[int]
    entry_count: int
    receipts_root: Hash32
    sealed_at: datetime
    submitted_at: datetime
    nonce: int
    points_expected: int
    account_count: int
    awarded_in: Hash32 | None
    """The transaction that did award the batch, when it was another submission."""
    newest_submission: Hash32


@dataclass(frozen=True, slots=True)
class ReceiptFound:
    """A receipt, and how far its award has come."""

    program: str
    reference: str
    account: Address
    points_expected: int
    minted: int | None
    minted_in: Hash32 | None
    entry_id: str | None
    refused_in: Hash32 | None
    submitted_in: Hash32 | None
    dead_letter: str | None
    """Why the award is set aside, where it is."""


async def transaction(session: Session, transaction_hash: Hash32) -> Row[Any] | None:
    """A transaction that touched a program, with its block's hash and time."""
    query = (
        select(transactions, blocks.c.hash.label("block_hash"), blocks.c.timestamp)
        .join(blocks, blocks.c.number == transactions.c.block_number)
        .where(transactions.c.hash == transaction_hash)
    )
    return (await session.execute(query)).first()


async def entries_in(session: Session, transaction_hash: Hash32, *, limit: int) -> Sequence[Row[Any]]:
    """Entries of a transaction in the order of its log; incoming sides of transfers after outgoing ones."""
    query = (
        entry_rows()
        .where(entries.c.transaction_hash == transaction_hash)
        .order_by(entries.c.log_index, entries.c.amount)
        .limit(limit)
    )
    return (await session.execute(query)).all()


async def entry_totals_in(session: Session, transaction_hash: Hash32) -> Sequence[Row[Any]]:
    """For each (program, type) of a transaction's entries: their count, accounts and points."""
    query = (
        select(
            entries.c.program,
            entries.c.type,
            func.count().label("entry_count"),
            func.count(entries.c.account.distinct()).label("account_count"),
            func.sum(entries.c.amount).label("points"),
        )
        .where(entries.c.transaction_hash == transaction_hash)
        .group_by(entries.c.program, entries.c.type)
        .order_by(entries.c.program, entries.c.type)
    )
    return (await session.execute(query)).all()


async def batches_in(session: Session, transaction_hash: Hash32) -> list[AwardedBatch]:
    """Batches that a transaction awarded."""
    query = (
        awarded_batch_rows()
        .where(awarded_batches.c.transaction_hash == transaction_hash)
        .order_by(awarded_batches.c.log_index)
    )
    return [awarded_batch(row) for row in await session.execute(query)]


async def groups_in(session: Session, transaction_hash: Hash32) -> Sequence[Row[Any]]:
    """Groups of the batches that a transaction awarded, in order."""
    query = (
        select(awarded_groups)
        .where(awarded_groups.c.transaction_hash == transaction_hash)
        .order_by(awarded_groups.c.log_index)
    )
    return (await session.execute(query)).all()


async def program_changes_in(session: Session, transaction_hash: Hash32) -> Sequence[Row[Any]]:
    """What a transaction changed for a whole program."""
    query = (
        select(program_changes)
        .where(program_changes.c.transaction_hash == transaction_hash)
        .order_by(program_changes.c.log_index)
    )
    return (await session.execute(query)).all()


async def dealings_in(session: Session, transaction_hash: Hash32) -> list[tuple[str, str]]:
    """(program, what) of agreements that a transaction signed, then of what it did under others."""
    signed = select(agreements.c.program).where(agreements.c.transaction_hash == transaction_hash)
    dealt = (
        select(agreement_dealings.c.program, agreement_dealings.c.dealing)
        .where(agreement_dealings.c.transaction_hash == transaction_hash)
        .order_by(agreement_dealings.c.log_index)
    )
    found = [(program, "signed") for program in await session.scalars(signed)]
    return [*found, *((row.program, row.dealing) for row in await session.execute(dealt))]


async def refusals_in(session: Session, transaction_hash: Hash32, *, limit: int) -> Sequence[Row[Any]]:
    """Refused entries of a transaction, with the reference of the receipt behind each."""
    query = (
        select(refusals, receipts.c.reference)
        .select_from(
            refusals.outerjoin(batches, is_of_batch(refusals))
            .outerjoin(awards, is_of_award(refusals))
            .outerjoin(receipts, receipts.c.seq == awards.c.receipt_seq)
        )
        .where(refusals.c.transaction_hash == transaction_hash)
        .order_by(refusals.c.position)
        .limit(limit)
    )
    return (await session.execute(query)).all()


async def rules_set_in(session: Session, transaction_hash: Hash32, block_number: int) -> Sequence[Row[Any]]:
    """Versions of rules that a transaction set."""
    query = (
        select(rule_versions)
        .where(rule_versions.c.block_number == block_number, rule_versions.c.transaction_hash == transaction_hash)
        .order_by(rule_versions.c.log_index)
    )
    return (await session.execute(query)).all()


async def rules_cancelled_in(session: Session, transaction_hash: Hash32, block_number: int) -> Sequence[Row[Any]]:
    """Announced versions that a transaction took back."""
    query = (
        select(rule_versions)
        .join(
            program_changes,
            and_(
                program_changes.c.program == rule_versions.c.program,
                program_changes.c.name == "ChangeCancelled",
                program_changes.c.value == rule_versions.c.rule_id,
                program_changes.c.transaction_hash == transaction_hash,
            ),
        )
        .where(rule_versions.c.cancelled_in_block == block_number)
        .order_by(rule_versions.c.rule_id)
    )
    return (await session.execute(query)).all()


async def submitted_batch(session: Session, transaction_hash: Hash32) -> SubmittedBatch | None:
    """The batch that a signed transaction carries, if it is one of ours."""
    query = (
        select(batches, submissions.c.created_at.label("submitted_at"), submissions.c.nonce)
        .join(submissions, submissions.c.batch_seq == batches.c.seq)
        .where(submissions.c.transaction_hash == transaction_hash)
    )
    row = (await session.execute(query)).first()
    if row is None:
        return None
    expected = select(
        func.coalesce(func.sum(awards.c.points_expected), 0), func.count(awards.c.member_seq.distinct())
    ).where(awards.c.batch_seq == row.seq)
    points, accounts = (await session.execute(expected)).one()
    rule_ids = select(awards.c.rule_id).where(awards.c.batch_seq == row.seq).distinct().order_by(awards.c.rule_id)
    awarded_in = select(awarded_batches.c.transaction_hash).where(
        awarded_batches.c.program == row.program,
        awarded_batches.c.issuer == row.issuer,
        awarded_batches.c.number == row.number,
    )
    mined = (await session.execute(awarded_in)).scalar_one_or_none()
    newest = (
        select(submissions.c.transaction_hash)
        .where(submissions.c.batch_seq == row.seq)
        .order_by(submissions.c.seq.desc())
        .limit(1)
    )
    return SubmittedBatch(
        program=row.program,
        issuer=Address(row.issuer),
        number=row.number,
        rule_ids=list((await session.execute(rule_ids)).scalars()),
        entry_count=row.entry_count,
        receipts_root=Hash32(row.receipts_root),
        sealed_at=row.sealed_at,
        submitted_at=row.submitted_at,
        nonce=row.nonce,
        points_expected=int(points),
        account_count=int(accounts),
        awarded_in=None if mined is None else Hash32(mined),
        newest_submission=Hash32((await session.execute(newest)).scalar_one()),
    )


async def block_by_number(session: Session, number: int) -> Row[Any] | None:
    """A block that the index holds."""
    return (await session.execute(select(blocks).where(blocks.c.number == number))).first()


async def block_number_of(session: Session, block_hash: Hash32) -> int | None:
    """The number of the block with this hash."""
    return (await session.execute(select(blocks.c.number).where(blocks.c.hash == block_hash))).scalar_one_or_none()


async def neighbours(session: Session, number: int) -> tuple[int | None, int | None]:
    """The numbers of the indexed blocks before and after `number`."""
    before = select(func.max(blocks.c.number)).where(blocks.c.number < number)
    after = select(func.min(blocks.c.number)).where(blocks.c.number > number)
    return (await session.execute(before)).scalar_one(), (await session.execute(after)).scalar_one()


async def transactions_in(session: Session, block_number: int, *, limit: int) -> Sequence[Row[Any]]:
    """Transactions of a block that touched a program, in order."""
    query = (
        select(transactions)
        .where(transactions.c.block_number == block_number)
        .order_by(transactions.c.position)
        .limit(limit)
    )
    return (await session.execute(query)).all()


async def programs_of(session: Session, account: Address, *, candidates: Sequence[str]) -> list[str]:
    """Those of the `candidates` in which the account has points, had them, or belongs to a member."""
    held = select(balances.c.program).where(balances.c.program.in_(candidates), balances.c.account == account)
    joined = select(members.c.program).where(members.c.program.in_(candidates), members.c.account == account)
    found = set((await session.execute(held.union(joined))).scalars())
    return [program for program in candidates if program in found]


async def batch_total_of(session: Session, program: str, issuer: Address) -> int:
    """Batches that an issuer has had awarded."""
    query = select(func.count()).where(awarded_batches.c.program == program, awarded_batches.c.issuer == issuer)
    return int((await session.execute(query)).scalar_one())


async def receipt_by_reference(session: Session, program: str, reference: str) -> ReceiptFound | None:
    """A receipt and where its award stands."""
    query = (
        select(
            receipts.c.reference,
            members.c.account,
            awards.c.points_expected,
            awards.c.batch_seq,
            awards.c.position,
            batches.c.issuer,
            batches.c.number,
            dead_letters.c.reason.label("dead_letter"),
        )
        .select_from(
            receipts.join(awards, awards.c.receipt_seq == receipts.c.seq)
            .join(members, members.c.seq == awards.c.member_seq)
            .outerjoin(batches, batches.c.seq == awards.c.batch_seq)
            .outerjoin(dead_letters, dead_letters.c.award_seq == awards.c.seq)
        )
        .where(receipts.c.program == program, receipts.c.reference == reference)
        .order_by(awards.c.seq)
        .limit(1)
    )
    row = (await session.execute(query)).first()
    if row is None:
        return None
    minted = refused = submitted = None
    if row.number is not None:
        minted = (
            await session.execute(
                select(entries.c.transaction_hash, entries.c.block_number, entries.c.log_index, entries.c.amount).where(
                    entries.c.program == program,
                    entries.c.type == EntryType.AWARD,
                    entries.c.batch_issuer == row.issuer,
                    entries.c.batch_number == row.number,
                    entries.c.batch_position == row.position,
                )
            )
        ).first()
        refused = (
            await session.execute(
                select(refusals.c.transaction_hash).where(
                    refusals.c.program == program,
                    refusals.c.issuer == row.issuer,
                    refusals.c.batch_number == row.number,
                    refusals.c.position == row.position,
                )
            )
        ).scalar_one_or_none()
        submitted = (
            await session.execute(
                select(submissions.c.transaction_hash)
                .where(submissions.c.batch_seq == row.batch_seq)
                .order_by(submissions.c.seq.desc())
                .limit(1)
            )
        ).scalar_one_or_none()
    return ReceiptFound(
        program=program,
        reference=row.reference,
        account=Address(row.account),
        points_expected=row.points_expected,
        minted=minted.amount if minted else None,
        minted_in=Hash32(minted.transaction_hash) if minted else None,
        entry_id=f"{minted.block_number}-{minted.log_index}" if minted else None,
        refused_in=Hash32(refused) if refused else None,
        submitted_in=Hash32(submitted) if submitted else None,
        dead_letter=row.dead_letter,
    )
