"""What a clawback takes, from which awards, and how what it takes too much comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tokenpoints.domain.clawbacks import Piece, Taking, exact_units, takings
from tokenpoints.domain.entries import AwardStatus
from tokenpoints.domain.occurrence import Moment
from tokenpoints.domain.programs import Program, ReceiptKind
from tokenpoints.domain.rules import RuleVersion, version_at
from tokenpoints.earning.awards import Award, awards_before, awards_of_receipts
from tokenpoints.storage import clawbacks, members, receipts, terms
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


@dataclass(frozen=True, slots=True)
class ExactRule:
    """A rule and the units with which it gives a number of points, whatever happens until then."""

    rule_id: int
    units: int


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


async def returning_rule(
    session: Session, program: Program, award: Award, points: int, *, now: datetime
) -> ExactRule | None:
    """The rule under which the receipt of `award` can be awarded exactly `points`, or any fewer; None where none is."""
    receipt = await receipts.with_seq(session, award.record.receipt_seq)
    return await exact_rule(session, program, receipt.occurred_at, points, also=award.record.rule_id, now=now)


async def exact_rule(
    session: Session, program: Program, occurred_at: datetime, points: int, *, also: int | None = None, now: datetime
) -> ExactRule | None:
    """That for adjustments, or else the rule `also`, where it gives points one by one."""
    versions = await terms.versions(session, program.slug)
    adjustment = program.rule_for(ReceiptKind.ADJUSTMENT)
    for rule_id in (adjustment.id if adjustment is not None else None, also):
        if rule_id is None or rule_id not in versions:
            continue
        units = _units(program, versions, rule_id, occurred_at, points, now)
        if units is not None:
            return ExactRule(rule_id, units)
    return None


def _units(
    program: Program,
    versions: Mapping[int, Sequence[RuleVersion]],
    rule_id: int,
    occurred_at: datetime,
    points: int,
    now: datetime,
) -> int | None:
    moment = Moment(
        now=int(now.timestamp()),
        look_back_seconds=program.look_back_seconds,
        end_announced_at=None,
        versions=versions,
    )
    # A batch that waits may fall under the version of then.
    times = (moment.counted_at(int(occurred_at.timestamp())), moment.now)
    found = set()
    for time in times:
        known = version_at(versions[rule_id], time).terms
        found.add(exact_units(known, points) if known.is_open(time) else None)
    return found.pop() if len(found) == 1 else None
