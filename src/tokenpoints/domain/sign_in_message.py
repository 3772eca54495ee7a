"""Messages of Sign in with Ethereum, read after the ABNF of https://eips.ethereum.org/EIPS/eip-4361."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from eth_utils.address import is_checksum_address

from tokenpoints.domain.instants import parse_rfc3339
from tokenpoints.domain.types import Address, address_from_hex
from tokenpoints.errors import SignInExpired, SignInMalformed, SignInWrongChain, SignInWrongDomain

MESSAGE_LENGTH_MAX = 5_000
AGE_MAX = timedelta(minutes=10)
"""From `Issued At` on."""
CLOCKS_APART_MAX = timedelta(minutes=1)
"""By which a member's clock may be ahead."""

# RFC 3986.
_UNRESERVED = r"A-Za-z0-9\-._~"
_RESERVED = r":/?#\[\]@!$&'()*+,;="
_URI = rf"[A-Za-z][A-Za-z0-9+.\-]*:(?:[{_UNRESERVED}{_RESERVED}]|%[0-9A-Fa-f]{{2}})+"
_PCHAR = rf"(?:[{_UNRESERVED}!$&'()*+,;=:@]|%[0-9A-Fa-f]{{2}})"
_MESSAGE = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://)?"
    rf"(?P<domain>[{_UNRESERVED}!$&'()*+,;=:@%\[\]]+) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9A-Fa-f]{40})\n"
    r"\n"
    rf"(?:(?P<statement>[{_UNRESERVED}{_RESERVED} ]+)\n)?"
    r"\n"
    rf"URI: (?P<uri>{_URI})\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain_id>[0-9]{1,20})\n"
    r"Nonce: (?P<nonce>[A-Za-z0-9]{8,100})\n"
    r"Issued At: (?P<issued_at>\S+)"
    r"(?:\nExpiration Time: (?P<expires_at>\S+))?"
    r"(?:\nNot Before: (?P<not_before>\S+))?"
    rf"(?:\nRequest ID: (?P<request_id>{_PCHAR}*))?"
    rf"(?:\nResources:(?P<resources>(?:\n- {_URI})*))?",
    re.ASCII,
)
_AUTHORITY = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://([^/?#]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignInMessage:
    """What an owner signed, as far as it is checked: statement, request id and resources are free."""

    scheme: str | None
    domain: str
    address: Address
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    expires_at: datetime | None
    not_before: datetime | None


def parse(text: str) -> SignInMessage:
    """Raises SignInMalformed."""
    found = _MESSAGE.fullmatch(text) if len(text) <= MESSAGE_LENGTH_MAX else None
    if found is None:
        raise SignInMalformed("the message is not one of EIP-4361")
    if not is_checksum_address(found["address"]):
        raise SignInMalformed("the message's address does not have the capitals of EIP-55")
    return SignInMessage(
        scheme=found["scheme"],
        domain=found["domain"],
        address=address_from_hex(found["address"]),
        uri=found["uri"],
        chain_id=int(found["chain_id"]),
        nonce=found["nonce"],
        issued_at=_moment("Issued At", found["issued_at"]),
        expires_at=_moment("Expiration Time", found["expires_at"]) if found["expires_at"] else None,
        not_before=_moment("Not Before", found["not_before"]) if found["not_before"] else None,
    )


def check(message: SignInMessage, *, domains: frozenset[str], chain_id: int, now: datetime) -> None:
    """Whether the message is for this gateway and this moment.

    Raises SignInWrongDomain, SignInWrongChain and SignInExpired.
    """
    if message.domain not in domains:
        raise SignInWrongDomain("the message names a domain on which nobody signs in here")
    place = _AUTHORITY.match(message.uri)
    if place is None or place[2] != message.domain:
        raise SignInWrongDomain("the message's URI is not of its domain")
    if not (place[1] == "https" or (place[1] == "http" and is_loopback(message.domain))):
        raise SignInWrongDomain("the message's URI is not one of https")
    if message.scheme not in (None, place[1]):
        raise SignInWrongDomain("the message's domain and its URI have different schemes")
    if message.chain_id != chain_id:
        raise SignInWrongChain(given=message.chain_id, own=chain_id)
    if message.issued_at > now + CLOCKS_APART_MAX:
        raise SignInExpired("the message is issued in the future")
    if message.issued_at + AGE_MAX <= now:
        raise SignInExpired("the message was issued too long ago")
    if message.expires_at is not None and message.expires_at <= now:
        raise SignInExpired("the message has expired")
    if message.not_before is not None and message.not_before > now:
        raise SignInExpired("the message is not good yet")


def is_loopback(authority: str) -> bool:
    """Whether an authority is of the reader's own machine."""
    return re.fullmatch(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?", authority) is not None


def _moment(name: str, text: str) -> datetime:
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise SignInMalformed(f"{name} is {error}") from None
