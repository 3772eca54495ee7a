"""The lines of a balance history, each with the receipt and the rule behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Row

from tokenpoints.domain.entries import AwardStatus, EntryType
from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, Hash32, Points
from tokenpoints.storage import checkpoints, ledger_reads
from tokenpoints.storage.checkpoints import Checkpoint
from tokenpoints.storage.database import Session
from tokenpoints.storage.expiry import BEFORE_ALL_LOGS
from tokenpoints.storage.ledger_reads import EVERY_ENTRY, EntryFilter


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of one account's balance."""

    id: str
    """`<block>-<log index>`, or `<block>-expiry` where points ended with an epoch."""
    type: EntryType
    amount: int
    """Signed."""
    balance_after: Points
    block_number: int
    log_index: int | None
    """None, as the transaction's hash, where points ended with an epoch: no log stands behind it."""
    transaction_hash: Hash32 | None
    recorded_at: datetime
    """The block's time."""
    confirmations: int
    """Blocks that hold it, its own included."""
    status: AwardStatus
    """Confirmed or finalized."""
    counterparty: Address | None
    rule_id: int | None
    rule_version: int | None
    rule_name: str | None
    batch_number: int | None
    batch_position: int | None
    reference: str | None
    """Of the receipt, as are the two below."""
    occurred_at: datetime | None
    receipt_amount: int | None
    """In the currency's smallest unit."""
    account: Address
    tier_after: int
    reason: int | None
    """Of a clawback or a freeze."""


async def entries_of(
    session: Session,
    program: Program,
    account: Address,
    *,
    before: tuple[int, int] | None,
    limit: int,
    only: EntryFilter = EVERY_ENTRY,
    also: Sequence[Address] = (),
) -> list[Entry]:
    """Entries of an account, and of the accounts `also`, newest first. `before` is the (block number, log index) to
    continue below."""
    checkpoint = await checkpoints.latest(session)
    rows = await ledger_reads.entries_of_account(
        session, program.slug, account, before=before, limit=limit, only=only, also=also
    )
    return [entry_from(row, program, checkpoint) for row in rows]


def page_of(found: list[Entry], limit: int) -> tuple[list[Entry], Entry | None]:
    """A page of about `limit` of the entries found, and the one to go on below, if there are more.

    One log moves points from one account of a person to another, and makes an entry of each: they stay together.
    """
    end = limit
    while 0 < end < len(found) and cursor_numbers(found[end]) == cursor_numbers(found[end - 1]):
        end += 1
    page = found[:end]
    return page, page[-1] if len(found) > end else None


def entry_from(row: Row[tuple[object, ...]], program: Program, checkpoint: Checkpoint | None) -> Entry:
    """The entry in a row of `ledger_reads.entry_rows`."""
    rule = program.rule(row.rule_id) if row.rule_id is not None else None
    is_logged = row.log_index > BEFORE_ALL_LOGS
    return Entry(
        id=f"{row.block_number}-{row.log_index if is_logged else 'expiry'}",
        type=EntryType(row.type),
        amount=row.amount,
        balance_after=Points(row.balance_after),
        block_number=row.block_number,
        log_index=row.log_index if is_logged else None,
        transaction_hash=Hash32(row.transaction_hash) if is_logged else None,
        recorded_at=datetime.fromtimestamp(row.timestamp, UTC),
        confirmations=confirmations(row.block_number, checkpoint),
        status=status_of_block(row.block_number, checkpoint),
        counterparty=None if row.counterparty is None else Address(row.counterparty),
        rule_id=row.rule_id,
        rule_version=row.rule_version,
        rule_name=rule.name if rule else None,
        batch_number=row.batch_number,
        batch_position=row.batch_position,
        reference=row.reference,
        occurred_at=row.occurred_at,
        receipt_amount=row.receipt_amount,
        account=Address(row.account),
        tier_after=AccountWord.unpack(int.from_bytes(row.word_after, "big")).tier,
        reason=row.reason,
    )


def cursor_numbers(entry: Entry) -> tuple[int, int]:
    """Two numbers, neither negative, to go on below the entry with."""
    return entry.block_number, 0 if entry.log_index is None else entry.log_index + 1


def place_below(block_number: int, ordinal: int) -> tuple[int, int]:
    """What `entries_of` takes as `before` for the two numbers of `cursor_numbers`."""
    return block_number, ordinal - 1


def confirmations(block_number: int, checkpoint: Checkpoint | None) -> int:
    """Blocks from `block_number` to the head, both included."""
    return 1 if checkpoint is None else max(1, checkpoint.head_number - block_number + 1)


def status_of_block(block_number: int, checkpoint: Checkpoint | None) -> AwardStatus:
    """How settled everything in an indexed block is."""
    if checkpoint is not None and block_number <= checkpoint.finalized_number:
        return AwardStatus.FINALIZED
    return AwardStatus.CONFIRMED
