"""EIP-1559 transactions (https://eips.ethereum.org/EIPS/eip-1559), before and after they are signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import rlp
from eth_account import Account
from eth_keys.exceptions import BadSignature

from tokenpoints.domain.fees import Fees
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.types import Address, Hash32, address_from_hex, hex_of
from tokenpoints.errors import SignerError

_TYPE = b"\x02"
_CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """Ready to broadcast."""

    hash: Hash32
    raw: bytes


class Signer(Protocol):
    """Signs EIP-1559 transactions for one account on one chain.

    `sign` may ask a service and take its time. Raises SignerError where the signature is not the account's, and
    SignerUnavailable where a service does not answer.
    """

    @property
    def address(self) -> Address: ...

    def sign(
        self, *, nonce: int, to: Address | None, calldata: bytes, gas_limit: int, fees: Fees
    ) -> SignedTransaction: ...


@dataclass(frozen=True, slots=True)
class UnsignedTransaction:
    """A call of `to`, or a creation where that is None. Sends no ether."""

    chain_id: int
    nonce: int
    to: Address | None
    calldata: bytes
    gas_limit: int
    fees: Fees

    @property
    def payload(self) -> bytes:
        """The bytes whose hash is signed."""
        return _TYPE + bytes(rlp.encode(self._fields()))

    @property
    def signing_hash(self) -> Hash32:
        return Hash32(keccak(self.payload))

    def with_signature(self, r: int, s: int, *, address: Address) -> SignedTransaction:
        """Signed with (r, s) by `address`. Raises SignerError where they are not that account's.

        Of the two signatures (r, s) and (r, -s) that a key's owner can make of one, the chain takes the one with the
        smaller s (EIP-2); which parity is right, only recovering tells.
        """
        if not (0 < r < _CURVE_ORDER and 0 < s < _CURVE_ORDER):
            raise SignerError("the signature is none on the curve secp256k1")
        s = min(s, _CURVE_ORDER - s)
        for parity in (0, 1):
            raw = _TYPE + bytes(rlp.encode([*self._fields(), parity, r, s]))
            if _recovers(raw, address):
                return SignedTransaction(Hash32(keccak(raw)), raw)
        raise SignerError(f"the signature is not that of {hex_of(address)}")

    def _fields(self) -> Sequence[int | bytes | list[bytes]]:
        return [
            self.chain_id,
            self.nonce,
            self.fees.priority_fee_wei,
            self.fees.max_fee_wei,
            self.gas_limit,
            b"" if self.to is None else bytes(self.to),
            0,
            self.calldata,
            [],
        ]


def _recovers(raw: bytes, address: Address) -> bool:
    try:
        return address_from_hex(Account.recover_transaction(raw)) == address
    except (ValueError, BadSignature):  # of no point on the curve
        return False
