"""What the indexer reads of the node's JSON, decoded straight to these types; the rest is skipped."""

from __future__ import annotations

import msgspec

from tokenpoints.chain.events import RawLog
from tokenpoints.chain.rpc import Answer
from tokenpoints.domain.blocks import Block
from tokenpoints.domain.types import hash_from_hex
from tokenpoints.errors import ChainUnavailable


class RawTransaction(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A transaction inside its block."""

    hash: str
    transaction_index: str
    from_: str = msgspec.field(name="from")
    nonce: str
    input: str
    to: str | None = None


class RawBlock(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A block with the hashes of its transactions, or with all of them."""

    number: str
    hash: str
    parent_hash: str
    timestamp: str
    gas_used: str
    gas_limit: str
    logs_bloom: str
    receipts_root: str
    transactions: list[str | RawTransaction]
    base_fee_per_gas: str = "0x0"

    def block(self) -> Block:
        """The header. Raises ChainUnavailable where it is malformed."""
        try:
            return Block(
                number=int(self.number, 16),
                hash=hash_from_hex(self.hash),
                parent_hash=hash_from_hex(self.parent_hash),
                timestamp=int(self.timestamp, 16),
                gas_used=int(self.gas_used, 16),
                gas_limit=int(self.gas_limit, 16),
                base_fee_wei=int(self.base_fee_per_gas, 16),
                transaction_count=len(self.transactions),
                bloom=int(self.logs_bloom, 16),
                receipts_root=hash_from_hex(self.receipts_root),
            )
        except ValueError as error:
            raise ChainUnavailable(f"the node gave a block that does not decode: {error!r}") from error


class RawReceipt(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """What a transaction did, as far as it is part of the root in its block's header."""

    transaction_index: str
    cumulative_gas_used: str
    logs_bloom: str
    logs: list[RawLog]
    status: str | None = None
    root: str | None = None
    type: str | None = None
    deposit_nonce: str | None = None
    deposit_receipt_version: str | None = None


LOGS = msgspec.json.Decoder(Answer[list[RawLog]])
LOG_BATCHES = msgspec.json.Decoder(list[Answer[list[RawLog]]])
BLOCKS = msgspec.json.Decoder(list[Answer[RawBlock | None]])
RECEIPTS = msgspec.json.Decoder(list[Answer[list[RawReceipt] | None]])
"""Of several blocks."""
