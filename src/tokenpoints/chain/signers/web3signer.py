"""A key behind a Web3Signer, or a service with its API (https://docs.web3signer.consensys.io/reference/api/rest).

`GET /api/v1/eth1/publicKeys` lists the public keys, `POST /api/v1/eth1/sign/{public key}` signs the keccak-256 of the
bytes in `data`, and answers with r, s and v as hex.
"""

from __future__ import annotations

import httpx

from tokenpoints.chain.signers.transactions import SignedTransaction, UnsignedTransaction
from tokenpoints.domain.fees import Fees
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.types import Address, hex_of
from tokenpoints.errors import SignerError, SignerUnavailable

_TIMEOUT_SECONDS = 10.0
_PUBLIC_KEY_BYTES = 64


class Web3SignerSigner:
    """The key of one address, of those that the service holds."""

    def __init__(self, url: str, address: Address, chain_id: int) -> None:
        self._url, self._address, self._chain_id = url.rstrip("/"), address, chain_id
        self._http = httpx.Client(timeout=_TIMEOUT_SECONDS)
        self._identifier: str | None = None

    @property
    def address(self) -> Address:
        return self._address

    def sign(self, *, nonce: int, to: Address | None, calldata: bytes, gas_limit: int, fees: Fees) -> SignedTransaction:
        """Let the service sign the transaction's payload."""
        if self._identifier is None:
            self._identifier = self._find()
        unsigned = UnsignedTransaction(self._chain_id, nonce, to, calldata, gas_limit, fees)
        answer = self._ask(
            "POST", f"/api/v1/eth1/sign/{self._identifier}", {"data": hex_of(unsigned.payload)}
        ).text.strip()
        try:
            signature = bytes.fromhex(answer.strip('"').removeprefix("0x"))
        except ValueError:
            signature = b""
        if len(signature) != 65:
            raise SignerError("the remote signer did not answer with a signature of 65 bytes")
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
        return unsigned.with_signature(r, s, address=self._address)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _find(self) -> str:
        """The public key of the address, which the service knows the key by."""
        try:
            keys = [bytes.fromhex(key.removeprefix("0x")) for key in self._ask("GET", "/api/v1/eth1/publicKeys").json()]
        except (ValueError, AttributeError, TypeError) as error:
            raise SignerError("the remote signer did not answer with a list of public keys") from error
        for key in keys:
            # Some write the point with the leading byte of SEC 1.
            if keccak(key[-_PUBLIC_KEY_BYTES:])[-20:] == self._address:
                return hex_of(key)
        raise SignerError(f"the remote signer has no key for {hex_of(self._address)}")

    def _ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        try:
            response = self._http.request(method, self._url + path, json=body)
        except httpx.HTTPError as error:
            raise SignerUnavailable(f"the remote signer does not answer: {type(error).__name__}") from error
        if response.status_code >= 500:
            raise SignerUnavailable(f"the remote signer answered HTTP {response.status_code}")
        if response.status_code != 200:
            raise SignerError(f"the remote signer answered HTTP {response.status_code} to {method} {path}")
        return response
