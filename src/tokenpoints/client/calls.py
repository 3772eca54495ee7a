"""What can be asked of a gateway: each call, and what its answer means. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Generic, TypeVar
from urllib.parse import quote

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
class NewReceipt:
    """A purchase to record."""

    reference: str
    customer_id: str
    amount: int
    """In the currency's smallest unit."""
    occurred_at: str
    """RFC 3339."""


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

    return Call("GET", _of(slug), read)


def enrol(slug: str, customer_ids: Sequence[str]) -> Call[list[MemberInfo]]:
    """Make up to 10,000 customers members; those who are already stay as they are."""

    def read(answer: Any) -> list[MemberInfo]:
        return [
            MemberInfo(found["id"], found["customer_id"], found["account"], found["created"])
            for found in answer["members"]
        ]

    return Call("POST", _of(slug, "members", "bulk"), read, {"customer_ids": list(customer_ids)})


def record(slug: str, receipts: Sequence[NewReceipt]) -> Call[list[ReceiptInfo]]:
    """Record up to 10,000 purchases of members, all or none."""
    body = {
        "receipts": [
            {
                "reference": receipt.reference,
                "customer_id": receipt.customer_id,
                "kind": "purchase",
                "amount": receipt.amount,
                "occurred_at": receipt.occurred_at,
            }
            for receipt in receipts
        ]
    }
    return Call("POST", _of(slug, "receipts", "bulk"), lambda answer: list(map(_receipt, answer["receipts"])), body)


def award_status(slug: str, award_id: str) -> Call[AwardStatus]:
    """How far one award has come."""
    return Call("GET", _of(slug, "awards", award_id), lambda found: AwardStatus(found["status"]))


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

    return Call("GET", _of(slug, "awards", "summary"), read)


def plan(method: str, path: str, body: object = None) -> Call[dict[str, Any]]:
    """What a change on the chain would do: the answer to its dry run. Nothing is written."""
    return Call(method, f"{path}?dry_run=true", _whole, body)


def operate(method: str, path: str, body: object = None) -> Call[dict[str, Any]]:
    """Ask for a change on the chain."""
    return Call(method, path, _whole, body)


def operation(slug: str, operation_id: str) -> Call[dict[str, Any]]:
    """One operation, and how far it is."""
    return Call("GET", _of(slug, "operations", operation_id), _whole)


def operations(slug: str, *, state: str | None = None, limit: int = 50) -> Call[list[dict[str, Any]]]:
    """The newest operations of a program."""

    def read(answer: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = answer["operations"]
        return found

    query = f"limit={limit}" + ("" if state is None else f"&state={_part(state)}")
    return Call("GET", f"{_of(slug, 'operations')}?{query}", read)


def cancel_operation(slug: str, operation_id: str) -> Call[dict[str, Any]]:
    """Keep an operation from being made."""
    return Call("DELETE", _of(slug, "operations", operation_id), _whole)


def partners(slug: str, *, limit: int = 20) -> Call[list[dict[str, Any]]]:
    """Programs with which agreements can be made, and the rates that they posted."""

    def read(answer: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = answer["partners"]
        return found

    return Call("GET", f"{_of(slug, 'partners')}?limit={limit}", read)


def agreements(slug: str, *, limit: int = 50) -> Call[list[dict[str, Any]]]:
    """The newest agreements of a program, as both sides have them."""

    def read(answer: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = answer["agreements"]
        return found

    return Call("GET", f"{_of(slug, 'agreements')}?limit={limit}", read)


def agreement(slug: str, agreement_id: str, *, counterpart: str | None = None) -> Call[dict[str, Any]]:
    """One agreement; `counterpart` is the exchange of a program that the gateway does not serve."""
    query = "" if counterpart is None else f"?counterpart={_part(counterpart)}"
    return Call("GET", _of(slug, "agreements", agreement_id) + query, _whole)


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

    return Call("GET", f"{_of(slug, 'agreements', agreement_id, 'quote')}?points={points}", read)


def settlement(slug: str, agreement_id: str) -> Call[dict[str, Any]]:
    """Where everything with the partner of an agreement stands."""
    return Call("GET", _of(slug, "agreements", agreement_id, "settlement"), _whole)


def agreement_statement(slug: str, agreement_id: str, month: str) -> Call[dict[str, Any]]:
    """A month, such as 2026-11, of an agreement."""
    at = _of(slug, "agreements", agreement_id, "statement.json")
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


def _of(slug: str, *parts: str) -> str:
    return "/".join(["/v1/programs", *map(_part, (slug, *parts))])


def _part(text: str) -> str:
    return quote(text, safe="")
