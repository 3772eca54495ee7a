"""Receipts: what happened in the shop, and the bytes that stand for it.

The canonical body decides whether two receipts under one reference are the same, and it is what
the chain commits to. It is JSON with its keys sorted, no blanks and no escapes beyond what JSON
needs, in UTF-8:

    {"account":"0x…","amount":1177,"currency":"USD","kind":"purchase",
     "occurred_at":"1997-01-01T00:00:00Z","program":"demo","reference":"…"}

`account` is lower-case hex; `amount` counts the currency's smallest unit, and is 0 where nothing was paid;
`occurred_at` is RFC 3339 in UTC, with six decimals where the second is not whole. A receipt that names its store has
`store` too, and what else its kind has is there under its own names (`details`). Its SHA-256 is the body hash. The
channel that it came by is not in it.

A batch never carries the body hash itself, since bodies are easy to guess. It carries the receipt
hash: keccak-256 of the member's salt and the body hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.programs import ReceiptKind
from tokenpoints.domain.types import Address, Hash32, hex_of

OCCURRED_MIN = datetime(1970, 1, 1, tzinfo=UTC)
CLOCK_SKEW_MAX = timedelta(days=1)
"""How far in the future a shop's clock may be."""
CHANNELS_APART_MAX = timedelta(minutes=10)
"""How far apart two channels may say that the same thing occurred."""

Details = Mapping[str, Any]


def once_key_of(kind: ReceiptKind, member_seq: int, year: int | None = None) -> str:
    """Names what counts once for a member, or once a calendar year."""
    return " ".join([kind, str(member_seq), *([] if year is None else [str(year)])])


def handed_over(once_key: str, member_seq: int) -> str:
    """The same for another member."""
    kind, _, *year = once_key.split(" ")
    return " ".join([kind, str(member_seq), *year])


"""What only some kinds have, as JSON: `lines`, `redemptions`, `subject`, `friend`, `points`, `reason`, `refunds`."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A recorded receipt."""

    seq: int
    id: str
    program: str
    reference: str
    member_seq: int
    kind: ReceiptKind
    amount: int
    """In the currency's smallest unit."""
    occurred_at: datetime
    body_hash: Hash32
    received_at: datetime
    store: str | None
    channel: str | None = None
    """What sent it, such as the till or the web shop."""
    details: Details = field(default_factory=dict)


def canonical_body(
    *,
    program: str,
    reference: str,
    account: Address,
    kind: ReceiptKind,
    amount: int,
    currency: str,
    occurred_at: datetime,
    store: str | None = None,
    details: Details | None = None,
) -> bytes:
    """The canonical body, as described above."""
    body: dict[str, Any] = {
        **(details or {}),
        "account": hex_of(account),
        "amount": amount,
        "currency": currency,
        "kind": kind.value,
        "occurred_at": rfc3339(occurred_at),
        "program": program,
        "reference": reference,
    }
    if store is not None:
        body["store"] = store
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def body_hash(body: bytes) -> Hash32:
    """SHA-256 of a canonical body."""
    return Hash32(hashlib.sha256(body).digest())


def receipt_hash(body_hash: Hash32, salt: bytes) -> Hash32:
    """`keccak256(salt ‖ body_hash)`: what a batch says of a receipt, with the salt of its member."""
    return Hash32(keccak(salt + body_hash))
