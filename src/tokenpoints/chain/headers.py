"""Block headers as bytes, whose keccak-256 is the block's hash (EIP-1559, and what later forks added)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import rlp
from rlp.exceptions import RLPException

from tokenpoints.chain.rpc import bytes_from_hex
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.types import Hash32
from tokenpoints.errors import ChainUnavailable

_BYTES, _NUMBER = bytes_from_hex, lambda text: _minimal(int(text, 16))
_FIELDS = (
    ("parentHash", _BYTES),
    ("sha3Uncles", _BYTES),
    ("miner", _BYTES),
    ("stateRoot", _BYTES),
    ("transactionsRoot", _BYTES),
    ("receiptsRoot", _BYTES),
    ("logsBloom", _BYTES),
    ("difficulty", _NUMBER),
    ("number", _NUMBER),
    ("gasLimit", _NUMBER),
    ("gasUsed", _NUMBER),
    ("timestamp", _NUMBER),
    ("extraData", _BYTES),
    ("mixHash", _BYTES),
    ("nonce", _BYTES),
    # What forks added, each behind the one before it.
    ("baseFeePerGas", _NUMBER),
    ("withdrawalsRoot", _BYTES),
    ("blobGasUsed", _NUMBER),
    ("excessBlobGas", _NUMBER),
    ("parentBeaconBlockRoot", _BYTES),
    ("requestsHash", _BYTES),
)
_STATE_ROOT, _BLOCK_NUMBER, _TIMESTAMP = 3, 8, 11
_FIELD_COUNT_MIN = 15


@dataclass(frozen=True, slots=True)
class Header:
    """What a proof needs of a header."""

    hash: Hash32
    number: int
    timestamp: int
    """Unix seconds."""
    state_root: Hash32


def encoded_header(raw: dict[str, Any]) -> bytes:
    """The header in a node's JSON as bytes.

    Raises ChainUnavailable where they do not have the block's hash: the chain has headers of another kind.
    """
    try:
        header = rlp.encode([convert(raw[name]) for name, convert in _FIELDS if raw.get(name) is not None])
    except (KeyError, TypeError, ValueError) as error:
        raise ChainUnavailable(f"the node gave a header that does not encode: {error!r}") from error
    if keccak(header) != bytes_from_hex(raw["hash"]):
        raise ChainUnavailable(
            "the header's fields do not have the block's hash: the chain has headers of another kind"
        )
    return bytes(header)


def decoded_header(header: bytes) -> Header:
    """What the bytes say. Raises ValueError where they are no header."""
    try:
        fields = rlp.decode(header)
    except RLPException as error:
        raise ValueError("the header is not RLP") from error
    if (
        not isinstance(fields, list)
        or len(fields) < _FIELD_COUNT_MIN
        or not all(type(each) is bytes for each in fields)
    ):
        raise ValueError("the header does not have a header's fields")
    if len(fields[_STATE_ROOT]) != 32:
        raise ValueError("the header has no state root")
    return Header(
        hash=Hash32(keccak(header)),
        number=int.from_bytes(fields[_BLOCK_NUMBER], "big"),
        timestamp=int.from_bytes(fields[_TIMESTAMP], "big"),
        state_root=Hash32(fields[_STATE_ROOT]),
    )


def _minimal(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
