"""Keys held in this process: the development keys, and encrypted keystores."""

from __future__ import annotations

import json
from pathlib import Path

import eth_typing
from eth_account import Account
from eth_account.signers.local import LocalAccount

from tokenpoints.chain.signers.transactions import SignedTransaction, UnsignedTransaction
from tokenpoints.domain.chains import DEVELOPMENT_CHAINS
from tokenpoints.domain.fees import Fees
from tokenpoints.domain.types import Address
from tokenpoints.errors import SignerError

# The first keys of anvil's and hardhat's public test mnemonic. Anyone can sign with them.
_DEVELOPMENT_KEYS = {
    "owner": "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "issuer": "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "custodian": "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "issuer-2": "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "issuer-3": "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
    "issuer-4": "0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba",
}
DEVELOPMENT_ROLES = frozenset(_DEVELOPMENT_KEYS)


class LocalSigner:
    """A key held in this process."""

    def __init__(self, account: LocalAccount, chain_id: int) -> None:
        self._account, self._chain_id = account, chain_id

    @property
    def address(self) -> Address:
        return Address(bytes.fromhex(self._account.address[2:]))

    def sign(self, *, nonce: int, to: Address | None, calldata: bytes, gas_limit: int, fees: Fees) -> SignedTransaction:
        """Sign a call of `to`, or a creation where that is None."""
        unsigned = UnsignedTransaction(self._chain_id, nonce, to, calldata, gas_limit, fees)
        signed = self._account.unsafe_sign_hash(eth_typing.Hash32(unsigned.signing_hash))
        return unsigned.with_signature(signed.r, signed.s, address=self.address)


def development_signer(role: str, chain_id: int) -> LocalSigner:
    """The publicly known key for `role`. Raises SignerError on any chain but a development one."""
    if chain_id not in DEVELOPMENT_CHAINS:
        raise SignerError(
            f"the development key of the {role} is public and is refused on chain {chain_id}: "
            "set TOKENPOINTS_SIGNER_KEYSTORE and TOKENPOINTS_SIGNER_PASSWORD_FILE"
        )
    return LocalSigner(Account.from_key(_DEVELOPMENT_KEYS[role]), chain_id)


def keystore_signer(keystore: Path, password_file: Path, chain_id: int) -> LocalSigner:
    """An encrypted keystore (Web3 Secret Storage, version 3). Raises SignerError."""
    try:
        content = json.loads(keystore.read_text())
        password = password_file.read_text().rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise SignerError(f"cannot read the keystore or its password: {error}") from None
    try:
        key = Account.decrypt(content, password)
    except (ValueError, TypeError, KeyError):
        raise SignerError(f"the password does not open {keystore}") from None
    account = Account.from_key(key)
    if chain_id not in DEVELOPMENT_CHAINS and account.key.hex() in {k[2:] for k in _DEVELOPMENT_KEYS.values()}:
        raise SignerError(f"{keystore} holds a publicly known development key, refused on chain {chain_id}")
    return LocalSigner(account, chain_id)
