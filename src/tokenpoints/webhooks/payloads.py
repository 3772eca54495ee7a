"""What a message says: JSON as Standard Webhooks has it, with a type, a time and data."""

from __future__ import annotations

from base64 import b32encode
from enum import IntEnum
from hashlib import sha256
from typing import Any

import orjson
from eth_utils.address import to_checksum_address

from tokenpoints.domain.entries import ClawbackReason, EntryType, FreezeReason
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.rules import RefusalReason
from tokenpoints.domain.types import Address, hex_of
from tokenpoints.domain.webhooks import Event, EventType

_DIGEST_BYTES = 20


def message_id(endpoint_id: str, event: Event) -> str:
    """Follows from the endpoint and the place on the chain, so that no fault can give an event another id."""
    place = b":".join(
        [
            endpoint_id.encode(),
            event.type.encode(),
            event.block_hash,
            str(event.log_index).encode(),
            event.account,
        ]
    )
    return "msg_" + b32encode(sha256(place).digest()[:_DIGEST_BYTES]).decode()


def message_body(event: Event) -> str:
    """The message as it is sent. Points are decimal strings, as everywhere in the API. No personal data."""
    data = _common(event) | (_award(event) if event.type is not EventType.ENTRY_CREATED else {}) | _entry(event)
    return orjson.dumps({"type": event.type, "timestamp": rfc3339(event.occurred_at), "data": data}).decode()


def _common(event: Event) -> dict[str, Any]:
    return {
        "program": event.program,
        "member": event.member_id,
        "account": _address(event.account),
        "block_number": event.block_number,
        "transaction_hash": None if event.transaction_hash is None else hex_of(event.transaction_hash),
        "log_index": event.log_index,
    }


def _award(event: Event) -> dict[str, Any]:
    return {
        "award": event.award_id,
        "receipt": event.receipt_id,
        "reference": event.reference,
        "rule": event.rule_id,
        "rule_version": event.rule_version,
        "batch_number": event.batch_number,
        "batch_position": event.batch_position,
        "points_expected": _points(event.points_expected),
    }


def _entry(event: Event) -> dict[str, Any]:
    if event.entry_type is None:
        return {"refusal": _name(RefusalReason, event.reason)}
    shown = {
        "entry": f"{event.block_number}-{'expiry' if event.log_index is None else event.log_index}",
        "entry_type": event.entry_type,
        "amount": _points(event.amount),
        "balance_after": _points(event.balance_after),
        "tier_after": event.tier_after,
        "counterparty": None if event.counterparty is None else _address(event.counterparty),
    }
    match event.entry_type:
        case EntryType.CLAWBACK:
            shown["reason"] = _name(ClawbackReason, event.reason)
        case EntryType.FREEZE:
            shown["reason"] = _name(FreezeReason, event.reason)
    return shown


def _points(amount: int | None) -> str | None:
    return None if amount is None else str(amount)


def _address(address: Address) -> str:
    return str(to_checksum_address(address))


def _name(reasons: type[IntEnum], reason: int | None) -> str | None:
    """A number that this version does not know stays a number."""
    if reason is None:
        return None
    return reasons(reason).name.lower() if reason in list(reasons) else f"reason_{reason}"
