"""A block's bloom: which addresses and topics its logs may have (Yellow Paper, 4.3.1). It denies only what is not."""

from __future__ import annotations

from collections.abc import Iterable

from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.memo import Memo

_BITS = 2048
_REMEMBERED_MAX = 65_536


def mask_of(value: str) -> int:
    """The three bits of an address or a topic, given as `0x` and hex digits."""
    digest = keccak(bytes.fromhex(value[2:]))
    mask = 0
    for start in (0, 2, 4):
        mask |= 1 << (int.from_bytes(digest[start : start + 2], "big") & (_BITS - 1))
    return mask


_MASKS = Memo(mask_of, _REMEMBERED_MAX)


def has_all(bloom: int, values: Iterable[str]) -> bool:
    """Whether every one of `values` may be in the block's logs."""
    wanted = 0
    for value in values:
        wanted |= _MASKS[value]
    return bloom & wanted == wanted


def may_hold(bloom: int, addresses: Iterable[str], topics: Iterable[str]) -> bool:
    """Whether the block may hold a log of one of `addresses` under one of `topics`."""
    return any(bloom & (mask := _MASKS[address]) == mask for address in addresses) and any(
        bloom & (mask := _MASKS[topic]) == mask for topic in topics
    )
