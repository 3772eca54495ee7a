"""What an account holds, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from tokenpoints.domain.points import AccountWord, EpochClock
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, Points
from tokenpoints.errors import UnknownMember
from tokenpoints.storage import checkpoints, ledger_reads
from tokenpoints.storage.database import Session
from tokenpoints.storage.questions import Ask


@dataclass(frozen=True, slots=True)
class Lot:
    """Points that expire together."""

    points: Points
    epoch: int
    expires_at: datetime | None
    """None in a program whose points never expire."""


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's points at one moment."""

    account: Address
    active: Points
    """Live now and confirmed on chain. Expiry counts even where the chain has not recorded it."""
    pending: Points
    """Expected points of awards that no indexed block holds yet."""
    expiring_next: Lot | None
    """The live lot that expires first; None where none ever does."""
    lots: list[Lot]
    """The live lots, oldest first."""
    expired_unrecorded: Points
    """Expired by the calendar, and not yet logged as a Transfer."""
    tier: int
    """From 0, the lowest. At the end of a tier period it can fall without a transaction, and this shows it."""
    tier_points: Points
    """Awarded in the present tier period."""
    block_number: int | None
    """The block up to which this is true; None before the index's first."""


async def balance_of(session: Session, program: Program, account: Address, *, now: datetime) -> Balance:
    """The balance of any address; zero where it never held points."""
    checkpoint = await checkpoints.latest(session)
    stored = await ledger_reads.word_of(session, program.slug, account)
    pending = await ledger_reads.points_pending(session, program.slug, account)
    block_number = checkpoint.block_number if checkpoint else None
    return _balance(program, account, stored, pending, block_number, now)


async def balance_of_member(ask: Ask, program: Program, member_id: str, *, now: datetime) -> tuple[str, Balance]:
    """A member's id, of whoever was merged that of the one whom they became, and balance. Raises UnknownMember."""
    found = await ledger_reads.holding_of(ask, program.slug, member_id)
    if found is None:
        raise UnknownMember([member_id])
    balance = _balance(program, found.account, found.word, found.points_pending, found.block_number, now)
    return found.member_id, balance


def _balance(
    program: Program, account: Address, stored: AccountWord, pending: int, block_number: int | None, now: datetime
) -> Balance:
    word = stored.at(int(now.timestamp()), program.clock)
    lots = lots_in(word, program.clock)
    return Balance(
        account=account,
        active=Points(sum(lot.points for lot in lots)),
        pending=Points(pending),
        expiring_next=lots[0] if lots and program.clock.points_expire else None,
        lots=lots,
        expired_unrecorded=Points(stored.balance - word.balance),
        tier=word.tier,
        tier_points=Points(word.total),
        block_number=block_number,
    )


def lots_in(word: AccountWord, clock: EpochClock) -> list[Lot]:
    """The lots of a word, oldest first."""
    return [
        Lot(Points(points), word.epoch - age, expiry_of(clock, word.epoch - age))
        for age, points in reversed(list(enumerate(word.lots)))
        if points
    ]


def epoch_at(clock: EpochClock, now: datetime) -> int:
    """The epoch at `now`; the first where the calendar has not begun."""
    return clock.epoch_at(max(int(now.timestamp()), clock.start))


def expiry_of(clock: EpochClock, epoch: int) -> datetime | None:
    """The first moment at which points earned in `epoch` no longer count; None where they always will."""
    return datetime.fromtimestamp(clock.expires_at(epoch), UTC) if clock.points_expire else None
