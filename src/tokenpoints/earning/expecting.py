"""What receipts are expected to earn: the rule of their kind, in the version of their time, for the account's tier."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.entries import AwardStatus
from tokenpoints.domain.occurrence import Moment
from tokenpoints.domain.programs import Program, ProgramRule, ReceiptKind
from tokenpoints.domain.rules import RuleVersion, version_at
from tokenpoints.domain.types import Address
from tokenpoints.errors import RuleNotIndexed
from tokenpoints.storage import ledger, terms
from tokenpoints.storage.database import Session

_Rule = tuple[ProgramRule, list[RuleVersion]]


@dataclass(frozen=True, slots=True)
class ExpectedAward:
    """An award of a receipt, as it stands when the receipt is sent."""

    id: str
    rule_id: int
    points_expected: int
    status: AwardStatus


@dataclass(frozen=True, slots=True)
class Expecting:
    """The rules of some kinds of receipts, and the tiers of some accounts."""

    program: Program
    rules: dict[ReceiptKind, _Rule]
    tiers: dict[Address, int]
    now: datetime
    moment: Moment

    def award(
        self, id: str, kind: ReceiptKind, member: Member, *, receipt_seq: int, occurred_at: datetime, units: int
    ) -> tuple[ExpectedAward, dict[str, Any]] | None:
        """An award with this id, and its row. None where nothing is earned."""
        points = self.points(kind, member, occurred_at=occurred_at, units=units)
        if points <= 0:
            return None
        award = ExpectedAward(id, self.rules[kind][0].id, points, AwardStatus.PENDING)
        return award, award_row(
            award, self.program.slug, member_seq=member.seq, receipt_seq=receipt_seq, units=units, now=self.now
        )

    def points(self, kind: ReceiptKind, member: Member, *, occurred_at: datetime, units: int) -> int:
        """What is earned; 0 also where there is no rule."""
        if kind not in self.rules:
            return 0
        _, versions = self.rules[kind]
        version = version_at(versions, self.moment.counted_at(int(occurred_at.timestamp())))
        return version.terms.points_for(units, self.tiers.get(member.account, 0))


def award_row(
    award: ExpectedAward, program: str, *, member_seq: int, receipt_seq: int, units: int, now: datetime
) -> dict[str, Any]:
    """As `awards.add` takes it."""
    return {
        "id": award.id,
        "program": program,
        "receipt_seq": receipt_seq,
        "member_seq": member_seq,
        "rule_id": award.rule_id,
        "units": units,
        "points_expected": award.points_expected,
        "created_at": now,
    }


async def expecting(
    session: Session, program: Program, kinds: Collection[ReceiptKind], accounts: Collection[Address], now: datetime
) -> Expecting:
    """For receipts of these kinds and accounts. Raises RuleNotIndexed."""
    rules = await _rules_of(session, program, kinds)
    moment = Moment(
        now=int(now.timestamp()),
        look_back_seconds=program.look_back_seconds,
        end_announced_at=None,
        versions={rule.id: versions for rule, versions in rules.values()},
    )
    return Expecting(program, rules, await _tiers_of(session, program, accounts, rules.values(), now), now, moment)


async def _rules_of(session: Session, program: Program, kinds: Collection[ReceiptKind]) -> dict[ReceiptKind, _Rule]:
    """The rule for each kind of receipt and its versions; without those kinds that earn nothing."""
    found = {kind: rule for kind in kinds if (rule := program.rule_for(kind)) is not None}
    versions = await terms.versions(session, program.slug) if found else {}
    for rule in found.values():
        if rule.id not in versions:
            raise RuleNotIndexed(rule.id)
    return {kind: (rule, versions[rule.id]) for kind, rule in found.items()}


async def _tiers_of(
    session: Session, program: Program, accounts: Collection[Address], rules: Iterable[_Rule], now: datetime
) -> dict[Address, int]:
    """The tiers of accounts, as they stand now; empty where no rule asks for them."""
    if all(len(set(version.terms.multipliers)) == 1 for _, versions in rules for version in versions):
        return {}
    words = await ledger.words_of(session, program.slug, set(accounts))
    return {account: word.at(int(now.timestamp()), program.clock).tier for account, word in words.items()}
