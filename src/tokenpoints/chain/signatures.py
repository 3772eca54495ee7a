"""Whether an address signed a message: a key's by recovery, a contract's by ERC-1271, before it exists by ERC-6492."""

from __future__ import annotations

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.rpc import RpcClient, bytes_from_hex
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.types import ZERO_ADDRESS, Address, Hash32, hex_of
from tokenpoints.errors import ChainRefused, SignatureMalleable

SIGNATURE_BYTES_MAX = 8_192
_KEY_SIGNATURE_BYTES = 65
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Of secp256k1."""
UNDEPLOYED = bytes.fromhex("6492" * 16)
"""At the end of an ERC-6492 signature (https://eips.ethereum.org/EIPS/eip-6492)."""
_SELECTOR = keccak(b"isValidSignature(bytes32,bytes)")[:4]
_GAS_MAX = 5_000_000
"""For what a stranger's contract does in a check."""

# A creation that calls the factory, whether or not that works, then asks the account, and returns its answer: nothing
# is deployed, since `eth_call` changes nothing. The factory's calldata and then the question stand behind the code.
_PREPARED = (
    "62{prepare:06x} 61{length:04x} 6000 39"  # the factory's calldata into memory
    "6000 6000 62{prepare:06x} 6000 6000 73{factory} 5a f1 50"
    "62{question:06x} 62{behind:06x} 6000 39"  # the question into memory
    "6020 6000 62{question:06x} 6000 73{account} 5a fa"
    "60{answer:02x} 57 6000 6000 fd"
    "5b 6020 3d 10 60{fail:02x} 57 6020 6000 f3"  # an answer of a word
    "5b 6000 6000 fd"
)
_ANSWER, _FAIL, _LENGTH = 0x62, 0x6F, 0x75


def personal_digest(message: str) -> Hash32:
    """What a wallet signs for a text (ERC-191, version 0x45)."""
    raw = message.encode()
    return Hash32(keccak(b"\x19Ethereum Signed Message:\n" + str(len(raw)).encode() + raw))


async def is_signed_by(rpc: RpcClient, signer: Address, digest: Hash32, signature: bytes) -> bool:
    """Raises SignatureMalleable for the second form of a key's signature, and ChainUnavailable."""
    if _recovered(digest, signature) == signer:
        if int.from_bytes(signature[32:64], "big") > _ORDER // 2:
            raise SignatureMalleable
        return True
    if signature.endswith(UNDEPLOYED):
        return await _is_signed_by_undeployed(rpc, signer, digest, signature[: -len(UNDEPLOYED)])
    return bool(await rpc.code(signer)) and await _is_signed_by_contract(rpc, signer, digest, signature)


async def member_of(rpc: RpcClient, account: Address) -> Address:
    """Who claimed a member's account; the zero address before anybody did. Raises ChainUnavailable."""
    account_code = interface("MemberAccount")
    try:
        answer = await rpc.read(account, account_code.calldata("member"))
    except ChainRefused:
        return ZERO_ADDRESS
    return Address(answer[12:]) if len(answer) == 32 else ZERO_ADDRESS


def _recovered(digest: Hash32, signature: bytes) -> Address | None:
    if len(signature) != _KEY_SIGNATURE_BYTES or signature[64] not in (27, 28):
        return None
    try:
        plain = Signature(signature[:64] + bytes([signature[64] - 27]))
        return Address(plain.recover_public_key_from_msg_hash(digest).to_canonical_address())
    except (BadSignature, ValidationError):
        return None


async def _is_signed_by_contract(rpc: RpcClient, signer: Address, digest: Hash32, signature: bytes) -> bool:
    return await _accepts(rpc, {"to": hex_of(signer), "data": hex_of(_question(digest, signature))})


async def _is_signed_by_undeployed(rpc: RpcClient, signer: Address, digest: Hash32, wrapped: bytes) -> bool:
    try:
        factory, prepare, signature = decode(["address", "bytes", "bytes"], wrapped)
    except (DecodingError, OverflowError):
        return False
    # Where the account exists by now its signature is good as it is, unless it has to be prepared first.
    if await rpc.code(signer) and await _is_signed_by_contract(rpc, signer, digest, signature):
        return True
    creation = _prepared(Address(bytes.fromhex(factory[2:])), prepare, signer, _question(digest, signature))
    return await _accepts(rpc, {"data": hex_of(creation)})


async def _accepts(rpc: RpcClient, request: dict[str, str]) -> bool:
    try:
        answer = bytes_from_hex(await rpc.call("eth_call", request | {"gas": hex(_GAS_MAX)}, "latest"))
    except ChainRefused:
        return False
    return len(answer) >= 32 and answer[:32] == _SELECTOR + bytes(28)


def _question(digest: Hash32, signature: bytes) -> bytes:
    return _SELECTOR + encode(["bytes32", "bytes"], [digest, signature])


def _prepared(factory: Address, prepare: bytes, account: Address, question: bytes) -> bytes:
    code = _PREPARED.format(
        prepare=len(prepare),
        question=len(question),
        behind=_LENGTH + len(prepare),
        length=_LENGTH,
        factory=factory.hex(),
        account=account.hex(),
        answer=_ANSWER,
        fail=_FAIL,
    )
    return bytes.fromhex(code) + prepare + question
