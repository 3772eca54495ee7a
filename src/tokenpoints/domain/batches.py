"""Batches: how awards are packed for `EarningRules.award`, and when one is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenpoints.domain import merkle
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.rules import UNITS_MAX
from tokenpoints.domain.types import Address, Hash32

ENTRY_BYTES = 26
BATCH_SIZE_MAX = 500
"""EIP-7825 caps a transaction's gas, and an entry for a new holder who rises by a tier at once takes about 30,200. The
contract's own limit is 600."""
GROUPS_MAX = 8
"""Groups of one sealed batch: each costs the rule's terms and budget anew."""
TRANSACTION_GAS_MAX = 16_777_216
"""EIP-7825."""
_GAS_PER_ENTRY = 31_000


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """What a batch says of one award."""

    account: Address
    units: int
    receipt_hash: Hash32


def is_well_formed(entry: BatchEntry) -> bool:
    """Whether the entry can be packed at all."""
    return len(entry.account) == 20 and 0 <= entry.units <= UNITS_MAX


def pack_entries(entries: Sequence[BatchEntry]) -> bytes:
    """26 bytes an entry: the account, then the units as 48 bits, big-endian."""
    return b"".join(entry.account + entry.units.to_bytes(6, "big") for entry in entries)


@dataclass(frozen=True, slots=True)
class BatchGroup:
    """Entries of a batch under one version of one rule."""

    rule_id: int
    version: int
    occurred_from: int
    """When the earliest of their receipts counts as having occurred, and below the latest; Unix seconds."""
    occurred_to: int
    entries: list[BatchEntry]


def groups_tuple(groups: Sequence[BatchGroup]) -> list[tuple[int, int, int, int, bytes]]:
    """For the contract's `AwardGroup[]`."""
    return [
        (group.rule_id, group.version, group.occurred_from, group.occurred_to, pack_entries(group.entries))
        for group in groups
    ]


def receipt_leaf(position: int, entry: BatchEntry) -> Hash32:
    """The Merkle leaf of an entry: `keccak256(keccak256(abi.encode(uint32 position, address
    account, uint48 units, bytes32 receiptHash)))`, hashed twice as in OpenZeppelin's StandardMerkleTree."""
    encoded = (
        position.to_bytes(32, "big")
        + entry.account.rjust(32, b"\0")
        + entry.units.to_bytes(32, "big")
        + entry.receipt_hash
    )
    return Hash32(keccak(keccak(encoded)))


def receipts_root(entries: Sequence[BatchEntry]) -> Hash32:
    """The root that a batch commits to."""
    return merkle.root([receipt_leaf(position, entry) for position, entry in enumerate(entries)])


def gas_limit(entry_count: int, group_count: int = 1) -> int:
    """Enough gas for a batch of `entry_count` where every account is new and rises by a tier at once."""
    # The token mints in a call of the rules, which cannot hand on a 64th of what is left (EIP-150).
    return min(160_000 + 100_000 * group_count + _GAS_PER_ENTRY * entry_count, TRANSACTION_GAS_MAX)


def gas_limit_at_most(entry_count: int) -> int:
    """Enough gas for a sealed batch, in however many groups."""
    return gas_limit(entry_count, min(entry_count, GROUPS_MAX))


def entry_count_max(gas_limit_max: int) -> int:
    """The most entries whose batch stays within a gas limit; 0 where not even one does."""
    fits = [count for count in range(1, GROUPS_MAX) if gas_limit_at_most(count) <= gas_limit_max]
    left = gas_limit_max - gas_limit(0, GROUPS_MAX)
    return max(left // _GAS_PER_ENTRY if left >= GROUPS_MAX * _GAS_PER_ENTRY else 0, *fits, 0)


def should_seal(
    *,
    pending: int,
    oldest_age_seconds: float,
    size: int,
    age_seconds: float,
    idle_age_seconds: float,
    in_flight: int,
    in_flight_max: int,
) -> bool:
    """Whether to seal a batch now: it is full, or its oldest award has waited long enough.

    While a batch is on its way, others gather behind it; where none is, there is less to wait for, as with the
    algorithm of Nagle (https://www.rfc-editor.org/rfc/rfc896).
    """
    if pending == 0 or in_flight >= in_flight_max:
        return False
    return pending >= size or oldest_age_seconds >= (age_seconds if in_flight else min(age_seconds, idle_age_seconds))
