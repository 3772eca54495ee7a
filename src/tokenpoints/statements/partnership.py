"""A month of an agreement: where it stood, everything that was dealt under it, and where it stood then.

It adds up at every line.

It is the source's: the escrow and what is owed are kept there. Where the source's program is not indexed here, the
target's own logs tell what was converted, as what a conversion burned and settled follows from what it minted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import assert_never

from tokenpoints.domain.agreements import Agreement, price_of_minted, settled
from tokenpoints.domain.events import Dealing
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.errors import InvalidInput, StatementTooLong
from tokenpoints.storage import agreements, checkpoints
from tokenpoints.storage.agreements import BlockPlace, RecordedDealing
from tokenpoints.storage.checkpoints import Checkpoint
from tokenpoints.storage.database import Session

LINES_MAX = 10_000
PAPER_LINES_MAX = 1_000


class LineKind(StrEnum):
    """What a line says."""

    CONVERSION = "conversion"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    COLLECTION = "collection"
    """The beneficiary was paid all that it was owed, under whatever agreements."""
    OTHER_SETTLEMENT = "other_settlement"
    """A conversion under another agreement is owed to the same beneficiary in the same token."""
    TERMINATION = "termination"


@dataclass(frozen=True, slots=True)
class Position:
    """Where an agreement stands. `burned`, `minted` and `settled` are sums since it was signed.

    `escrow` and `owed` are None where the source's program is not indexed here. `owed` is what the source owes to the
    beneficiary in the settlement token, under all its agreements: it is collected together.
    """

    burned: int
    minted: int
    settled: int
    escrow: int | None
    owed: int | None

    def __add__(self, change: Position) -> Position:
        return Position(
            self.burned + change.burned,
            self.minted + change.minted,
            self.settled + change.settled,
            None if self.escrow is None or change.escrow is None else self.escrow + change.escrow,
            None if self.owed is None or change.owed is None else self.owed + change.owed,
        )


NOTHING = Position(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class PartnershipLine:
    """One log."""

    kind: LineKind
    at: datetime
    block_number: int
    log_index: int
    transaction_hash: Hash32
    agreement_id: Hash32 | None
    """None of a collection."""
    account: Address | None
    recipient: Address | None
    change: Position
    after: Position


@dataclass(frozen=True, slots=True)
class Totals:
    """What all lines of one kind come to."""

    count: int
    change: Position


@dataclass(frozen=True, slots=True)
class PartnershipStatement:
    """From `since` on, and before `until`."""

    agreement: Agreement
    month: str
    since: datetime
    until: datetime
    opening: Position
    lines: list[PartnershipLine]
    closing: Position
    block: BlockPlace | None
    """The last one of the month that was read; None before the first."""
    is_complete: bool
    """Whether no further block can belong to the month, and none of it can be undone."""

    @property
    def totals(self) -> dict[LineKind, Totals]:
        """By kind, of those that there are."""
        found: dict[LineKind, Totals] = {}
        for line in self.lines:
            before = found.get(line.kind, Totals(0, NOTHING))
            found[line.kind] = Totals(before.count + 1, before.change + line.change)
        return found


@dataclass(frozen=True, slots=True)
class Book:
    """Whose logs tell of an agreement."""

    agreement: Agreement
    program: str
    is_source: bool
    alike: Sequence[Agreement] = field(default=())
    """The source's others whose settlements go to the same beneficiary in the same token."""


async def book_of(session: Session, agreement: Agreement, *, source: str | None, target: str | None) -> Book:
    """The program slugs are those of the sides that are indexed here, of which there is one at least."""
    if source is None:
        assert target is not None
        return Book(agreement, target, is_source=False)
    token, beneficiary = agreement.settlement_token, agreement.beneficiary
    if token is None or beneficiary is None:
        return Book(agreement, source, is_source=True)
    alike = [
        each.agreement
        for each in await agreements.paid_alike(session, source, token, beneficiary)
        if each.agreement.id != agreement.id and each.agreement.source == agreement.source
    ]
    return Book(agreement, source, is_source=True, alike=alike)


async def position_at(session: Session, book: Book, last_block: int) -> Position:
    """After a block."""
    agreement, program = book.agreement, book.program
    burned, minted = await _converted(session, book, agreement, last_block)
    settled_here = settled(agreement, burned)
    if not book.is_source:
        return Position(burned, minted, settled_here, None, None)
    deposited, withdrawn = [
        await agreements.moved_until(session, program, agreement.id, dealing, last_block)
        for dealing in (Dealing.DEPOSITED, Dealing.WITHDRAWN)
    ]
    owed = settled_here - await collected_at(session, book, last_block)
    for each in book.alike:
        owed += settled(each, (await _converted(session, book, each, last_block))[0])
    return Position(burned, minted, settled_here, deposited - withdrawn - settled_here, owed)


async def collected_at(session: Session, book: Book, last_block: int) -> int:
    """What the beneficiary has taken in the settlement token, up to a block, of what the source owed it."""
    token, beneficiary = book.agreement.settlement_token, book.agreement.beneficiary
    if token is None or beneficiary is None:
        return 0
    return await agreements.collected_until(session, book.program, token, beneficiary, last_block)


async def statement_of_month(
    session: Session, book: Book, month: str, *, now: datetime, lines_max: int = LINES_MAX
) -> PartnershipStatement:
    """Of a month in UTC, such as 2026-11; of this one, as far as it was read. Raises InvalidInput, StatementTooLong."""
    since, until = bounds_of(month)
    if since > now:
        raise InvalidInput("must not be in the future", field="month")
    checkpoint = await checkpoints.latest(session)
    before = await agreements.last_block_before(session, int(since.timestamp()))
    last = await agreements.last_block_before(session, int(until.timestamp()))
    opening = position = await position_at(session, book, -1 if before is None else before.number)
    lines: list[PartnershipLine] = []
    if last is not None:
        after = -1 if before is None else before.number
        for dealing in await _dealings(session, book, after, last.number, lines_max=lines_max):
            line = _line(book, dealing, position)
            position = line.after
            lines.append(line)
    return PartnershipStatement(
        agreement=book.agreement,
        month=month,
        since=since,
        until=until,
        opening=opening,
        lines=lines,
        closing=position,
        block=last,
        is_complete=_is_complete(checkpoint, last, until),
    )


def bounds_of(month: str) -> tuple[datetime, datetime]:
    """The first second of a month and of the one after it. The month is four digits, a hyphen and two."""
    year, number = map(int, month.split("-"))
    following = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=UTC), datetime(*following, 1, tzinfo=UTC)


async def _converted(session: Session, book: Book, agreement: Agreement, last_block: int) -> tuple[int, int]:
    """Points burned and minted up to a block."""
    rows = await agreements.conversions_until(session, book.program, agreement.id, last_block)
    minted = sum(each * count for each, count, _ in rows)
    if book.is_source:
        return sum(burned for _, _, burned in rows), minted
    return sum(price_of_minted(agreement, each, burned_before=0).burned * count for each, count, _ in rows), minted


async def _dealings(
    session: Session, book: Book, after_block: int, last_block: int, *, lines_max: int
) -> Sequence[RecordedDealing]:
    """In the order of the chain. Raises StatementTooLong."""
    ids = [book.agreement.id, *(each.id for each in book.alike)]
    limit = lines_max + 1
    found = await agreements.dealings_between(session, book.program, ids, after_block, last_block, limit=limit)
    token, beneficiary = book.agreement.settlement_token, book.agreement.beneficiary
    if book.is_source and token is not None and beneficiary is not None:
        found += await agreements.collections_between(
            session, book.program, token, beneficiary, after_block, last_block, limit=limit
        )
    if len(found) > lines_max:
        raise StatementTooLong(lines_max)
    others = {each.id for each in book.alike}
    shown = [each for each in found if each.agreement_id not in others or each.dealing is Dealing.CONVERTED]
    return sorted(shown, key=lambda each: (each.block_number, each.log_index))


def _line(book: Book, dealing: RecordedDealing, before: Position) -> PartnershipLine:
    kind, change = _meaning(book, dealing, before)
    if not book.is_source:
        change = replace(change, escrow=None, owed=None)
    return PartnershipLine(
        kind=kind,
        at=datetime.fromtimestamp(dealing.timestamp, UTC),
        block_number=dealing.block_number,
        log_index=dealing.log_index,
        transaction_hash=dealing.transaction_hash,
        agreement_id=dealing.agreement_id,
        account=dealing.account,
        recipient=dealing.recipient,
        change=change,
        after=before + change,
    )


def _meaning(book: Book, dealing: RecordedDealing, before: Position) -> tuple[LineKind, Position]:
    amount = dealing.amount
    match dealing.dealing:
        case Dealing.CONVERTED if dealing.agreement_id != book.agreement.id:
            return LineKind.OTHER_SETTLEMENT, replace(NOTHING, owed=amount)
        case Dealing.CONVERTED:
            return LineKind.CONVERSION, Position(dealing.burned, dealing.minted, amount, -amount, amount)
        case Dealing.ACCEPTED:
            price = price_of_minted(book.agreement, dealing.minted, burned_before=before.burned)
            return LineKind.CONVERSION, Position(price.burned, price.minted, price.settlement, 0, 0)
        case Dealing.DEPOSITED:
            return LineKind.DEPOSIT, replace(NOTHING, escrow=amount)
        case Dealing.WITHDRAWN:
            return LineKind.WITHDRAWAL, replace(NOTHING, escrow=-amount)
        case Dealing.COLLECTED:
            return LineKind.COLLECTION, replace(NOTHING, owed=-amount)
        case Dealing.TERMINATED:
            return LineKind.TERMINATION, NOTHING
        case _:
            assert_never(dealing.dealing)


def _is_complete(checkpoint: Checkpoint | None, last: BlockPlace | None, until: datetime) -> bool:
    if checkpoint is None or checkpoint.observed_at < until:
        return False
    is_read = checkpoint.block_number == checkpoint.head_number or last is None or last.number < checkpoint.block_number
    return is_read and (last is None or last.number <= checkpoint.finalized_number)
