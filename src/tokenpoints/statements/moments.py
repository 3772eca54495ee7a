"""What an account held at a moment, past or to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, Points
from tokenpoints.statements.balance import Balance, lots_in
from tokenpoints.storage import checkpoints, ledger_reads
from tokenpoints.storage.database import Session


@dataclass(frozen=True, slots=True)
class Moment:
    """An account's word as it stands at `at`."""

    at: datetime
    word: AccountWord
    block_number: int | None
    """The block up to which this is true; None before the index's first."""


async def moment_of(session: Session, program: Program, account: Address, *, at: datetime) -> Moment:
    """From the account's last entry at `at`, and the calendar since. Of a moment to come: what will be left if nothing
    happens until then."""
    checkpoint = await checkpoints.latest(session)
    stored = await ledger_reads.word_at(session, program.slug, account, int(at.timestamp()))
    word = stored.at(int(at.timestamp()), program.clock)
    return Moment(at, word, checkpoint.block_number if checkpoint else None)


async def balance_at(session: Session, program: Program, account: Address, *, at: datetime) -> Balance:
    """The balance at a moment; zero before the first entry. `pending` is of now: what waits has no other time."""
    moment = await moment_of(session, program, account, at=at)
    lots = lots_in(moment.word, program.clock)
    return Balance(
        account=account,
        active=moment.word.balance,
        pending=Points(await ledger_reads.points_pending(session, program.slug, account)),
        expiring_next=lots[0] if lots and program.clock.points_expire else None,
        lots=lots,
        expired_unrecorded=Points(0),
        tier=moment.word.tier,
        tier_points=Points(moment.word.total),
        block_number=moment.block_number,
    )
