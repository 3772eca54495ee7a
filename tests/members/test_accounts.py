"""Accounts are where the contract puts them, and say nothing of whose they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web3 import EthereumTesterProvider, Web3

from tests.support.deployments import address
from tokenpoints import chain as chain_package
from tokenpoints.domain.accounts import account_of, commitment_for, is_identifier
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.types import Address, Hash32, address_from_hex

ARTIFACTS = Path(chain_package.__file__).parent / "artifacts"


def test_commitment_is_the_hash_of_salt_and_customer_id() -> None:
    salt = bytes(range(32))
    assert commitment_for("가1", salt) == keccak(salt + "가1".encode())
    assert commitment_for("가1", salt) != commitment_for("가1", bytes(32))
    with pytest.raises(ValueError, match="32 bytes"):
        commitment_for("가1", b"short")


def test_account_is_the_create2_address_of_the_minimal_proxy() -> None:
    """EIP-1014 over the creation code of EIP-1167 with the factory behind it, written out."""
    factory, implementation, commitment = address(0xFAC), address(0x1A9), Hash32(keccak(b"c"))
    code = bytes.fromhex(
        "6100413d81600a3d39f3363d3d373d3d3d363d73"
        + implementation.hex()
        + "5af43d82803e903d91602b57fd5bf3"
        + factory.hex()
    )
    assert len(code) == 10 + 45 + 20
    expected = keccak(b"\xff" + factory + commitment + keccak(code))[-20:]
    assert account_of(factory, implementation, commitment) == expected


@given(st.binary(min_size=20, max_size=20), st.binary(min_size=20, max_size=20), st.binary(min_size=32, max_size=32))
def test_other_factory_implementation_or_commitment_is_another_account(a: bytes, b: bytes, salt: bytes) -> None:
    commitment = Hash32(salt)
    accounts = {account_of(Address(x), Address(y), commitment) for x in (a, b) for y in (a, b)}
    assert len(accounts) == (4 if a != b else 1)


@pytest.mark.parametrize("text", ["a", "x" * 128, "가나", "a b", "#/?%~", "0"])
def test_identifiers(text: str) -> None:
    assert is_identifier(text)


@pytest.mark.parametrize(
    "text", ["", "x" * 129, " a", "a ", "\x00", "a\tb", "\x7f", "\u200b", "\ud800", "\u2028", "e\u0301"]
)
def test_no_identifiers(text: str) -> None:
    assert not is_identifier(text)


def test_contract_agrees_on_the_address() -> None:
    chain = Web3(EthereumTesterProvider())
    artifact = json.loads((ARTIFACTS / "MemberAccounts.json").read_text())
    factory = chain.eth.contract(abi=artifact["abi"], bytecode=artifact["bytecode"])
    sender, implementing = list(chain.eth.accounts)[:2]
    receipt = chain.eth.wait_for_transaction_receipt(
        factory.constructor(sender, implementing).transact({"from": sender})
    )
    deployed = chain.eth.contract(address=receipt["contractAddress"], abi=artifact["abi"])
    implementation = address_from_hex(deployed.functions.implementation().call())
    for number in range(5):
        commitment = Hash32(keccak(bytes([number])))
        expected = address_from_hex(deployed.functions.accountOf(commitment).call())
        assert account_of(address_from_hex(deployed.address), implementation, commitment) == expected
