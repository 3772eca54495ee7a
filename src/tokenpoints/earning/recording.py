"""Recording receipts, and the awards they earn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.entries import AwardStatus
from tokenpoints.domain.ids import new_id
from tokenpoints.domain.occurrence import Moment
from tokenpoints.domain.programs import Program, ProgramRule, ReceiptKind
from tokenpoints.domain.receipts import Receipt, body_hash, canonical_body
from tokenpoints.domain.rules import RuleVersion, version_at
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.earning.awards import Award, awards_of_receipts
from tokenpoints.earning.intake import Draft, faults_of
from tokenpoints.errors import (
    DuplicateReferences,
    FaultyReceipts,
    MemberLeaving,
    ReferenceConflict,
    RuleNotIndexed,
    UnknownMember,
    UnknownReceipt,
)
from tokenpoints.storage import awards, erasures, ledger, members, receipts, terms
from tokenpoints.storage.database import Session


@dataclass(frozen=True, slots=True)
class ExpectedAward:
    """An award of a receipt, as it stands when the receipt is sent."""

    id: str
    rule_id: int
    points_expected: int
    status: AwardStatus


@dataclass(frozen=True, slots=True)
class RecordedReceipt:
    """A receipt that is recorded, now or by an earlier call with the same body."""

    id: str
    reference: str
    member: Member
    replayed: bool
    awards: list[ExpectedAward]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A draft with its member and the hash of its canonical body."""

    draft: Draft
    member: Member
    body_hash: Hash32


async def record(
    session: Session, program: Program, drafts: Sequence[Draft], *, now: datetime
) -> list[RecordedReceipt]:
    """Record receipts, all or none, in the order given.

    Raises FaultyReceipts, DuplicateReferences, UnknownMember, ReferenceConflict, RuleNotIndexed; and
    IntegrityError where another session records one of them at the same time: then do it again.
    """
    _check(program, drafts, now)
    prepared = await _prepare(session, program, drafts)
    known = await receipts.by_references(session, program.slug, [draft.reference for draft in drafts])
    differing = [
        item
        for item in prepared
        if (old := known.get(item.draft.reference)) is not None and old.body_hash != item.body_hash
    ]
    conflicts = [item.draft.reference for item in await _not_merged(session, program, differing, known)]
    conflicts += await erasures.erased_among(
        session, program.slug, [item.draft.reference for item in prepared if item.draft.reference not in known]
    )
    if conflicts:
        raise ReferenceConflict(conflicts)
    earlier = await awards_of_receipts(session, [receipt.seq for receipt in known.values()])
    added = await _add(session, program, [item for item in prepared if item.draft.reference not in known], now)
    return [
        _replayed(known[item.draft.reference], item.member, earlier)
        if item.draft.reference in known
        else added[item.draft.reference]
        for item in prepared
    ]


async def receipt_with_id(session: Session, program: Program, receipt_id: str) -> tuple[Receipt, str, list[Award]]:
    """A receipt, its member's id and its awards. Raises UnknownReceipt."""
    found = await receipts.with_id(session, program.slug, receipt_id)
    if found is None:
        raise UnknownReceipt(receipt_id)
    receipt, member_id = found
    return receipt, member_id, (await awards_of_receipts(session, [receipt.seq])).get(receipt.seq, [])


def _check(program: Program, drafts: Sequence[Draft], now: datetime) -> None:
    faults = [
        (index, field, why) for index, draft in enumerate(drafts) for field, why in faults_of(draft, program, now)
    ]
    if faults:
        raise FaultyReceipts(faults)
    counts = Counter(draft.reference for draft in drafts)
    if len(counts) < len(drafts):
        raise DuplicateReferences([reference for reference, count in counts.items() if count > 1])


async def _prepare(session: Session, program: Program, drafts: Sequence[Draft]) -> list[_Prepared]:
    by_id = await members.by_ids(session, program.slug, _distinct(draft.member_id for draft in drafts))
    by_customer_id = await members.by_customer_ids(
        session, program.slug, _distinct(draft.customer_id for draft in drafts)
    )
    prepared, unknown = [], []
    for draft in drafts:
        if draft.member_id is not None:
            member = by_id.get(draft.member_id)
        else:
            member = by_customer_id.get(draft.customer_id or "")
        if member is None:
            unknown.append(draft.member_id or draft.customer_id or "")
        else:
            prepared.append(_Prepared(draft, member, _hash_of(program, draft, member)))
    if unknown:
        raise UnknownMember(list(dict.fromkeys(unknown)))
    leaving = await erasures.leaving_among(session, program.slug, [item.member for item in prepared])
    if leaving:
        raise MemberLeaving(leaving)
    return prepared


async def _not_merged(
    session: Session, program: Program, differing: Sequence[_Prepared], known: Mapping[str, Receipt]
) -> list[_Prepared]:
    """Those that are not the same receipt of somebody who became the member since: its body names that account."""
    left = []
    for item in differing:
        old = known[item.draft.reference]
        then = next(
            (each for each in await members.merged_into(session, item.member.seq) if each.seq == old.member_seq), None
        )
        if then is None or _hash_of(program, item.draft, then) != old.body_hash:
            left.append(item)
    return left


def _hash_of(program: Program, draft: Draft, member: Member) -> Hash32:
    body = canonical_body(
        program=program.slug,
        reference=draft.reference,
        account=member.account,
        kind=draft.kind,
        amount=draft.amount,
        currency=program.currency.code,
        occurred_at=draft.occurred_at,
        store=draft.store,
    )
    return body_hash(body)


async def _add(
    session: Session, program: Program, prepared: Sequence[_Prepared], now: datetime
) -> dict[str, RecordedReceipt]:
    rules = await _rules_of(session, program, {item.draft.kind for item in prepared})
    tiers = await _tiers_of(session, program, [item.member.account for item in prepared], rules.values(), now)
    moment = Moment(
        now=int(now.timestamp()),
        look_back_seconds=program.look_back_seconds,
        end_announced_at=None,
        versions={rule.id: versions for rule, versions in rules.values()},
    )
    rows: list[dict[str, Any]] = [
        {
            "id": new_id("rcp"),
            "program": program.slug,
            "reference": item.draft.reference,
            "member_seq": item.member.seq,
            "kind": item.draft.kind.value,
            "amount": item.draft.amount,
            "occurred_at": item.draft.occurred_at,
            "body_hash": item.body_hash,
            "received_at": now,
            "store": item.draft.store,
        }
        for item in prepared
    ]
    await receipts.add(session, rows)
    award_rows: list[dict[str, Any]] = []
    added: dict[str, RecordedReceipt] = {}
    for item, row in zip(prepared, rows, strict=True):
        expected = []
        found = rules.get(item.draft.kind)
        if found is not None:
            rule, versions = found
            version = version_at(versions, moment.counted_at(int(item.draft.occurred_at.timestamp())))
            points = version.terms.points_for(item.draft.amount, tiers.get(item.member.account, 0))
            if points > 0:
                award_id = new_id("awd")
                award_rows.append(
                    {
                        "id": award_id,
                        "program": program.slug,
                        "receipt_id": row["id"],
                        "member_seq": item.member.seq,
                        "rule_id": rule.id,
                        "units": item.draft.amount,
                        "points_expected": points,
                        "created_at": now,
                    }
                )
                expected.append(ExpectedAward(award_id, rule.id, points, AwardStatus.PENDING))
        added[item.draft.reference] = RecordedReceipt(row["id"], item.draft.reference, item.member, False, expected)
    await awards.add(session, award_rows)
    return added


_Rule = tuple[ProgramRule, list[RuleVersion]]


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


def _replayed(receipt: Receipt, member: Member, earlier: dict[int, list[Award]]) -> RecordedReceipt:
    expected = [
        ExpectedAward(award.record.id, award.record.rule_id, award.record.points_expected, award.status)
        for award in earlier.get(receipt.seq, [])
    ]
    return RecordedReceipt(receipt.id, receipt.reference, member, True, expected)


def _distinct(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value is not None))
