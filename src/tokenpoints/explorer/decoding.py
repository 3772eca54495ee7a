"""Raw input of a transaction, read back into the fields that were sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

from tokenpoints.domain.batches import ENTRY_BYTES
from tokenpoints.domain.types import Address, Hash32

AWARD_SIGNATURE = "award(uint64,(uint32,uint32,uint40,uint40,bytes)[],bytes32)"
_AWARD_SELECTOR = keccak(text=AWARD_SIGNATURE)[:4]
_KNOWN = {
    keccak(text=signature)[:4]: signature
    for signature in (
        AWARD_SIGNATURE,
        "setRule(uint32,(uint40,uint40,uint32,uint32,uint48,uint48,uint48,uint32,uint64,bytes32))",
        "cancelChange(uint32)",
        "setIssuerCap(address,uint48)",
        "setNoticePeriod(uint32)",
        "announceEnd(uint40)",
        "cancelEnd()",
        "pause(uint40)",
        "unpause()",
        "freeze(address,uint8,uint40)",
        "unfreeze(address)",
        "setPartner(address,bool)",
        "openTransfers(uint8)",
        "setContractURI(string)",
        "sweep(address[])",
        "sign((address,uint48,address,uint48,uint48,uint32,uint40,uint40,uint128,address,address,bytes32))",
        "terminate(bytes32)",
        "deposit(bytes32,uint256)",
        "withdraw(bytes32,uint256,address)",
        "convert((address,uint48,address,uint48,uint48,uint32,uint40,uint40,uint128,address,address,bytes32),uint48,address)",
        "collect(address,address)",
        "transfer(address,uint256)",
        "transferFrom(address,address,uint256)",
    )
}


@dataclass(frozen=True, slots=True)
class GroupCall:
    """The entries under one version of one rule."""

    rule_id: int
    version: int
    occurred_from: datetime
    occurred_to: datetime
    entries: list[tuple[Address, int]]
    """(account, units), in order."""


@dataclass(frozen=True, slots=True)
class AwardCall:
    """The arguments of `award`."""

    batch_number: int
    groups: list[GroupCall]
    receipts_root: Hash32

    @property
    def entries(self) -> list[tuple[Address, int]]:
        """(account, units) of all groups, by position."""
        return [entry for group in self.groups for entry in group.entries]


def function_called(selector: bytes | None) -> str | None:
    """The signature behind a selector, where it is one of the programs'."""
    return _KNOWN.get(selector) if selector else None


def award_call(data: bytes) -> AwardCall | None:
    """The call that `data` makes, if it is a well-formed `award`."""
    if data[:4] != _AWARD_SELECTOR:
        return None
    try:
        number, groups, root = decode(["uint64", "(uint32,uint32,uint40,uint40,bytes)[]", "bytes32"], data[4:])
        return AwardCall(number, [_group(*group) for group in groups], Hash32(root))
    except (DecodingError, OverflowError, ValueError):
        return None


def _group(rule_id: int, version: int, occurred_from: int, occurred_to: int, packed: bytes) -> GroupCall:
    """Raises ValueError where it is not well-formed."""
    if len(packed) % ENTRY_BYTES:
        raise ValueError(f"{len(packed)} bytes are no entries")
    items = [packed[at : at + ENTRY_BYTES] for at in range(0, len(packed), ENTRY_BYTES)]
    return GroupCall(
        rule_id,
        version,
        datetime.fromtimestamp(occurred_from, UTC),
        datetime.fromtimestamp(occurred_to, UTC),
        [(Address(item[:20]), int.from_bytes(item[20:], "big")) for item in items],
    )


def quantity(answer: dict[str, Any] | None, name: str) -> int | None:
    """A JSON-RPC quantity; None where it is missing or not one."""
    try:
        value = (answer or {})[name]
        return value if isinstance(value, int) else int(str(value), 16)
    except (KeyError, ValueError):
        return None


def raw_bytes(answer: dict[str, Any] | None, name: str) -> bytes:
    """JSON-RPC data; empty where it is missing or not hex."""
    value = (answer or {}).get(name)
    if isinstance(value, bytes):
        return bytes(value)
    try:
        return bytes.fromhex(str(value).removeprefix("0x"))
    except ValueError:
        return b""
