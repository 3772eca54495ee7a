from __future__ import annotations

import json
from pathlib import Path

import pytest
from eth_account import Account

from tokenpoints.chain.signers import development_signer, keystore_signer
from tokenpoints.domain.fees import Fees
from tokenpoints.errors import SignerError

PUBLIC_KEY_OF_ANVIL = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
OTHER_KEY = "0x" + "5a" * 32


def keystore(folder: Path, key: str, password: str = "long enough") -> tuple[Path, Path]:
    (folder / "key.json").write_text(
        json.dumps(Account.encrypt(bytes.fromhex(key[2:]), password, kdf="pbkdf2", iterations=2))
    )
    (folder / "password").write_text(password + "\n")
    return folder / "key.json", folder / "password"


@pytest.mark.parametrize("chain_id", [1, 10, 137, 11155111])
def test_development_keys_are_refused_on_real_chains(chain_id: int) -> None:
    with pytest.raises(SignerError, match="refused on chain"):
        development_signer("issuer", chain_id)


def test_development_keys_are_refused_on_real_chains_in_a_keystore_too(tmp_path: Path) -> None:
    files = keystore(tmp_path, PUBLIC_KEY_OF_ANVIL)
    with pytest.raises(SignerError, match="publicly known"):
        keystore_signer(*files, chain_id=1)
    assert keystore_signer(*files, chain_id=31337).address == development_signer("owner", 31337).address


def test_a_keystore_signs_for_its_address(tmp_path: Path) -> None:
    signer = keystore_signer(*keystore(tmp_path, OTHER_KEY), chain_id=1)
    signed = signer.sign(nonce=7, to=None, calldata=b"\x60", gas_limit=50_000, fees=Fees(10, 1))
    assert Account.recover_transaction(signed.raw).lower() == "0x" + signer.address.hex()


def test_signing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    signer = keystore_signer(*keystore(tmp_path, OTHER_KEY), chain_id=1)
    once, again = (
        signer.sign(nonce=7, to=None, calldata=b"\x60", gas_limit=50_000, fees=Fees(10, 1)) for _ in range(2)
    )
    assert once == again


def test_a_wrong_password_is_told(tmp_path: Path) -> None:
    path, password = keystore(tmp_path, OTHER_KEY)
    password.write_text("another")
    with pytest.raises(SignerError, match="does not open"):
        keystore_signer(path, password, chain_id=1)


def test_a_missing_keystore_is_told(tmp_path: Path) -> None:
    with pytest.raises(SignerError, match="cannot read"):
        keystore_signer(tmp_path / "none", tmp_path / "none", chain_id=1)
