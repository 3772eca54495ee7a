"""The root of a block's receipts, computed anew from `eth_getBlockReceipts` (Yellow Paper, 4.3.1; EIP-2718).

A log cannot be left out, added or changed without another root.
"""

from __future__ import annotations

from typing import Any

import rlp
from trie.hexary import HexaryTrie

from tokenpoints.domain.types import Hash32
from tokenpoints.errors import ChainUnavailable

_DEPOSIT = 0x7E
"""An OP Stack deposit, whose receipts have a nonce and a version of their own."""


def receipts_root(receipts: list[dict[str, Any]]) -> Hash32:
    """The root of all receipts of one block, in the node's own JSON. Raises ChainUnavailable where one is malformed."""
    trie = HexaryTrie({})
    try:
        for receipt in receipts:
            trie[rlp.encode(_number(receipt["transactionIndex"]))] = _encoded(receipt)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ChainUnavailable(f"the node gave a receipt that does not decode: {error!r}") from error
    return Hash32(trie.root_hash)


def _encoded(receipt: dict[str, Any]) -> bytes:
    logs = [
        [_bytes(log["address"]), [_bytes(topic) for topic in log["topics"]], _bytes(log["data"])]
        for log in receipt["logs"]
    ]
    # Before Byzantium a state root stood where the status is.
    outcome: Any = _number(receipt["status"]) if receipt.get("status") is not None else _bytes(receipt["root"])
    fields = [outcome, _number(receipt["cumulativeGasUsed"]), _bytes(receipt["logsBloom"]), logs]
    kind = _number(receipt.get("type") or "0x0")
    if kind == _DEPOSIT and receipt.get("depositNonce") is not None:
        fields.append(_number(receipt["depositNonce"]))
        if receipt.get("depositReceiptVersion") is not None:
            fields.append(_number(receipt["depositReceiptVersion"]))
    payload: bytes = rlp.encode(fields)
    return bytes([kind]) + payload if kind else payload


def _number(text: str) -> int:
    return int(text, 16)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])
