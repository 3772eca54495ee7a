"""The lines of a balance history, each with the receipt and the rule behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from tokenpoints.domain.entries import AwardStatus, EntryType
from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, Hash32, Points
from tokenpoints.storage import ledger_reads
from tokenpoints.storage.checkpoints import Checkpoint
from tokenpoints.storage.database import Session
from tokenpoints.storage.expiry import BEFORE_ALL_LOGS
from tokenpoints.storage.ledger_reads import EVERY_ENTRY, EntryFilter
from tokenpoints.storage.questions import Ask

_TYPES = {str(type_): type_ for type_ in EntryType}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Entry(NamedTuple):
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
    word_after: bytes
    """The account's, as it is kept on chain."""
    reason: int | None
    """Of a clawback or a freeze."""

    @property
    def tier_after(self) -> int:
        return AccountWord.unpack(int.from_bytes(self.word_after, "big")).tier


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
    rows = await ledger_reads.entries_of_account(
        session, program.slug, account, before=before, limit=limit, only=only, also=also
    )
    return entries_from(rows, program)


async def latest_entries_of_member(ask: Ask, program: Program, member_id: str, *, limit: int) -> list[Entry]:
    """A member's latest entries. None where there is no such member, and none of one whom others became: theirs are
    their history too."""
    rows = await ledger_reads.latest_entries_of_member(ask, program.slug, member_id, limit=limit)
    return entries_from(rows, program)


def page_of(found: list[Entry], limit: int) -> tuple[list[Entry], Entry | None]:
    """A page of about `limit` of the entries found, and the one to go on below, if there are more.

    One log moves points from one account of a person to another, and makes an entry of each: they stay together.
    """
    end = limit
    while 0 < end < len(found) and cursor_numbers(found[end]) == cursor_numbers(found[end - 1]):
        end += 1
    page = found[:end]
    return page, page[-1] if len(found) > end else None


def entries_from(rows: Iterable[Sequence[Any]], program: Program) -> list[Entry]:
    """The entries in rows of `ledger_reads.entry_rows`."""
    rule_names = {rule.id: rule.name for rule in program.rules}
    return [_entry(row, rule_names) for row in rows]


def entry_from(row: Sequence[Any], program: Program) -> Entry:
    """The entry in one such row."""
    return entries_from([row], program)[0]


def _entry(row: Sequence[Any], rule_names: Mapping[int, str]) -> Entry:
    # By place, here and in Entry: names take as long as all the rest, and a page has many rows.
    block_number, log_index, account, _, type_, amount, balance_after, word_after, transaction_hash = row[:9]
    counterparty, rule_id, rule_version, batch_number, batch_position, reason = row[9:15]
    timestamp, reference, occurred_microseconds, receipt_amount, head_number, finalized_number = row[15:]
    is_logged = log_index > BEFORE_ALL_LOGS
    return Entry(
        f"{block_number}-{log_index if is_logged else 'expiry'}",
        _TYPES[type_],
        amount,
        balance_after,
        block_number,
        log_index if is_logged else None,
        transaction_hash if is_logged else None,
        datetime.fromtimestamp(timestamp, UTC),
        _confirmations(block_number, head_number),
        _status(block_number, finalized_number),
        counterparty,
        rule_id,
        rule_version,
        rule_names.get(rule_id),
        batch_number,
        batch_position,
        reference,
        None if occurred_microseconds is None else _EPOCH + occurred_microseconds * _MICROSECOND,
        receipt_amount,
        account,
        word_after,
        reason,
    )


def cursor_numbers(entry: Entry) -> tuple[int, int]:
    """Two numbers, neither negative, to go on below the entry with."""
    return entry.block_number, 0 if entry.log_index is None else entry.log_index + 1


def place_below(block_number: int, ordinal: int) -> tuple[int, int]:
    """What `entries_of` takes as `before` for the two numbers of `cursor_numbers`."""
    return block_number, ordinal - 1


def confirmations(block_number: int, checkpoint: Checkpoint | None) -> int:
    """Blocks from `block_number` to the head, both included."""
    return _confirmations(block_number, checkpoint.head_number if checkpoint is not None else None)


def status_of_block(block_number: int, checkpoint: Checkpoint | None) -> AwardStatus:
    """How settled everything in an indexed block is."""
    return _status(block_number, checkpoint.finalized_number if checkpoint is not None else None)


def _confirmations(block_number: int, head_number: int | None) -> int:
    return 1 if head_number is None else max(1, head_number - block_number + 1)


def _status(block_number: int, finalized_number: int | None) -> AwardStatus:
    is_final = finalized_number is not None and block_number <= finalized_number
    return AwardStatus.FINALIZED if is_final else AwardStatus.CONFIRMED
