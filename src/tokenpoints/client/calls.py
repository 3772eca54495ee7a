"""What can be asked of a gateway: each call, and what its answer means. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
    return Call("POST", path_of(slug, "receipts", "bulk"), lambda answer: list(map(_receipt, answer["receipts"])), body)


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
