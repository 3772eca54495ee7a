"""What an account holds, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from tokenpoints.domain.points import AccountWord, EpochClock
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, Points
from tokenpoints.storage import ledger_reads
from tokenpoints.storage.database import Session
from tokenpoints.storage.ledger_reads import StoredLots


@dataclass(frozen=True, slots=True)
class Lot:
    """Points that expire together."""

    points: Points
    epoch: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's points at one moment."""

    account: Address
    active: Points
    """Live now and confirmed on chain. Expiry counts even where the chain has not recorded it."""
    pending: Points
    """Expected points of awards that no indexed block holds yet."""
    expiring_next: Lot | None
    """The live lot that expires first."""
    lots: list[Lot]
    """The live lots, oldest first."""
    expired_unrecorded: Points
    """Expired by the calendar, and not yet logged as a Transfer."""
    block_number: int | None
    """The block up to which this is true; None before the index's first."""


async def balance_of(session: Session, program: Program, account: Address, *, now: datetime) -> Balance:
    """The balance of any address; zero where it never held points."""
    checkpoint = await ledger_reads.checkpoint(session)
    stored = await ledger_reads.lots_of(session, program.slug, account)
    pending = await ledger_reads.points_pending(session, program.slug, account)
    lots, expired = live_lots(stored, program.calendar.clock, now) if stored else ([], 0)
    return Balance(
        account=account,
        active=Points(sum(lot.points for lot in lots)),
        pending=Points(pending),
        expiring_next=lots[0] if lots else None,
        lots=lots,
        expired_unrecorded=Points(expired),
        block_number=checkpoint.block_number if checkpoint else None,
    )


def live_lots(stored: StoredLots, clock: EpochClock, now: datetime) -> tuple[list[Lot], int]:
    """The lots that are live at `now`, oldest first, and how many stored points are not."""
    word = AccountWord(epoch=stored.epoch, lots=stored.lots)
    # A chain's clock may run ahead of ours; time never goes back behind what it wrote.
    rolled = word.rolled(max(epoch_at(clock, now), word.epoch), clock)
    lots = [
        Lot(Points(points), rolled.epoch - age, expiry_of(clock, rolled.epoch - age))
        for age, points in reversed(list(enumerate(rolled.lots)))
        if points
    ]
    return lots, word.balance - rolled.balance


def epoch_at(clock: EpochClock, now: datetime) -> int:
    """The epoch at `now`; the first where the calendar has not begun."""
    return clock.epoch_at(max(int(now.timestamp()), clock.start))


def expiry_of(clock: EpochClock, epoch: int) -> datetime:
    """The first moment at which points earned in `epoch` no longer count."""
    return datetime.fromtimestamp(clock.expires_at(epoch), UTC)
