"""Keys that other services hold: a real key behind an AWS KMS that moto plays, and behind a real HTTP server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from eth_account import Account
from moto import mock_aws
from moto.kms.utils import ECDSAPrivateKey

from tokenpoints.chain.signers import LocalSigner
from tokenpoints.chain.signers.aws_kms import AwsKmsSigner, aws_kms_signer
from tokenpoints.chain.signers.opening import open_signer
from tokenpoints.chain.signers.transactions import SignedTransaction, Signer
from tokenpoints.chain.signers.web3signer import Web3SignerSigner
from tokenpoints.domain.fees import Fees
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.types import Address, hex_of
from tokenpoints.errors import SignerError, SignerUnavailable

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
TO = Address(b"\x11" * 20)


def sign(signer: Signer, nonce: int = 7, to: Address | None = TO) -> SignedTransaction:
    return signer.sign(nonce=nonce, to=to, calldata=b"\x60\x01", gas_limit=90_000, fees=Fees(10, 1))


def assert_is_of(signed: SignedTransaction, address: Address) -> None:
    assert Account.recover_transaction(signed.raw).lower() == hex_of(address)
    assert signed.hash == keccak(signed.raw)


def test_a_signature_is_the_one_that_eth_account_makes() -> None:
    account = Account.from_key("0x" + "5a" * 32)
    expected = account.sign_transaction(
        {
            "type": 2,
            "chainId": 1,
            "nonce": 7,
            "to": bytes(TO),
            "value": 0,
            "data": b"\x60\x01",
            "gas": 90_000,
            "maxFeePerGas": 10,
            "maxPriorityFeePerGas": 1,
        }
    )
    assert sign(LocalSigner(account, 1)).raw == bytes(expected.raw_transaction)


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")

    def sign_digest(self: ECDSAPrivateKey, message: bytes, _algorithm: str) -> bytes:
        return bytes(self.private_key.sign(message, ec.ECDSA(Prehashed(SHA256()))))

    # moto knows no MessageType DIGEST and hashes what it is given.
    monkeypatch.setattr(ECDSAPrivateKey, "sign", sign_digest)
    with mock_aws():
        yield boto3.client("kms", region_name="eu-central-1")


def new_key(kms: Any, spec: str = "ECC_SECG_P256K1", use: str = "SIGN_VERIFY") -> str:
    return str(kms.create_key(KeySpec=spec, KeyUsage=use)["KeyMetadata"]["KeyId"])


def test_a_key_in_kms_signs_for_its_address(kms: Any) -> None:
    key = new_key(kms)
    signer = aws_kms_signer(key, 1, region="eu-central-1")
    for nonce in range(20):  # about half of them need s turned, and half the other parity
        assert_is_of(sign(signer, nonce), signer.address)
    assert_is_of(sign(signer, to=None), signer.address)
    assert open_signer(f"aws-kms:{key}?region=eu-central-1", 1).address == signer.address


class HighS:
    """A KMS that gives the greater s each time, which the chain refuses."""

    def __init__(self, kms: Any) -> None:
        self.get_public_key = kms.get_public_key
        self._kms = kms

    def sign(self, **request: Any) -> dict[str, bytes]:
        r, s = decode_dss_signature(self._kms.sign(**request)["Signature"])
        return {"Signature": encode_dss_signature(r, max(s, CURVE_ORDER - s))}


def test_a_high_s_is_turned(kms: Any) -> None:
    signer = AwsKmsSigner(HighS(kms), new_key(kms), 1)
    for nonce in range(5):
        assert_is_of(sign(signer, nonce), signer.address)


class OtherKey(HighS):
    """A KMS whose alias was pointed at another key since the start."""

    def sign(self, **request: Any) -> dict[str, bytes]:
        other: dict[str, bytes] = self._kms.sign(**(request | {"KeyId": new_key(self._kms)}))
        return other


def test_a_signature_of_another_key_is_refused(kms: Any) -> None:
    with pytest.raises(SignerError, match="not that of 0x"):
        sign(AwsKmsSigner(OtherKey(kms), new_key(kms), 1))


class Failing(HighS):
    """A KMS that answers with an error."""

    error: Exception

    def sign(self, **_: Any) -> dict[str, bytes]:
        raise self.error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ClientError({"Error": {"Code": "ThrottlingException"}}, "Sign"), SignerUnavailable),
        (ClientError({"Error": {"Code": "AccessDeniedException"}}, "Sign"), SignerError),
        (EndpointConnectionError(endpoint_url="https://kms"), SignerUnavailable),
    ],
)
def test_what_may_pass_is_told_from_what_will_not(kms: Any, error: Exception, expected: type[Exception]) -> None:
    failing = Failing(kms)
    failing.error = error
    with pytest.raises(expected, match="AWS KMS"):
        sign(AwsKmsSigner(failing, new_key(kms), 1))


def test_keys_that_cannot_sign_transactions_are_refused(kms: Any) -> None:
    with pytest.raises(SignerError, match="not of spec"):
        AwsKmsSigner(kms, new_key(kms, "ECC_NIST_P256"), 1)
    with pytest.raises(SignerError, match="AWS KMS"):
        AwsKmsSigner(kms, "00000000-0000-0000-0000-000000000000", 1)


@dataclass
class Service:
    """A signing service with Web3Signer's API, and a real key."""

    account: Any = field(default_factory=lambda: Account.from_key("0x" + "5a" * 32))
    signs_with: Any = None
    fails_with: int | None = None
    answers: str | None = None
    url: str = ""

    @property
    def address(self) -> Address:
        return Address(bytes.fromhex(self.account.address[2:]))

    def public_key(self) -> str:
        return str(self.account._key_obj.public_key.to_hex())

    def signature(self, data: bytes) -> str:
        signed = (self.signs_with or self.account).unsafe_sign_hash(keccak(data))
        numbers = signed.r.to_bytes(32, "big") + signed.s.to_bytes(32, "big") + bytes([signed.v])
        return hex_of(numbers)


@pytest.fixture
def service() -> Iterator[Service]:
    served = Service()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def _answer(self, status: int, text: str) -> None:
            self.send_response(served.fails_with or status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def do_GET(self) -> None:
            assert self.path == "/api/v1/eth1/publicKeys"
            other = Account.from_key("0x" + "77" * 32)._key_obj.public_key.to_hex()
            self._answer(200, json.dumps([other, served.public_key()]))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.path != f"/api/v1/eth1/sign/{served.public_key()}":
                self._answer(404, "Public Key not found")
                return
            self._answer(200, served.answers or served.signature(bytes.fromhex(body["data"][2:])))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def remote(service: Service) -> Iterator[Web3SignerSigner]:
    signer = open_signer(f"web3signer:{service.url}?address={hex_of(service.address)}", 1)
    assert isinstance(signer, Web3SignerSigner)
    yield signer
    signer.close()


def test_a_remote_signer_signs_for_its_address(service: Service, remote: Web3SignerSigner) -> None:
    for nonce in range(5):
        assert_is_of(sign(remote, nonce), service.address)


def test_a_remote_signature_of_another_key_is_refused(service: Service, remote: Web3SignerSigner) -> None:
    service.signs_with = Account.from_key("0x" + "77" * 32)
    with pytest.raises(SignerError, match="not that of 0x"):
        sign(remote)


@pytest.mark.parametrize("answer", ["0x1234", "signed!", "0x" + "00" * 65, "0x" + "ff" * 65])
def test_what_is_no_signature_is_refused(service: Service, remote: Web3SignerSigner, answer: str) -> None:
    service.answers = answer
    with pytest.raises(SignerError):
        sign(remote)


def test_a_remote_signer_without_the_key_is_told(service: Service) -> None:
    signer = Web3SignerSigner(service.url, TO, 1)
    with pytest.raises(SignerError, match="has no key for 0x1111"):
        sign(signer)
    signer.close()


def test_a_remote_signer_that_fails_may_work_later(service: Service, remote: Web3SignerSigner) -> None:
    service.fails_with = 503
    with pytest.raises(SignerUnavailable, match="503"):
        sign(remote)
    service.fails_with = None
    assert_is_of(sign(remote), service.address)


def test_a_remote_signer_that_is_not_there_may_come_back() -> None:
    signer = Web3SignerSigner("http://127.0.0.1:1", TO, 1)
    with pytest.raises(SignerUnavailable, match="does not answer"):
        sign(signer)
    signer.close()


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("", "no kind of key"),
        ("vault:key", "no kind of key"),
        ("keystore:", "nothing follows"),
        ("keystore:/key.json", "password_file is missing"),
        ("aws-kms:key?regoin=eu", "regoin is not known"),
        ("web3signer:host:9000?address=0x" + "11" * 20, "http or https"),
        ("web3signer:http://host?address=0x11", "20 bytes"),
        ("development:nobody", "no key for 'nobody'"),
    ],
)
def test_what_names_no_key_is_told(uri: str, why: str) -> None:
    with pytest.raises(SignerError, match=why):
        open_signer(uri, 31337)


def test_development_keys_are_refused_on_real_chains_by_uri_too() -> None:
    with pytest.raises(SignerError, match="refused on chain 1"):
        open_signer("development:issuer", 1)
