"""What a member signs for an action, and whether what came back is that (EIP-712)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from tokenpoints.chain.member_accounts import digest_of
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.chain.signatures import UNDEPLOYED, is_signed_by
from tokenpoints.domain.types import Address
from tokenpoints.errors import (
    InvalidInput,
    SignatureExpired,
    SignatureInvalid,
    SignatureMismatch,
    SignatureNonceUsed,
    SignatureWrongChain,
    SignatureWrongDomain,
)

DEADLINE_OFFERED = timedelta(minutes=10)
DEADLINE_MAX = timedelta(hours=24)
_COUNTERS = ("nonce", "handovers")
_DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class Signed:
    """EIP-712 data as JSON, and its signature."""

    typed_data: dict[str, Any]
    signature: bytes


@dataclass(frozen=True, slots=True)
class Consent:
    """A signature that holds, as a contract takes it."""

    deadline: int
    signature: bytes


async def checked(rpc: RpcClient, signer: Address, signed: Signed, expected: Any, *, now: datetime) -> Consent:
    """What was signed is what is `expected`, but for the deadline, and `signer` signed it.

    Raises SignatureWrongChain, SignatureWrongDomain, SignatureMismatch, SignatureNonceUsed, SignatureExpired,
    SignatureInvalid, SignatureMalleable, InvalidInput and ChainUnavailable.
    """
    deadline = _checked_terms(_plain(signed.typed_data), _plain(expected), now=now)
    signature = _unwrapped(signed.signature)
    typed = {**expected, "message": {**expected["message"], _DEADLINE: deadline}}
    if not await is_signed_by(rpc, signer, digest_of(typed), signature):
        raise SignatureInvalid
    return Consent(deadline, signature)


def _checked_terms(given: Any, expected: Any, *, now: datetime) -> int:
    domain, message = _object(given, "domain"), _object(given, "message")
    if domain.get("chainId") != (chain_id := expected["domain"]["chainId"]):
        raise SignatureWrongChain(chain_id)
    for name in ("name", "version", "verifyingContract"):
        if domain.get(name) != expected["domain"][name]:
            raise SignatureWrongDomain(name)
    if given.get("primaryType") != expected["primaryType"]:
        raise SignatureMismatch("primaryType")
    for name, value in expected["message"].items():
        if name not in (*_COUNTERS, _DEADLINE) and message.get(name) != value:
            raise SignatureMismatch(name)
    for name in _COUNTERS:
        if name in expected["message"] and message.get(name) != expected["message"][name]:
            raise SignatureNonceUsed(expected["message"][name])
    deadline = message.get(_DEADLINE)
    if type(deadline) is not int:
        raise SignatureMismatch(_DEADLINE)
    seconds = int(now.timestamp())
    if deadline <= seconds:
        raise SignatureExpired
    if deadline > seconds + DEADLINE_MAX.total_seconds():
        raise InvalidInput("the deadline is more than a day ahead", field="/signed/typed_data/message/deadline")
    return deadline


def _object(given: Any, name: str) -> dict[str, Any]:
    found = given.get(name)
    if not isinstance(found, dict):
        raise InvalidInput("must be EIP-712 data: types, primaryType, domain and message", field="/signed/typed_data")
    return found


def _plain(value: Any) -> Any:
    """JSON in one spelling: wallets write numbers as digits, and hex in any case."""
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case str() if value.isascii() and value.isdigit() and len(value) <= 78:
            return int(value)
        case str() if value.startswith("0x"):
            return value.lower()
    return value


def _unwrapped(signature: bytes) -> bytes:
    """Without the wrapping of ERC-6492, which the account does not know: a wallet that exists signs as itself."""
    if not signature.endswith(UNDEPLOYED):
        return signature
    try:
        _, _, inner = decode(["address", "bytes", "bytes"], signature[: -len(UNDEPLOYED)])
    except (DecodingError, OverflowError):
        raise SignatureInvalid from None
    return bytes(inner)
