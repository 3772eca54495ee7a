"""The proof as a file. Every field is checked against the chain; there is none that could be changed unnoticed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from tokenpoints.domain.batches import BATCH_SIZE_MAX
from tokenpoints.domain.programs import AddressField, HashField
from tokenpoints.domain.rules import UNITS_MAX
from tokenpoints.domain.types import hex_of

FORMAT = "tokenpoints-proof/1"
AWARDS_MAX = 10
BODY_LENGTH_MAX = 2_000
_NODES_MAX = 64
_NODE_BYTES_MAX = 1_100
_UINT64_MAX = (1 << 64) - 1


def _to_bytes(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value.startswith("0x"):
        raise ValueError("must be hex digits behind 0x")
    return bytes.fromhex(value[2:])


def _bytes_field(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


Bytes = Annotated[
    bytes, BeforeValidator(_to_bytes), PlainSerializer(hex_of, when_used="json"), _bytes_field("^0x([0-9a-f]{2})*$")
]
Node = Annotated[Bytes, Field(max_length=_NODE_BYTES_MAX)]
Account = Annotated[AddressField, _bytes_field("^0x[0-9a-f]{40}$")]
Hash = Annotated[HashField, _bytes_field("^0x[0-9a-f]{64}$")]
Decimal = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,20})$")]
Number = Annotated[int, Field(ge=0, le=_UINT64_MAX)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RevealedReceipt(_Part):
    """What makes a receipt's hash, `keccak256(salt ‖ sha256(body))`."""

    body: str = Field(max_length=BODY_LENGTH_MAX, description="The canonical body.")
    salt: Hash = Field(description="The member's own. Who has it can recognise all receipts of the member.")


class ProvenAward(_Part):
    """One award: its leaf in the tree of its batch's receipts, and where the chain says what it minted."""

    transaction_hash: Hash
    issuer: Account
    batch_number: Number
    position: int = Field(ge=0, lt=BATCH_SIZE_MAX + 100)
    units: int = Field(ge=0, le=UNITS_MAX)
    receipt_hash: Hash
    receipt: RevealedReceipt | None
    leaf: Hash
    path: list[Hash] = Field(max_length=16)
    receipts_root: Hash
    rule: Number
    rule_version: Number
    log_index: Number = Field(description="Of the transfer that minted it, or of its refusal.")
    points: Decimal = Field(description="0 where the chain refused it.")


class Proof(_Part):
    """A member's points at one block, and awards that earned them."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Proof")

    format: Literal["tokenpoints-proof/1"]
    chain_id: Number
    token: Account
    rules: Account
    account: Account
    block_number: Number
    block_hash: Hash
    header: Annotated[Bytes, Field(max_length=4_000)] = Field(description="The block's header in RLP.")
    account_proof: list[Node] = Field(
        max_length=_NODES_MAX, description="Of the token in the block's state (EIP-1186)."
    )
    storage_proof: list[Node] = Field(
        max_length=_NODES_MAX, description="Of the account's word in the token's storage."
    )
    word: Hash
    balance: Decimal = Field(description="What the word means at the block's time, in the token's base unit.")
    awards: list[ProvenAward] = Field(max_length=AWARDS_MAX)
