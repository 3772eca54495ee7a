"""API keys: their text, who may do what with them, and what a store's key may award. Pure.

A key is `tp_live_` or `tp_test_` (of development chains) and 65 digits of Crockford's base 32
(https://www.crockford.com/base32.html): 26 of its public id, 32 of its secret (160 random bits), and 7 of a checksum,
the CRC-32 of all that stands before them. A typing error is found without asking the database, and scanners find a key
that leaked by its beginning.

What is kept is the SHA-256 of the text. A password's hash is slow because passwords can be guessed; of 160 random bits
nobody finds even one by trying, however fast the hash.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zlib import crc32

from tokenpoints.domain.chains import DEVELOPMENT_CHAINS
from tokenpoints.domain.ids import base32
from tokenpoints.domain.types import Hash32

ID_PREFIX = "key"
_SECRET_BITS, _SECRET_DIGITS = 160, 32
_CHECKSUM_DIGITS = 7
_ID_DIGITS = 26
_KEY = re.compile(rf"tp_(live|test)_([0-9A-HJKMNP-TV-Z]{{{_ID_DIGITS + _SECRET_DIGITS + _CHECKSUM_DIGITS}}})")

OVERLAP_MAX = timedelta(days=7)
"""How long a key may work on after its successor was made."""


class Mode(StrEnum):
    """What a key's points are worth."""

    LIVE = "live"
    TEST = "test"


def mode_of(chain_id: int) -> Mode:
    """The mode of all keys of an installation on this chain."""
    return Mode.TEST if chain_id in DEVELOPMENT_CHAINS else Mode.LIVE


class Scope(StrEnum):
    """What an operation asks of the key that calls it."""

    PROGRAMS_READ = "programs:read"
    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"
    MEMBERS_MERGE = "members:merge"
    MEMBERS_ERASE = "members:erase"
    MEMBERS_SIGN_IN = "members:sign-in"
    """Tokens with which members see what is theirs."""
    MEMBERS_ACT = "members:act"
    """Redemptions, transfers, conversions and donations on behalf of members."""
    RECEIPTS_READ = "receipts:read"
    RECEIPTS_WRITE = "receipts:write"
    ADJUSTMENTS_WRITE = "adjustments:write"
    """Asking for points to be given or taken by hand."""
    ADJUSTMENTS_APPROVE = "adjustments:approve"
    AWARDS_READ = "awards:read"
    AWARDS_RETRY = "awards:retry"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    OPERATIONS_READ = "operations:read"
    OPERATIONS_CANCEL = "operations:cancel"
    RULES_WRITE = "rules:write"
    REWARDS_WRITE = "rewards:write"
    PARTNERS_WRITE = "partners:write"
    SAFETY_WRITE = "safety:write"
    """Freezes and pauses."""
    GOVERNANCE_WRITE = "governance:write"
    """What the owner of a program may: its issuers, roles, notice period and end."""
    PROGRAMS_CREATE = "programs:create"
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    AUDIT_READ = "audit:read"
    METRICS_READ = "metrics:read"


class KeyRole(StrEnum):
    """Whom a key is for."""

    ADMIN = "admin"
    INTEGRATION = "integration"
    STORE = "store"
    CASHIER = "cashier"
    READ = "read"
    PLATFORM = "platform"
    """Who operates the installation: of no program, and good for all."""


_READING = frozenset(
    {Scope.PROGRAMS_READ, Scope.MEMBERS_READ, Scope.RECEIPTS_READ, Scope.AWARDS_READ, Scope.OPERATIONS_READ}
)
_TILL = frozenset({Scope.PROGRAMS_READ, Scope.RECEIPTS_READ, Scope.RECEIPTS_WRITE})
SCOPES: dict[KeyRole, frozenset[Scope]] = {
    KeyRole.ADMIN: frozenset(Scope) - {Scope.METRICS_READ, Scope.PROGRAMS_CREATE},
    KeyRole.INTEGRATION: _READING
    | {
        Scope.MEMBERS_WRITE,
        Scope.MEMBERS_SIGN_IN,
        Scope.MEMBERS_ACT,
        Scope.RECEIPTS_WRITE,
        Scope.ADJUSTMENTS_WRITE,
        Scope.AWARDS_RETRY,
        Scope.WEBHOOKS_READ,
        Scope.WEBHOOKS_WRITE,
    },
    KeyRole.STORE: _TILL,
    KeyRole.CASHIER: _TILL,
    KeyRole.READ: _READING,
    KeyRole.PLATFORM: frozenset(Scope),
}
"""The most that a key of each role can do; a key may have fewer."""
TILL_ROLES = frozenset({KeyRole.STORE, KeyRole.CASHIER})
"""Those that see and record the receipts of one store, within limits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a key records; None where it is not limited. Amounts are in the currency's smallest unit."""

    receipt_amount: int | None = None
    day_amount: int | None = None
    day_count: int | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key, without its secret."""

    seq: int
    id: str
    program: str | None
    """None: of the installation, good for every program."""
    name: str
    role: KeyRole
    scopes: frozenset[Scope]
    store: str | None
    member_id: str | None
    """The cashier, to whom it awards nothing."""
    limits: Limits
    lineage: str
    """The id of the first of those that were rotated into this one: they share their limits."""
    secret_hash: Hash32
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    replaced_by: str | None

    def is_active(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def is_for(self, program: str) -> bool:
        """Whether the program is the key's business."""
        return self.program is None or self.program == program


@dataclass(frozen=True, slots=True)
class NewSecret:
    """What is shown once, and what is kept of it."""

    key_id: str
    text: str
    """Never for a log."""
    secret_hash: Hash32


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a key's text says of itself."""

    key_id: str
    mode: Mode


def new_secret(key_id: str, mode: Mode) -> NewSecret:
    """A new key's text. `key_id` is of `new_id(ID_PREFIX)`."""
    digits = key_id.removeprefix(f"{ID_PREFIX}_") + base32(secrets.randbits(_SECRET_BITS), _SECRET_DIGITS)
    text = f"tp_{mode}_{digits}"
    text += _checksum(text)
    return NewSecret(key_id, text, hash_of(text))


def parse(text: str) -> Parsed | None:
    """None where no key can look like this."""
    found = _KEY.fullmatch(text)
    if found is None or not hmac.compare_digest(_checksum(text[:-_CHECKSUM_DIGITS]), text[-_CHECKSUM_DIGITS:]):
        return None
    return Parsed(f"{ID_PREFIX}_{found[2][:_ID_DIGITS]}", Mode(found[1]))


def hash_of(text: str) -> Hash32:
    """What is kept of a key's text."""
    return Hash32(hashlib.sha256(text.encode()).digest())


def opens(key: ApiKey, text: str, now: datetime) -> bool:
    """Whether `text` is the text of `key`, and the key works. Takes the same time whatever the text."""
    return hmac.compare_digest(key.secret_hash, hash_of(text)) and key.is_active(now)


def may_hand_out(giver: Collection[Scope], given: Collection[Scope]) -> bool:
    """Whether a key with the first scopes may make one with the second: none can do more than its maker."""
    return frozenset(given) <= frozenset(giver)


def day_of(now: datetime, day_start: int) -> int:
    """The program's day that `now` is in. Its days begin at the time of day of `day_start` (Unix seconds)."""
    return (int(now.timestamp()) - day_start) // 86_400


def _checksum(text: str) -> str:
    return base32(crc32(text.encode()), _CHECKSUM_DIGITS)
