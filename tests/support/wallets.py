"""Wallets of tests, and what they sign."""

from __future__ import annotations

from datetime import datetime

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.types import Address

DOMAIN = "127.0.0.1:18081"
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def wallet(number: int = 1) -> LocalAccount:
    """Always the same for the same number."""
    made: LocalAccount = Account.from_key(number.to_bytes(32, "big"))
    return made


def address_of(key: LocalAccount) -> Address:
    return Address(bytes.fromhex(key.address[2:]))


def message_of(
    address: Address,
    nonce: str,
    issued_at: datetime,
    *,
    domain: str = DOMAIN,
    uri: str | None = None,
    chain_id: int = 31337,
    version: str = "1",
    statement: str = "See my points.\n",
    more: str = "",
) -> str:
    """A message of EIP-4361."""
    return (
        f"{domain} wants you to sign in with your Ethereum account:\n{to_checksum_address(address)}\n\n{statement}\n"
        f"URI: {f'http://{domain}/' if uri is None else uri}\nVersion: {version}\nChain ID: {chain_id}\n"
        f"Nonce: {nonce}\nIssued At: {rfc3339(issued_at)}{more}"
    )


def signed(key: LocalAccount, message: str) -> str:
    """As a wallet signs a text."""
    return "0x" + bytes(key.sign_message(encode_defunct(text=message)).signature).hex()


def malleable(signature: str) -> str:
    """The second form of a signature, which anyone can make of the first."""
    raw = bytes.fromhex(signature[2:])
    s = ORDER - int.from_bytes(raw[32:64], "big")
    return "0x" + (raw[:32] + s.to_bytes(32, "big") + bytes([55 - raw[64]])).hex()
