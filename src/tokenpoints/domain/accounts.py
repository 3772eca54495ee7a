"""Members, and the on-chain accounts that hold their points.

An account's address follows from the program's contracts and the member's commitment, so it can
hold points before anything is deployed there. The commitment hides the customer id behind a salt:
without the salt nobody can tell whose account it is, and deleting the salt forgets the person.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.types import Address, Hash32

SALT_BYTES = 32
IDENTIFIER_LENGTH_MAX = 128

# ERC-1167 (https://eips.ethereum.org/EIPS/eip-1167) with the factory's address behind the code, as
# `Clones.cloneDeterministicWithImmutableArgs` deploys it: 45 and 20 bytes.
_CLONE_HEAD = bytes.fromhex("6100413d81600a3d39f3363d3d373d3d3d363d73")
_CLONE_TAIL = bytes.fromhex("5af43d82803e903d91602b57fd5bf3")


@dataclass(frozen=True, slots=True)
class Member:
    """A customer of a program."""

    seq: int
    id: str
    program: str
    customer_id: str
    salt: bytes
    commitment: Hash32
    account: Address
    created_at: datetime


def is_identifier(text: str) -> bool:
    """Whether a brand's own id (of a customer, of a receipt) can be kept: 1 to 128 printable characters in NFC, no
    blank at either end. Nothing else is folded: another case or width, another id."""
    is_text = 0 < len(text) <= IDENTIFIER_LENGTH_MAX and text.isprintable() and text[0] != " " and text[-1] != " "
    return is_text and unicodedata.is_normalized("NFC", text)


def normalised(text: str) -> str:
    """`text` in NFC, in which the same letters are the same bytes (https://www.unicode.org/reports/tr15/).

    Files from macOS write 가 or é as several characters, and tills as one: both mean one customer. RFC 8265 does
    the same to names of users.
    """
    return unicodedata.normalize("NFC", text)


def commitment_for(customer_id: str, salt: bytes) -> Hash32:
    """`keccak256(salt ‖ utf8(customer_id))`."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return Hash32(keccak(salt + customer_id.encode()))


def account_of(factory: Address, implementation: Address, commitment: Hash32) -> Address:
    """The CREATE2 address (EIP-1014) of the clone of `implementation` that `factory` deploys
    with `commitment` as its salt."""
    return Address(keccak(b"\xff" + factory + commitment + _clone_code_hash(factory, implementation))[12:])


@lru_cache(maxsize=64)
def _clone_code_hash(factory: Address, implementation: Address) -> bytes:
    return keccak(_CLONE_HEAD + implementation + _CLONE_TAIL + factory)
