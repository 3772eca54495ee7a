"""What a batch commits to of the points that it minted, and proofs of an award for clawing it back.

The entries of a group are cut into chunks of 32. A chunk is its entries packed as they were sent, and behind them the
points of each (6 bytes, 0 where refused), those of the last entry first. The hash of a group's mints is that of the
hashes of its chunks. This mirrors the contracts' `Mints` and `EarningRules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eth_abi.abi import encode

from tokenpoints.domain import merkle
from tokenpoints.domain.batches import BatchEntry, pack_entries, receipt_leaf
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.types import Address, Hash32

CHUNK_ENTRIES = 32
_POINTS_BYTES = 6


@dataclass(frozen=True, slots=True)
class MintedGroup:
    """A group of a batch that is on the chain, with what each of its entries minted."""

    rule_id: int
    version: int
    entries: list[BatchEntry]
    points: list[int]
    """0 where the entry was refused."""


@dataclass(frozen=True, slots=True)
class AwardProof:
    """The contract's struct: one award, what proves its receipt and what it minted."""

    issuer: Address
    batch_number: int
    awarded_at: int
    groups: list[tuple[int, int, int, Hash32]]
    """(rule, version, entries, hash of the mints) of each group."""
    group: int
    index: int
    """Of the award in its group."""
    chunk: bytes
    chunk_hashes: list[Hash32]
    receipt_hash: Hash32
    receipt_proof: list[Hash32]

    def as_tuple(self) -> tuple[object, ...]:
        """For the contract's `AwardProof`."""
        return tuple(getattr(self, name) for name in self.__slots__)


def chunks(entries: Sequence[BatchEntry], points: Sequence[int]) -> list[bytes]:
    """The chunks of a group."""
    if len(entries) != len(points):
        raise ValueError(f"{len(entries)} entries have {len(points)} amounts of points")
    return [
        _chunk(entries[start : start + CHUNK_ENTRIES], points[start : start + CHUNK_ENTRIES])
        for start in range(0, len(entries), CHUNK_ENTRIES)
    ]


def mints_hash(entries: Sequence[BatchEntry], points: Sequence[int]) -> Hash32:
    """What `GroupAwarded` says of a group's mints."""
    return Hash32(keccak(b"".join(keccak(chunk) for chunk in chunks(entries, points))))


def batch_mints_hash(awarded_at: int, groups: Sequence[MintedGroup]) -> Hash32:
    """What `BatchAwarded` says of a batch's mints, which the contract keeps. `awarded_at` is its block's time."""
    encoded = encode(["uint40", "(uint32,uint32,uint32,bytes32)[]"], [awarded_at, _told(groups)])
    return Hash32(keccak(encoded))


def award_proof(
    issuer: Address, batch_number: int, awarded_at: int, groups: Sequence[MintedGroup], position: int
) -> AwardProof:
    """The proof of the award at `position` of its batch. Raises IndexError where there is none."""
    entries = [entry for group in groups for entry in group.entries]
    if not 0 <= position < len(entries):
        raise IndexError(f"the batch has {len(entries)} entries, and none at {position}")
    number, index = 0, position
    while index >= len(groups[number].entries):
        index -= len(groups[number].entries)
        number += 1
    group_chunks = chunks(groups[number].entries, groups[number].points)
    leaves = [receipt_leaf(at, entry) for at, entry in enumerate(entries)]
    return AwardProof(
        issuer=issuer,
        batch_number=batch_number,
        awarded_at=awarded_at,
        groups=_told(groups),
        group=number,
        index=index,
        chunk=group_chunks[index // CHUNK_ENTRIES],
        chunk_hashes=[Hash32(keccak(chunk)) for chunk in group_chunks],
        receipt_hash=entries[position].receipt_hash,
        receipt_proof=merkle.proof(leaves, position),
    )


def _told(groups: Sequence[MintedGroup]) -> list[tuple[int, int, int, Hash32]]:
    return [
        (group.rule_id, group.version, len(group.entries), mints_hash(group.entries, group.points)) for group in groups
    ]


def _chunk(entries: Sequence[BatchEntry], points: Sequence[int]) -> bytes:
    return pack_entries(entries) + b"".join(each.to_bytes(_POINTS_BYTES, "big") for each in reversed(points))
