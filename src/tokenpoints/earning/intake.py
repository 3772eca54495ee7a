"""What a receipt must be like to be recorded. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from tokenpoints.domain.accounts import is_identifier
from tokenpoints.domain.programs import Program, ReceiptKind
from tokenpoints.domain.receipts import CLOCK_SKEW_MAX, OCCURRED_MIN, Details
from tokenpoints.domain.rules import UNITS_MAX

PAID_KINDS = frozenset({ReceiptKind.PURCHASE, ReceiptKind.DONATION})
"""Those with an amount."""
_DETAILS = {
    "lines": frozenset({ReceiptKind.PURCHASE, ReceiptKind.REFUND}),
    "redemptions": frozenset({ReceiptKind.PURCHASE, ReceiptKind.REFUND}),
    "subject": frozenset({ReceiptKind.SURVEY, ReceiptKind.REVIEW, ReceiptKind.SOCIAL, ReceiptKind.DONATION}),
}
"""What goes with which kinds."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A receipt as somebody sends it. Exactly one of `member_id` and `customer_id` is given."""

    reference: str
    member_id: str | None
    customer_id: str | None
    kind: ReceiptKind
    amount: int
    currency: str | None
    occurred_at: datetime
    store: str | None = None
    channel: str | None = None
    """What sent it; no part of the receipt."""
    details: Details = field(default_factory=dict)
    friend_member_id: str | None = None
    friend_customer_id: str | None = None
    """Of a referral, exactly one of the two."""


def faults_of(draft: Draft, program: Program, now: datetime) -> Iterator[tuple[str, str]]:
    """Each field that cannot be meant like this, and why."""
    if not is_identifier(draft.reference):
        yield "reference", "must be 1 to 128 printable characters without outer blanks"
    if (draft.member_id is None) == (draft.customer_id is None):
        yield "member", "or customer_id must be given, and not both"
    if draft.kind in PAID_KINDS and not 1 <= draft.amount <= UNITS_MAX:
        yield "amount", f"must be from 1 to {UNITS_MAX}"
    if draft.kind not in PAID_KINDS and draft.amount:
        yield "amount", f"goes with {' and '.join(sorted(PAID_KINDS))}"
    if draft.kind is ReceiptKind.REFERRAL and (draft.friend_member_id is None) == (draft.friend_customer_id is None):
        yield "friend", "must be named by exactly one of member and customer_id"
    for name, kinds in _DETAILS.items():
        if name in draft.details and draft.kind not in kinds:
            yield name, f"goes with {' and '.join(sorted(kinds))}"
    lines = draft.details.get("lines", []) if draft.kind is ReceiptKind.PURCHASE else []
    if lines and sum(line["amount"] for line in lines) != draft.amount:
        yield "lines", f"add up to {sum(line['amount'] for line in lines)}, and the amount is {draft.amount}"
    if draft.currency is not None and draft.currency != program.currency.code:
        yield "currency", f"must be the program's, {program.currency.code}"
    if draft.occurred_at < OCCURRED_MIN:
        yield "occurred_at", "must not be before 1970"
    elif draft.occurred_at > now + CLOCK_SKEW_MAX:
        yield "occurred_at", "must not be more than a day in the future"
