"""A key that never leaves AWS KMS (https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html).

Its key spec is ECC_SECG_P256K1, its use SIGN_VERIFY. Credentials and region come from where boto3 finds them.
"""

from __future__ import annotations

from typing import Any

from tokenpoints.chain.signers.transactions import SignedTransaction, UnsignedTransaction
from tokenpoints.domain.fees import Fees
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.types import Address
from tokenpoints.errors import SignerError, SignerUnavailable

_KEY_SPEC = "ECC_SECG_P256K1"
_TIMEOUT_SECONDS = 10
_PASSING = frozenset(
    {"DependencyTimeoutException", "KMSInternalException", "KeyUnavailableException", "ThrottlingException"}
)


class AwsKmsSigner:
    """A key in AWS KMS."""

    def __init__(self, client: Any, key_id: str, chain_id: int) -> None:
        self._client, self._key_id, self._chain_id = client, key_id, chain_id
        self._address = _address_of(_asked(lambda: client.get_public_key(KeyId=key_id)))

    @property
    def address(self) -> Address:
        return self._address

    def sign(self, *, nonce: int, to: Address | None, calldata: bytes, gas_limit: int, fees: Fees) -> SignedTransaction:
        """Let KMS sign the transaction's hash."""
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        unsigned = UnsignedTransaction(self._chain_id, nonce, to, calldata, gas_limit, fees)
        answer = _asked(
            lambda: self._client.sign(
                KeyId=self._key_id,
                Message=bytes(unsigned.signing_hash),
                MessageType="DIGEST",
                SigningAlgorithm="ECDSA_SHA_256",
            )
        )
        try:
            r, s = decode_dss_signature(answer["Signature"])
        except (KeyError, ValueError, TypeError) as error:
            raise SignerError("AWS KMS did not answer with an ECDSA signature") from error
        return unsigned.with_signature(r, s, address=self._address)


def aws_kms_signer(key_id: str, chain_id: int, *, region: str | None = None) -> AwsKmsSigner:
    """A key by its id, ARN or alias. Raises SignerError and SignerUnavailable."""
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise SignerError("AWS KMS needs boto3: install tokenpoints[aws]") from None
    config = Config(
        connect_timeout=_TIMEOUT_SECONDS, read_timeout=_TIMEOUT_SECONDS, retries={"mode": "standard", "max_attempts": 3}
    )
    client = _asked(lambda: boto3.client("kms", region_name=region, config=config))
    return AwsKmsSigner(client, key_id, chain_id)


def _asked(question: Any) -> Any:
    from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

    try:
        return question()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        kind = SignerUnavailable if code in _PASSING else SignerError
        raise kind(f"AWS KMS: {error}") from error
    except (ConnectionError, HTTPClientError) as error:
        raise SignerUnavailable(f"AWS KMS: {error}") from error
    except BotoCoreError as error:
        raise SignerError(f"AWS KMS: {error}") from error


def _address_of(answer: dict[str, Any]) -> Address:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

    if answer.get("KeySpec", answer.get("CustomerMasterKeySpec")) != _KEY_SPEC:
        raise SignerError(f"the key in AWS KMS is not of spec {_KEY_SPEC}")
    if answer.get("KeyUsage") != "SIGN_VERIFY":
        raise SignerError("the key in AWS KMS is not for signing")
    key = load_der_public_key(answer["PublicKey"])
    assert isinstance(key, EllipticCurvePublicKey)
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return Address(keccak(point[1:])[-20:])
