"""How answers write addresses and times."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.types import Address

_LAST_SECOND = 253_402_300_799
"""Of the year 9999."""


@lru_cache(maxsize=65_536)
def checksummed(address: Address) -> str:
    """`0x` and hex digits whose case is a checksum (EIP-55)."""
    digits = address.hex()
    # Bulk calls write ten thousand of these; eth_utils takes sixty microseconds for one.
    nibbles = keccak(digits.encode()).hex()
    return "0x" + "".join(
        [digit.upper() if nibble > "7" else digit for digit, nibble in zip(digits, nibbles, strict=False)]
    )


def time_at(seconds: int) -> str | None:
    """Unix seconds as RFC 3339; None beyond the calendar, where contracts keep their 'never'."""
    return rfc3339(datetime.fromtimestamp(seconds, UTC)) if seconds <= _LAST_SECOND else None
