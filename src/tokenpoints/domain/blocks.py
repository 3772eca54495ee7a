"""Blocks of the chain, and which of them to read next."""

from __future__ import annotations

from dataclasses import dataclass

from tokenpoints.domain.types import Hash32


@dataclass(frozen=True, slots=True)
class Block:
    """A block's header, as far as the system needs it."""

    number: int
    hash: Hash32
    parent_hash: Hash32
    timestamp: int
    """Unix seconds."""
    gas_used: int
    gas_limit: int
    base_fee_wei: int
    transaction_count: int
    bloom: int = 0
    """2048 bits: what the block's logs may be of."""
    receipts_root: Hash32 | None = None


def first_break(parent_hash: Hash32 | None, blocks: list[Block]) -> int | None:
    """The number of the first block that does not follow from the one before it, if any.

    `parent_hash` is the hash of the block before the first; None where nothing is known of it.
    """
    for block in blocks:
        if parent_hash is not None and block.parent_hash != parent_hash:
            return block.number
        parent_hash = block.hash
    return None
