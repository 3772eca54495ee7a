"""Awards, as far as they have come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tokenpoints.domain.entries import AwardStatus
from tokenpoints.domain.programs import Program
from tokenpoints.domain.rules import RefusalReason
from tokenpoints.earning.awarding import status_of
from tokenpoints.errors import AwardNotDead, UnknownAward
from tokenpoints.storage import awards, checkpoints, dead_letters
from tokenpoints.storage.awards import AwardCounts, AwardRecord
from tokenpoints.storage.database import Session


@dataclass(frozen=True, slots=True)
class Award:
    """An award and its status."""

    record: AwardRecord
    status: AwardStatus

    @property
    def refusal(self) -> str | None:
        """The name of the reason for which the chain refused it."""
        return refusal_name(self.record.refusal_reason) if self.status is AwardStatus.REFUSED else None


def refusal_name(reason: int | None) -> str:
    """The name of a refusal; a number that this version does not know stays a number."""
    try:
        return RefusalReason(reason or 0).name.lower()
    except ValueError:
        return f"reason_{reason}"


async def award_with_id(session: Session, program: Program, award_id: str) -> Award:
    """One award. Raises UnknownAward."""
    record = await awards.with_id(session, program.slug, award_id)
    if record is None:
        raise UnknownAward(award_id)
    return _award(record, await _finalized_number(session))


async def awards_of_receipts(session: Session, receipt_seqs: Sequence[int]) -> dict[int, list[Award]]:
    """The awards of each receipt that has any."""
    if not receipt_seqs:
        return {}
    finalized = await _finalized_number(session)
    found = await awards.of_receipts(session, receipt_seqs)
    return {seq: [_award(record, finalized) for record in records] for seq, records in found.items()}


async def awards_with_seqs(session: Session, seqs: Sequence[int]) -> dict[int, Award]:
    """Awards by their numbers."""
    if not seqs:
        return {}
    finalized = await _finalized_number(session)
    return {record.seq: _award(record, finalized) for record in await awards.with_seqs(session, seqs)}


async def awards_before(
    session: Session,
    program: Program,
    *,
    member_id: str | None,
    reference: str | None,
    status: AwardStatus | None,
    before_seq: int | None,
    limit: int,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Award]:
    """A page of awards, newest first."""
    finalized = await _finalized_number(session)
    records = await awards.page(
        session,
        program.slug,
        member_id=member_id,
        reference=reference,
        status=status,
        finalized_number=finalized,
        since=since,
        until=until,
        before_seq=before_seq,
        limit=limit,
    )
    return [_award(record, finalized) for record in records]


async def retry(session: Session, program: Program, award_id: str) -> Award:
    """Let an award that was set aside wait for a batch again. Raises UnknownAward and AwardNotDead."""
    if not await dead_letters.remove(session, program.slug, award_id):
        await award_with_id(session, program, award_id)
        raise AwardNotDead(award_id)
    return await award_with_id(session, program, award_id)


async def award_counts(session: Session, program: Program) -> AwardCounts:
    """How many awards of the program have which status."""
    return await awards.counts(session, program.slug, finalized_number=await _finalized_number(session))


async def _finalized_number(session: Session) -> int:
    checkpoint = await checkpoints.latest(session)
    return checkpoint.finalized_number if checkpoint else -1


def _award(record: AwardRecord, finalized_number: int) -> Award:
    refused = record.refusal_reason is not None
    status = status_of(
        block_number=record.block_number,
        refused=refused,
        dead=record.dead_letter is not None,
        finalized_number=finalized_number,
    )
    return Award(record, status)
