"""Recording receipts, and the awards they earn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.ids import new_ids
from tokenpoints.domain.programs import Program, ReceiptKind
from tokenpoints.domain.receipts import Receipt
from tokenpoints.domain.types import Hash32, hex_of
from tokenpoints.earning.awards import Award, awards_of_receipts
from tokenpoints.earning.expecting import ExpectedAward, expecting
from tokenpoints.earning.intake import Draft, faults_of
from tokenpoints.earning.once import hash_of, is_same, once_key
from tokenpoints.earning.referring import Referring, check_friends
from tokenpoints.errors import (
    AlreadyCounted,
    DuplicateReferences,
    FaultyReceipts,
    MemberLeaving,
    ReferenceConflict,
    UnknownMember,
    UnknownReceipt,
)
from tokenpoints.storage import awards, erasures, members, receipts
from tokenpoints.storage.database import Session


class WithoutAward(StrEnum):
    """Why a receipt has no award."""

    NO_RULE = "no_rule"
    """The program has no rule for this kind."""
    TOO_SMALL = "too_small"
    AWAITS_PURCHASE = "awaits_purchase"
    """A referral, until the friend buys something."""


@dataclass(frozen=True, slots=True)
class RecordedReceipt:
    """A receipt that is recorded, now or by an earlier call with the same body."""

    id: str
    reference: str
    member: Member
    replayed: bool
    awards: list[ExpectedAward]
    without_award: WithoutAward | None
    credited: list[str] = field(default_factory=list)
    """Other members whose award came with it, by their ids."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft with its members and the hash of its canonical body."""

    draft: Draft
    member: Member
    friend: Member | None
    body_hash: Hash32
    once_key: str | None

    def row(self, id: str, program: str, *, now: datetime) -> dict[str, Any]:
        """As `receipts.add` takes it."""
        return {
            "id": id,
            "program": program,
            "reference": self.draft.reference,
            "member_seq": self.member.seq,
            "kind": self.draft.kind.value,
            "amount": self.draft.amount,
            "occurred_at": self.draft.occurred_at,
            "body_hash": self.body_hash,
            "received_at": now,
            "store": self.draft.store,
            "channel": self.draft.channel,
            "details": receipts.details_text(self.draft.details),
            "once_key": self.once_key,
        }


async def record(
    session: Session, program: Program, drafts: Sequence[Draft], *, now: datetime
) -> list[RecordedReceipt]:
    """Record receipts, all or none, in the order given.

    Raises FaultyReceipts, DuplicateReferences, UnknownMember, ReferenceConflict, AlreadyCounted, RuleNotIndexed; and
    IntegrityError where another session records one of them at the same time: then do it again.
    """
    _check(program, drafts, now)
    prepared = await prepare(session, program, drafts)
    known = await receipts.by_references(session, program.slug, [draft.reference for draft in drafts])
    differing = [
        item
        for item in prepared
        if (old := known.get(item.draft.reference)) is not None and not is_same(old, item.draft, item.member, program)
    ]
    conflicts = [item.draft.reference for item in await _not_merged(session, program, differing, known)]
    conflicts += await erasures.erased_among(
        session, program.slug, [item.draft.reference for item in prepared if item.draft.reference not in known]
    )
    if conflicts:
        raise ReferenceConflict(conflicts)
    new = [(index, item) for index, item in enumerate(prepared) if item.draft.reference not in known]
    await _check_once(session, program, [item for _, item in new])
    await check_friends(session, [(index, item.draft.kind, item.member, item.friend) for index, item in new])
    earlier = await awards_of_receipts(session, [receipt.seq for receipt in known.values()])
    added = await _add(session, program, [item for _, item in new], now)
    return [
        _replayed(program, known[item.draft.reference], item.member, earlier)
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


async def _check_once(session: Session, program: Program, new: Sequence[Prepared]) -> None:
    keyed = [(item.once_key, item.draft.reference) for item in new if item.once_key is not None]
    counted = await receipts.by_once_keys(session, program.slug, [key for key, _ in keyed])
    repeated: dict[str, str] = {}
    for key, reference in keyed:
        if key in counted:
            repeated[reference] = counted[key]
        counted[key] = reference
    if repeated:
        raise AlreadyCounted(repeated)


async def prepare(session: Session, program: Program, drafts: Sequence[Draft]) -> list[Prepared]:
    """The drafts with their members. Raises UnknownMember."""
    named = [(draft.member_id, draft.customer_id) for draft in drafts]
    named += [(draft.friend_member_id, draft.friend_customer_id) for draft in drafts]
    by_id = await members.by_ids(session, program.slug, _distinct(member_id for member_id, _ in named))
    by_customer_id = await members.by_customer_ids(
        session, program.slug, _distinct(customer_id for _, customer_id in named)
    )
    unknown: list[str] = []

    def member_of(member_id: str | None, customer_id: str | None) -> Member | None:
        found = by_id.get(member_id) if member_id is not None else by_customer_id.get(customer_id or "")
        if found is None:
            unknown.append(member_id or customer_id or "")
        return found

    prepared = []
    for draft in drafts:
        friend = None
        if draft.kind is ReceiptKind.REFERRAL:
            friend = member_of(draft.friend_member_id, draft.friend_customer_id)
            if friend is not None:
                draft = replace(draft, details={**draft.details, "friend": hex_of(friend.account)})
        member = member_of(draft.member_id, draft.customer_id)
        if member is not None:
            key = once_key(draft, member, program)
            prepared.append(Prepared(draft, member, friend, hash_of(program, draft, member), key))
    if unknown:
        raise UnknownMember(list(dict.fromkeys(unknown)))
    leaving = await erasures.leaving_among(session, program.slug, [item.member for item in prepared])
    if leaving:
        raise MemberLeaving(leaving)
    return prepared


async def _not_merged(
    session: Session, program: Program, differing: Sequence[Prepared], known: Mapping[str, Receipt]
) -> list[Prepared]:
    """Those that are not the same receipt of somebody who became the member since: its body names that account."""
    left = []
    for item in differing:
        old = known[item.draft.reference]
        then = next(
            (each for each in await members.merged_into(session, item.member.seq) if each.seq == old.member_seq), None
        )
        if then is None or not is_same(old, item.draft, then, program):
            left.append(item)
    return left


async def _add(
    session: Session, program: Program, prepared: Sequence[Prepared], now: datetime
) -> dict[str, RecordedReceipt]:
    ids = new_ids("rcp", len(prepared))
    rows = [item.row(id, program.slug, now=now) for id, item in zip(ids, prepared, strict=True)]
    seqs = await receipts.add(session, rows)
    referring = await Referring.of(
        session,
        program,
        [(item.draft, item.member, item.friend, seq) for item, seq in zip(prepared, seqs, strict=True)],
        now,
    )
    expected = await expecting(
        session,
        program,
        {item.draft.kind for item in prepared} | referring.kinds,
        [*(item.member.account for item in prepared), *referring.accounts],
        now,
    )
    award_rows: list[dict[str, Any]] = []
    added: dict[str, RecordedReceipt] = {}
    award_ids = new_ids("awd", len(prepared))
    for item, seq, receipt_id, award_id in zip(prepared, seqs, ids, award_ids, strict=True):
        draft, member = item.draft, item.member
        found = []
        if draft.kind is not ReceiptKind.REFERRAL and (
            award := expected.award(
                award_id, draft.kind, member, receipt_seq=seq, occurred_at=draft.occurred_at, units=draft.amount
            )
        ):
            found.append(award)
        own, referrer = referring.awards_of(draft.reference, expected)
        found += own
        award_rows += [row for _, row in (*found, *referrer)]
        added[draft.reference] = RecordedReceipt(
            id=receipt_id,
            reference=draft.reference,
            member=member,
            replayed=False,
            awards=[award for award, _ in found],
            without_award=None if found else _why(program, draft.kind),
            credited=referring.credited_by(draft.reference),
        )
    await awards.add(session, award_rows)
    return added


def _why(program: Program, kind: ReceiptKind) -> WithoutAward:
    if program.rule_for(kind) is None:
        return WithoutAward.NO_RULE
    return WithoutAward.AWAITS_PURCHASE if kind is ReceiptKind.REFERRAL else WithoutAward.TOO_SMALL


def _replayed(program: Program, receipt: Receipt, member: Member, earlier: dict[int, list[Award]]) -> RecordedReceipt:
    expected = [
        ExpectedAward(award.record.id, award.record.rule_id, award.record.points_expected, award.status)
        for award in earlier.get(receipt.seq, [])
    ]
    without_award = None if expected else _why(program, receipt.kind)
    return RecordedReceipt(receipt.id, receipt.reference, member, True, expected, without_award)


def _distinct(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value is not None))
