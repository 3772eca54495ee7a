"""The plain types that every layer shares."""

from typing import NewType

Address = NewType("Address", bytes)
"""20 bytes."""

Hash32 = NewType("Hash32", bytes)
"""32 bytes: a block hash, a transaction hash, a Merkle node or a commitment."""

Points = NewType("Points", int)
"""An amount in the token's base unit, never negative unless said so."""

ZERO_ADDRESS = Address(bytes(20))


def address_from_hex(text: str) -> Address:
    """Parse `0x` and 40 hex digits in any case. Raises ValueError."""
    raw = bytes.fromhex(text.removeprefix("0x"))
    if len(raw) != 20:
        raise ValueError(f"an address has 20 bytes, not {len(raw)}")
    return Address(raw)


def hash_from_hex(text: str) -> Hash32:
    """Parse `0x` and 64 hex digits. Raises ValueError."""
    raw = bytes.fromhex(text.removeprefix("0x"))
    if len(raw) != 32:
        raise ValueError(f"a hash has 32 bytes, not {len(raw)}")
    return Hash32(raw)


def hex_of(raw: bytes) -> str:
    """`0x` and lower-case hex digits."""
    return "0x" + raw.hex()
