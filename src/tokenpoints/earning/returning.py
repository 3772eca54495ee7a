"""Points that a receipt gets anew: those taken back too much, and those of vouchers that were used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tokenpoints.domain.clawbacks import exact_units
from tokenpoints.domain.entries import AwardStatus
from tokenpoints.domain.ids import new_id
from tokenpoints.domain.occurrence import Moment
from tokenpoints.domain.programs import Program, ReceiptKind
from tokenpoints.domain.rules import RuleVersion, version_at
from tokenpoints.earning.awards import Award
from tokenpoints.earning.expecting import ExpectedAward, award_row
from tokenpoints.storage import awards, receipts, terms
from tokenpoints.storage.database import Session


@dataclass(frozen=True, slots=True)
class ExactRule:
    """A rule and the units with which it gives a number of points, whatever happens until then."""

    rule_id: int
    units: int


async def award_anew(
    session: Session,
    program: Program,
    rule: ExactRule,
    points: int,
    *,
    receipt_seq: int,
    member_seq: int,
    now: datetime,
) -> int:
    """Another award of the receipt, which gives exactly `points`. Its number."""
    expected = ExpectedAward(new_id("awd"), rule.rule_id, points, AwardStatus.PENDING)
    row = award_row(expected, program.slug, member_seq=member_seq, receipt_seq=receipt_seq, units=rule.units, now=now)
    await awards.add(session, [row])
    record = await awards.with_id(session, program.slug, expected.id)
    assert record is not None
    return record.seq


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
