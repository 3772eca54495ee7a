"""Referrals: both members are credited once the friend has bought something for the first time.

The referrer's award is of the referral's receipt, the friend's of the purchase: each leads to what the member did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.ids import new_id
from tokenpoints.domain.programs import Program, ReceiptKind
from tokenpoints.domain.types import Address
from tokenpoints.earning.expecting import ExpectedAward, Expecting
from tokenpoints.earning.intake import Draft
from tokenpoints.errors import FaultyReceipts
from tokenpoints.storage import members, receipts, referrals
from tokenpoints.storage.database import Session

_AwardWithRow = tuple[ExpectedAward, dict[str, Any]]


async def check_friends(session: Session, new: Sequence[tuple[int, ReceiptKind, Member, Member | None]]) -> None:
    """Whether the friends of these receipts, each with its index in the call, are new. Raises FaultyReceipts."""
    friends = [friend.seq for _, _, _, friend in new if friend is not None]
    if not friends:
        return
    bought = set(await receipts.purchase_counts(session, friends))
    brought = await referrals.of_friends(session, friends)
    faults: list[tuple[int, str, str]] = []
    for index, kind, member, friend in new:
        if kind is ReceiptKind.PURCHASE:
            bought.add(member.seq)
        if friend is None:
            continue
        if friend.seq == member.seq:
            faults.append((index, "friend", "is the member who refers"))
        elif friend.seq in bought:
            faults.append((index, "friend", "has bought something before, and is not new"))
        elif friend.seq in brought:
            faults.append((index, "friend", "was referred before"))
        brought.add(friend.seq)
    if faults:
        raise FaultyReceipts(faults)


@dataclass(frozen=True, slots=True)
class _Credit:
    """A referral that a purchase completes."""

    referral_seq: int
    referral_occurred_at: datetime
    referrer: Member
    friend: Member
    purchase_seq: int
    purchase: Draft


@dataclass(frozen=True, slots=True)
class Referring:
    """What the referrals come to that receipts begin or complete."""

    credits: dict[str, _Credit] = field(default_factory=dict)
    """By the purchase's reference."""

    @classmethod
    async def of(
        cls,
        session: Session,
        program: Program,
        recorded: Sequence[tuple[Draft, Member, Member | None, int]],
        now: datetime,
    ) -> Self:
        """Keep what new receipts, each with its member, its friend and its `seq`, begin or complete."""
        for _, _, friend, receipt_seq in recorded:
            if friend is not None:
                await referrals.add(session, receipt_seq=receipt_seq, friend_seq=friend.seq)
        buyers: dict[int, list[tuple[Draft, Member, int]]] = {}
        for draft, member, _, receipt_seq in recorded:
            if draft.kind is ReceiptKind.PURCHASE:
                buyers.setdefault(member.seq, []).append((draft, member, receipt_seq))
        waiting = await referrals.open_for(session, list(buyers))
        if not waiting:
            return cls()
        counts = await receipts.purchase_counts(session, list(waiting))
        referrers = await members.by_seqs(session, [each.referrer_seq for each in waiting.values()])
        credits: dict[str, _Credit] = {}
        for friend_seq, referral in waiting.items():
            draft, friend, purchase_seq = buyers[friend_seq][0]
            # The friend was new when the referral came; if a purchase came in between, or was made before, it is void.
            is_credited = counts[friend_seq] == len(buyers[friend_seq]) and draft.occurred_at >= referral.occurred_at
            waited = await referrals.close(
                session, referral.receipt_seq, purchase_seq=purchase_seq, is_credited=is_credited
            )
            if is_credited and waited:
                credits[draft.reference] = _Credit(
                    referral_seq=referral.receipt_seq,
                    referral_occurred_at=referral.occurred_at,
                    referrer=referrers[referral.referrer_seq],
                    friend=friend,
                    purchase_seq=purchase_seq,
                    purchase=draft,
                )
        return cls(credits)

    @property
    def kinds(self) -> set[ReceiptKind]:
        """Whose rules are asked for."""
        return {ReceiptKind.REFERRAL} if self.credits else set()

    @property
    def accounts(self) -> list[Address]:
        return [credit.referrer.account for credit in self.credits.values()]

    def credited_by(self, reference: str) -> list[str]:
        """The ids of other members that a receipt has credited."""
        return [self.credits[reference].referrer.id] if reference in self.credits else []

    def awards_of(self, reference: str, expected: Expecting) -> tuple[list[_AwardWithRow], list[_AwardWithRow]]:
        """The friend's award and the referrer's that come with a purchase."""
        credit = self.credits.get(reference)
        if credit is None:
            return [], []
        units = credit.purchase.amount
        own = expected.award(
            new_id("awd"),
            ReceiptKind.REFERRAL,
            credit.friend,
            receipt_seq=credit.purchase_seq,
            occurred_at=credit.purchase.occurred_at,
            units=units,
        )
        referrer = expected.award(
            new_id("awd"),
            ReceiptKind.REFERRAL,
            credit.referrer,
            receipt_seq=credit.referral_seq,
            occurred_at=credit.referral_occurred_at,
            units=units,
        )
        return [own] if own else [], [referrer] if referrer else []
