"""What can be asked of a gateway: each call, and what its answer means. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from tokenpoints.domain.adjustments import AdjustmentState
from tokenpoints.domain.clawbacks import ClawbackState
from tokenpoints.domain.entries import AwardStatus

BULK_COUNT_MAX = 10_000

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class ProgramInfo:
    """A program, as far as a sender of receipts needs it."""

    slug: str
    name: str
    symbol: str
    decimals: int
    currency: str
    currency_exponent: int


@dataclass(frozen=True, slots=True)
class MemberInfo:
    """A member, and whether the call made them one."""

    id: str
    customer_id: str
    account: str
    created: bool


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line of a purchase."""

    sku: str
    amount: int
    """Of all pieces, in the currency's smallest unit."""
    quantity: int = 1
    category: str | None = None


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """What happened, to record: a purchase, unless it says something else."""

    reference: str
    customer_id: str
    """Of a referral, the referrer."""
    amount: int
    """In the currency's smallest unit; 0 where nothing was paid."""
    occurred_at: str
    """RFC 3339."""
    kind: str = "purchase"
    lines: Sequence[NewLine] = ()
    redemptions: Sequence[int] = ()
    friend: str | None = None
    """Of a referral: a customer id."""
    subject: str | None = None
    store: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class NewRefund:
    """What of a receipt is given back: pieces by line number, an amount, or with neither all that is left."""

    reference: str
    lines: Mapping[int, int] | None = None
    amount: int | None = None
    redemptions: Sequence[int] | None = None
    occurred_at: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RefundInfo:
    """A refund, and how far it is that points go back."""

    id: str
    reference: str
    amount: int
    state: ClawbackState
    points_due: int | None
    """None until the awards are final."""
    points_taken: int
    points_short: int | None
    """None until it is done."""


@dataclass(frozen=True, slots=True)
class NewAdjustment:
    """Points to give, or below 0 to take, by hand."""

    reference: str
    customer_id: str
    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class AdjustmentInfo:
    """An adjustment, and how far it is."""

    id: str
    reference: str
    points: int
    state: AdjustmentState
    points_taken: int
    points_short: int | None


@dataclass(frozen=True, slots=True)
class AwardInfo:
    """An award of a receipt."""

    id: str
    points_expected: int
    status: AwardStatus


@dataclass(frozen=True, slots=True)
class ReceiptInfo:
    """A recorded receipt."""

    id: str
    reference: str
    member_id: str
    replayed: bool
    awards: list[AwardInfo]


@dataclass(frozen=True, slots=True)
class AwardCounts:
    """A program's awards by status."""

    pending: int
    confirmed: int
    finalized: int
    refused: int
    dead: int
    refused_by_reason: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class QuoteInfo:
    """What a conversion would do. Points are base units, the settlement that of its token."""

    burned: int
    minted: int
    settlement: int
    rate: Fraction
    """Minted for each one burned."""
    left_over: int
    """Of the points asked for: they stay with the member."""
    hindrance: str | None
    """Why it would be refused now."""
    expires_at: str | None
    """Until then the rate holds. Nothing is reserved."""
    block_number: int


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """One request, and how its answer is read."""

    method: str
    path: str
    read: Callable[[Any], Answer]
    body: object = None

    @property
    def writes(self) -> bool:
        """Whether it changes anything: then it has a key, under which it happens once."""
        return self.method != "GET"


def program(slug: str) -> Call[ProgramInfo]:
    """A program."""

    def read(found: Any) -> ProgramInfo:
        return ProgramInfo(
            slug=found["slug"],
            name=found["name"],
            symbol=found["symbol"],
            decimals=found["decimals"],
            currency=found["currency"]["code"],
            currency_exponent=found["currency"]["exponent"],
        )

    return Call("GET", path_of(slug), read)


def enrol(slug: str, customer_ids: Sequence[str]) -> Call[list[MemberInfo]]:
    """Make up to 10,000 customers members; those who are already stay as they are."""

    def read(answer: Any) -> list[MemberInfo]:
        return [_member(found) for found in answer["members"]]

    return Call("POST", path_of(slug, "members", "bulk"), read, {"customer_ids": list(customer_ids)})


def find_member(slug: str, customer_id: str) -> Call[MemberInfo | None]:
    """The member with a customer id; of whoever was merged, the one that they became."""

    def read(answer: Any) -> MemberInfo | None:
        found = answer["members"]
        return _member(found[0]) if found else None

    return Call("GET", f"{path_of(slug, 'members')}?customer_id={_part(customer_id)}", read)


def merge(slug: str, member_id: str, into_id: str) -> Call[dict[str, Any]]:
    """Make a member another one. Asked again, it moves the points that came later."""
    return Call("POST", path_of(slug, "members", member_id, "merge"), _whole, {"into": into_id})


def erase(slug: str, member_id: str, *, dry_run: bool = False) -> Call[dict[str, Any]]:
    """Erase a person. The answer tells what stays."""
    return Call("POST", path_of(slug, "members", member_id, "erasure") + ("?dry_run=true" if dry_run else ""), _whole)


def erasure(slug: str, erasure_id: str) -> Call[dict[str, Any]]:
    """How far an erasure is."""
    return Call("GET", path_of(slug, "erasures", erasure_id), _whole)


def export(slug: str, member_id: str) -> Call[dict[str, Any]]:
    """Everything that is known of one person."""
    return Call("GET", path_of(slug, "members", member_id, "export.json"), _whole)


def record(slug: str, receipts: Sequence[NewReceipt]) -> Call[list[ReceiptInfo]]:
    """Record up to 10,000 receipts of members, all or none."""
    body = {"receipts": [_sent(receipt) for receipt in receipts]}
    return Call("POST", path_of(slug, "receipts", "bulk"), lambda answer: list(map(_receipt, answer["receipts"])), body)


def refund(slug: str, receipt_id: str, refund: NewRefund) -> Call[RefundInfo]:
    """Give back what was bought, whole or by line."""
    lines = refund.lines
    body = {
        "reference": refund.reference,
        "lines": None if lines is None else [{"line": line, "quantity": count} for line, count in lines.items()],
        "amount": refund.amount,
        "redemptions": None if refund.redemptions is None else list(refund.redemptions),
        "occurred_at": refund.occurred_at,
        "reason": refund.reason,
    }
    return Call("POST", path_of(slug, "receipts", receipt_id, "refunds"), _refund, _said(body))


def refunds(slug: str, receipt_id: str) -> Call[list[RefundInfo]]:
    """The refunds of a receipt, and how far each is."""
    return Call("GET", path_of(slug, "receipts", receipt_id), lambda found: list(map(_refund, found["refunds"])))


def adjust(slug: str, adjustment: NewAdjustment) -> Call[AdjustmentInfo]:
    """Give or take points by hand."""
    body = {
        "reference": adjustment.reference,
        "customer_id": adjustment.customer_id,
        "points": adjustment.points,
        "reason": adjustment.reason,
    }
    return Call("POST", path_of(slug, "adjustments"), _adjustment, body)


def adjustment(slug: str, adjustment_id: str) -> Call[AdjustmentInfo]:
    """One adjustment, and how far it is."""
    return Call("GET", path_of(slug, "adjustments", adjustment_id), _adjustment)


def decide_adjustment(slug: str, adjustment_id: str, *, approve: bool) -> Call[AdjustmentInfo]:
    """Approve or reject an adjustment that another API key asked for."""
    return Call("POST", path_of(slug, "adjustments", adjustment_id, "approve" if approve else "reject"), _adjustment)


def award_status(slug: str, award_id: str) -> Call[AwardStatus]:
    """How far one award has come."""
    return Call("GET", path_of(slug, "awards", award_id), lambda found: AwardStatus(found["status"]))


def award_counts(slug: str) -> Call[AwardCounts]:
    """A program's awards by status."""

    def read(found: Any) -> AwardCounts:
        return AwardCounts(
            pending=found["pending"],
            confirmed=found["confirmed"],
            finalized=found["finalized"],
            refused=found["refused"],
            dead=found["dead"],
            refused_by_reason=found["refused_by_reason"],
        )

    return Call("GET", path_of(slug, "awards", "summary"), read)


def plan(method: str, path: str, body: object = None) -> Call[dict[str, Any]]:
    """What a change on the chain would do: the answer to its dry run. Nothing is written."""
    return Call(method, f"{path}?dry_run=true", _whole, body)


def operate(method: str, path: str, body: object = None) -> Call[dict[str, Any]]:
    """Ask for a change on the chain."""
    return Call(method, path, _whole, body)


def operation(slug: str, operation_id: str) -> Call[dict[str, Any]]:
    """One operation, and how far it is."""
    return Call("GET", path_of(slug, "operations", operation_id), _whole)


def operations(slug: str, *, state: str | None = None, limit: int = 50) -> Call[list[dict[str, Any]]]:
    """The newest operations of a program."""

    def read(answer: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = answer["operations"]
        return found

    query = f"limit={limit}" + ("" if state is None else f"&state={_part(state)}")
    return Call("GET", f"{path_of(slug, 'operations')}?{query}", read)


def cancel_operation(slug: str, operation_id: str) -> Call[dict[str, Any]]:
    """Keep an operation from being made."""
    return Call("DELETE", path_of(slug, "operations", operation_id), _whole)


def _member(found: Any) -> MemberInfo:
    return MemberInfo(found["id"], found["customer_id"], found["account"], found.get("created", False))


def _sent(receipt: NewReceipt) -> dict[str, Any]:
    member = {"customer_id": receipt.customer_id}
    body: dict[str, Any] = {
        "reference": receipt.reference,
        **(member if receipt.friend is None else {"referrer": member, "friend": {"customer_id": receipt.friend}}),
        "kind": receipt.kind,
        "amount": receipt.amount or None,
        "occurred_at": receipt.occurred_at,
        "lines": [_said(_line(line)) for line in receipt.lines] or None,
        "redemptions": list(receipt.redemptions) or None,
        "subject": receipt.subject,
        "store": receipt.store,
        "channel": receipt.channel,
    }
    # A purchase without an amount is refused as that.
    return _said(body) | ({"amount": 0} if receipt.kind == "purchase" and not receipt.amount else {})


def _line(line: NewLine) -> dict[str, Any]:
    return {"sku": line.sku, "quantity": line.quantity, "amount": line.amount, "category": line.category}


def _said(body: dict[str, Any]) -> dict[str, Any]:
    """Without what is not said."""
    return {name: value for name, value in body.items() if value is not None}


def _refund(found: Any) -> RefundInfo:
    return RefundInfo(
        id=found["id"],
        reference=found["reference"],
        amount=found["amount"],
        state=ClawbackState(found["state"]),
        points_due=_number(found["points_due"]),
        points_taken=int(found["points_taken"]),
        points_short=_number(found["points_short"]),
    )


def _adjustment(found: Any) -> AdjustmentInfo:
    return AdjustmentInfo(
        id=found["id"],
        reference=found["reference"],
        points=int(found["points"]),
        state=AdjustmentState(found["state"]),
        points_taken=int(found["points_taken"]),
        points_short=_number(found["points_short"]),
    )


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def partners(slug: str, *, limit: int = 20) -> Call[list[dict[str, Any]]]:
    """Programs with which agreements can be made, and the rates that they posted."""

    def read(answer: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = answer["partners"]
        return found

    return Call("GET", f"{path_of(slug, 'partners')}?limit={limit}", read)


def agreements(slug: str, *, limit: int = 50) -> Call[list[dict[str, Any]]]:
    """The newest agreements of a program, as both sides have them."""

    def read(answer: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = answer["agreements"]
        return found

    return Call("GET", f"{path_of(slug, 'agreements')}?limit={limit}", read)


def agreement(slug: str, agreement_id: str, *, counterpart: str | None = None) -> Call[dict[str, Any]]:
    """One agreement; `counterpart` is the exchange of a program that the gateway does not serve."""
    query = "" if counterpart is None else f"?counterpart={_part(counterpart)}"
    return Call("GET", path_of(slug, "agreements", agreement_id) + query, _whole)


def conversion_quote(slug: str, agreement_id: str, points: int) -> Call[QuoteInfo]:
    """What a conversion of so many base units would do now."""

    def read(found: Any) -> QuoteInfo:
        return QuoteInfo(
            burned=int(found["burned"]),
            minted=int(found["minted"]),
            settlement=int(found["settlement"]),
            rate=Fraction(found["rate"]["fraction"]),
            left_over=int(found["rounding"]["left_over"]),
            hindrance=found["hindrance"],
            expires_at=found["expires_at"],
            block_number=found["block_number"],
        )

    return Call("GET", f"{path_of(slug, 'agreements', agreement_id, 'quote')}?points={points}", read)


def settlement(slug: str, agreement_id: str) -> Call[dict[str, Any]]:
    """Where everything with the partner of an agreement stands."""
    return Call("GET", path_of(slug, "agreements", agreement_id, "settlement"), _whole)


def agreement_statement(slug: str, agreement_id: str, month: str) -> Call[dict[str, Any]]:
    """A month, such as 2026-11, of an agreement."""
    at = path_of(slug, "agreements", agreement_id, "statement.json")
    return Call("GET", f"{at}?month={_part(month)}", _whole)


def _receipt(found: Any) -> ReceiptInfo:
    return ReceiptInfo(
        id=found["id"],
        reference=found["reference"],
        member_id=found["member"],
        replayed=found["replayed"],
        awards=[
            AwardInfo(award["id"], int(award["points_expected"]), AwardStatus(award["status"]))
            for award in found["awards"]
        ],
    )


def _whole(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = answer
    return found


def path_of(slug: str, *parts: str) -> str:
    """Of something of a program."""
    return "/".join(["/v1/programs", *map(_part, (slug, *parts))])


def _part(text: str) -> str:
    return quote(text, safe="")
