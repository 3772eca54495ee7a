"""Sign in with Ethereum (EIP-4361): a nonce of ours, a message of the wallet's, a member whose account it is."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from datetime import datetime, timedelta

from tokenpoints.chain.rpc import RpcClient
from tokenpoints.chain.signatures import is_signed_by, member_of, personal_digest
from tokenpoints.domain import sign_in_message
from tokenpoints.domain.accounts import Member
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address
from tokenpoints.errors import SignatureInvalid, SignInNoMember, SignInNonceUnknown
from tokenpoints.storage import members, sign_in_nonces
from tokenpoints.storage.database import Database, Session

NONCE_LIFETIME = timedelta(minutes=5)
NONCE_LENGTH = 24
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Nonce:
    """Good for one sign-in to one program."""

    text: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignIn:
    """What comes in: the text that was signed, its signature, and the account where it is not the signer itself."""

    message: str
    signature: bytes
    account: Address | None


async def new_nonce(session: Session, program: Program, *, now: datetime) -> Nonce:
    """A nonce; those that have expired are forgotten."""
    nonce = Nonce("".join(secrets.choice(_ALPHABET) for _ in range(NONCE_LENGTH)), now + NONCE_LIFETIME)
    await sign_in_nonces.forget_expired(session, now)
    await sign_in_nonces.add(session, program.slug, nonce.text, nonce.expires_at)
    return nonce


async def signed_in(
    database: Database,
    rpc: RpcClient,
    program: Program,
    sign_in: SignIn,
    *,
    domains: frozenset[str],
    chain_id: int,
    now: datetime,
) -> Member:
    """The member who signed; uses up the nonce.

    Raises SignInMalformed, SignInWrongDomain, SignInWrongChain, SignInExpired, SignInNonceUnknown, SignInNoMember,
    SignatureInvalid, SignatureMalleable and ChainUnavailable.
    """
    message = sign_in_message.parse(sign_in.message)
    sign_in_message.check(message, domains=domains, chain_id=chain_id, now=now)
    account = sign_in.account or message.address
    async with database.snapshot() as session:
        # The node is asked only for those who have a nonce and name an account of a member's.
        if not await sign_in_nonces.is_good(session, program.slug, message.nonce, now):
            raise SignInNonceUnknown
        member = await members.with_account(session, program.slug, account)
    if member is None:
        raise SignInNoMember
    digest = personal_digest(sign_in.message)
    if not await is_signed_by(rpc, message.address, digest, sign_in.signature):
        raise SignatureInvalid
    if account != message.address and await member_of(rpc, account) != message.address:
        raise SignInNoMember
    async with database.session() as session:
        if not await sign_in_nonces.use(session, program.slug, message.nonce, now):
            raise SignInNonceUnknown
    return member
