"""The root of a block's receipts, computed anew from `eth_getBlockReceipts` (Yellow Paper, 4.3.1; EIP-2718).

A log cannot be left out, added or changed without another root.
"""

from __future__ import annotations

from collections.abc import Sequence

import rlp
from rlp.codec import encode_raw
from trie.hexary import HexaryTrie

from tokenpoints.chain.raw import RawReceipt
from tokenpoints.domain.types import Hash32
from tokenpoints.errors import ChainUnavailable

_DEPOSIT = 0x7E
"""An OP Stack deposit, whose receipts have a nonce and a version of their own."""


def receipts_root(receipts: Sequence[RawReceipt]) -> Hash32:
    """The root of all receipts of one block. Raises ChainUnavailable where one is malformed."""
    trie = HexaryTrie({})
    try:
        for receipt in receipts:
            trie[rlp.encode(_number(receipt.transaction_index))] = _encoded(receipt)
    except (TypeError, ValueError) as error:
        raise ChainUnavailable(f"the node gave a receipt that does not decode: {error!r}") from error
    return Hash32(trie.root_hash)


def _encoded(receipt: RawReceipt) -> bytes:
    logs = [[_bytes(log.address), [_bytes(topic) for topic in log.topics], _bytes(log.data)] for log in receipt.logs]
    # Before Byzantium a state root stood where the status is.
    outcome = _bytes(receipt.root or "") if receipt.status is None else _integer(receipt.status)
    fields = [outcome, _integer(receipt.cumulative_gas_used), _bytes(receipt.logs_bloom), logs]
    kind = _number(receipt.type or "0x0")
    if kind == _DEPOSIT and receipt.deposit_nonce is not None:
        fields.append(_integer(receipt.deposit_nonce))
        if receipt.deposit_receipt_version is not None:
            fields.append(_integer(receipt.deposit_receipt_version))
    # Bytes and lists alone, for which nothing has to be inferred: a block may have thousands of logs.
    payload: bytes = encode_raw(fields)
    return bytes([kind]) + payload if kind else payload


def _integer(text: str) -> bytes:
    """Without leading zeros, as RLP has it."""
    number = _number(text)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _number(text: str) -> int:
    return int(text, 16)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])
