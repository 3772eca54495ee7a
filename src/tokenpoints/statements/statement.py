"""A statement: what an account held when a period began, everything that changed it, what it held at the end.

It adds up at every line. Points end at the calendar's second, where the chain may log it later or not at all: a line
says so at that second, and what the chain logs of it is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.points import AccountWord, EpochClock
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.errors import InvalidInput, StatementTooLong
from tokenpoints.statements.entries import Entry, entry_from
from tokenpoints.statements.history import expiries
from tokenpoints.storage import checkpoints, ledger_reads
from tokenpoints.storage.database import Session

LINES_MAX = 10_000
PAPER_LINES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    """One change."""

    at: datetime
    type: EntryType
    amount: int
    """Signed."""
    balance_after: int
    entry: str | None = None
    """The entry's id; None, as those below, where points ended with an epoch."""
    transaction_hash: Hash32 | None = None
    reference: str | None = None
    """Of the receipt."""
    rule_name: str | None = None
    rule_version: int | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """From `since` on, and before `until`."""

    program: Program
    member_id: str
    account: Address
    since: datetime
    until: datetime
    opening: int
    lines: list[Line]
    closing: int
    block_number: int | None
    """The block up to which this is true; None before the index's first."""


async def statement_of(
    session: Session,
    program: Program,
    member_id: str,
    account: Address,
    *,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    lines_max: int = LINES_MAX,
) -> Statement:
    """Of the whole calendar up to now, unless a period is given. Raises InvalidInput and StatementTooLong."""
    begin = max(since or datetime.fromtimestamp(program.clock.start, UTC), datetime.fromtimestamp(0, UTC))
    end = until or now
    if end > now:
        raise InvalidInput("must not be in the future", field="to")
    if begin > end:
        raise InvalidInput("must not be after the end of the period", field="from")
    checkpoint = await checkpoints.latest(session)
    # A block counts by its whole second: what a moment within that second shows is its end.
    first, last = _second(begin), _second(end)
    before = await ledger_reads.word_at(session, program.slug, account, first - 1)
    rows = await ledger_reads.entries_between(session, program.slug, account, first, last, limit=lines_max + 1)
    if len(rows) > lines_max:
        raise StatementTooLong(lines_max)
    words = [AccountWord.unpack(int.from_bytes(row.word_after, "big")) for row in rows]
    entries = [entry_from(row, program) for row in rows]
    opening = before.at(first - 1, program.clock).balance
    lines = lines_of(before, list(zip(entries, words, strict=True)), program.clock, first=first, last=last)
    return Statement(
        program=program,
        member_id=member_id,
        account=account,
        since=begin,
        until=end,
        opening=opening,
        lines=lines,
        closing=lines[-1].balance_after if lines else opening,
        block_number=checkpoint.block_number if checkpoint else None,
    )


def lines_of(
    before: AccountWord, changes: Sequence[tuple[Entry, AccountWord]], clock: EpochClock, *, first: int, last: int
) -> list[Line]:
    """The lines of the seconds from `first` to before `last`. `before` is the word as `first` finds it, `changes` are
    oldest first, each with the word after it."""
    lines: list[Line] = []
    balance: int = before.at(first - 1, clock).balance
    word, seen = before, first - 1
    for entry, word_after in changes:
        recorded = int(entry.recorded_at.timestamp())
        for line in _expired(word, clock, after=seen, until=recorded, balance=balance):
            balance = line.balance_after
            lines.append(line)
        word, seen = word_after, max(seen, recorded)
        if entry.type in ledger_reads.WITHOUT_POINTS or entry.type is EntryType.EXPIRY:
            continue
        balance += entry.amount
        lines.append(
            Line(
                at=entry.recorded_at,
                type=entry.type,
                amount=entry.amount,
                balance_after=balance,
                entry=entry.id,
                transaction_hash=entry.transaction_hash,
                reference=entry.reference,
                rule_name=entry.rule_name,
                rule_version=entry.rule_version,
            )
        )
    return [*lines, *_expired(word, clock, after=seen, until=last - 1, balance=balance)]


def _expired(word: AccountWord, clock: EpochClock, *, after: int, until: int, balance: int) -> Iterable[Line]:
    for at, points in expiries(word, clock):
        if after < at <= until:
            balance -= points
            yield Line(datetime.fromtimestamp(at, UTC), EntryType.EXPIRY, -points, balance)


def _second(moment: datetime) -> int:
    """The first second that is not before the moment."""
    whole = int(moment.timestamp())
    return whole if moment.microsecond == 0 else whole + 1
