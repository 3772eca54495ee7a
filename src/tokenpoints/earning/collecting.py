"""What a clawback takes, from which awards, and how what it takes too much comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tokenpoints.domain.clawbacks import Piece, Taking, takings
from tokenpoints.domain.entries import AwardStatus
from tokenpoints.domain.programs import Program, ReceiptKind
from tokenpoints.earning.awards import Award, awards_before, awards_of_receipts
from tokenpoints.earning.returning import returning_rule
from tokenpoints.storage import clawbacks, members, receipts
from tokenpoints.storage.clawbacks import Clawback
from tokenpoints.storage.database import Session

_AWARDS_MAX = 500
"""Of a member, that an adjustment looks at."""
TAKINGS_MAX = 50
"""Of one clawback: each is an operation."""


class NotFinal(Exception):
    """An award of the receipt may still become more or less."""


@dataclass(frozen=True, slots=True)
class Collection:
    """What is due, and what is asked for."""

    due: int
    takings: list[Taking]


async def collection(session: Session, program: Program, clawback: Clawback, *, now: datetime) -> Collection:
    """What a clawback takes. Raises NotFinal."""
    if clawback.earned_by_seq is None:
        member = (await members.by_seqs(session, [clawback.member_seq]))[clawback.member_seq]
        found = await awards_before(
            session,
            program,
            member_id=member.id,
            reference=None,
            status=AwardStatus.FINALIZED,
            before_seq=None,
            limit=_AWARDS_MAX,
        )
        due, candidates = clawback.points or 0, found
    else:
        due, candidates = await _of_receipt(session, program, clawback, clawback.earned_by_seq)
    gone = await clawbacks.taken(session, [award.record.seq for award in candidates])
    pieces = [
        Piece(award.record.seq, award.record.points)
        for award in candidates
        if award.record.points and award.record.seq not in gone
    ]
    by_seq = {award.record.seq: award for award in candidates}
    returns = True
    if whole := takings(pieces, due, returns=True):
        last = by_seq[whole[-1].award_seq]
        is_exact = sum(taking.points for taking in whole) <= due
        returns = is_exact or await returning_rule(session, program, last, whole[-1].points, now=now) is not None
    chosen = whole if returns else takings(pieces, due, returns=False)
    return Collection(due, chosen[:TAKINGS_MAX])


async def _of_receipt(
    session: Session, program: Program, clawback: Clawback, receipt_seq: int
) -> tuple[int, list[Award]]:
    """What is due of a receipt's awards, and those it can be taken from."""
    found = (await awards_of_receipts(session, [receipt_seq])).get(receipt_seq, [])
    waits = {AwardStatus.PENDING, AwardStatus.CONFIRMED, AwardStatus.DEAD}
    if any(award.status in waits for award in found):
        raise NotFinal
    returned = await clawbacks.returning(session, [award.record.seq for award in found])
    referral = program.rule_for(ReceiptKind.REFERRAL)
    receipt = await receipts.with_seq(session, receipt_seq)
    # The friend's award for a referral stands until nothing is left of the purchase.
    bonus = [
        award
        for award in found
        if referral is not None
        and award.record.rule_id == referral.id
        and receipt.kind is not ReceiptKind.REFERRAL
        and award.record.seq not in returned
    ]
    own = [award for award in found if award not in bonus]
    assert clawback.share is not None
    due = clawback.share.of(_minted([award for award in own if award.record.seq not in returned]))
    if clawback.share.is_last:
        return due + _minted(bonus), [*own, *bonus]
    return due, own


def _minted(found: Sequence[Award]) -> int:
    return sum(award.record.points or 0 for award in found)
