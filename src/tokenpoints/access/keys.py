"""The life of an API key: made, replaced, revoked; and what a store's key may still record."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tokenpoints.domain import keys
from tokenpoints.domain.accounts import is_identifier
from tokenpoints.domain.ids import new_id
from tokenpoints.domain.keys import NO_LIMITS, SCOPES, TILL_ROLES, ApiKey, KeyRole, Limits, Mode, Scope
from tokenpoints.domain.programs import Program
from tokenpoints.errors import (
    AwardToSelf,
    InvalidInput,
    KeyLimitExceeded,
    KeyNotActive,
    ScopeExceeded,
    TooManyKeys,
    UnknownKey,
    UnknownMember,
)
from tokenpoints.storage import api_keys, members
from tokenpoints.storage.database import Session

KEY_COUNT_MAX = 1_000
"""Of a program that work at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequest:
    """A key to be made. Without `scopes`, it has all of its role's."""

    name: str
    role: KeyRole
    scopes: frozenset[Scope] | None = None
    store: str | None = None
    member_id: str | None = None
    limits: Limits = NO_LIMITS
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key with its text, which is shown this once. Never for a log."""

    key: ApiKey
    text: str


async def create(
    session: Session,
    program: str | None,
    request: KeyRequest,
    *,
    mode: Mode,
    giver: Collection[Scope] = frozenset(Scope),
    now: datetime,
) -> ShownKey:
    """A new key, which can do no more than the scopes of its `giver`.

    Raises InvalidInput, ScopeExceeded, UnknownMember, TooManyKeys.
    """
    _check(program, request, now)
    scopes = request.scopes if request.scopes is not None else SCOPES[request.role]
    if not keys.may_hand_out(giver, scopes):
        raise ScopeExceeded(sorted(scopes - frozenset(giver)))
    if (
        program is not None
        and request.member_id is not None
        and request.member_id not in await members.by_ids(session, program, [request.member_id])
    ):
        raise UnknownMember([request.member_id[:100]])
    count = await api_keys.count_alone(session, program, now)
    if count >= KEY_COUNT_MAX:
        raise TooManyKeys(count)
    secret = keys.new_secret(new_id(keys.ID_PREFIX), mode)
    await api_keys.add(
        session,
        id=secret.key_id,
        program=program,
        name=request.name,
        role=request.role,
        scopes=scopes,
        store=request.store,
        member_id=request.member_id,
        limits=request.limits,
        lineage=secret.key_id,
        secret_hash=secret.secret_hash,
        created_at=now,
        expires_at=request.expires_at,
    )
    return ShownKey(await with_id(session, program, secret.key_id), secret.text)


async def rotate(
    session: Session,
    program: str | None,
    key_id: str,
    *,
    overlap: timedelta,
    mode: Mode,
    giver: Collection[Scope] = frozenset(Scope),
    now: datetime,
) -> ShownKey:
    """A new key in place of another one, which works on for as long as `overlap`, and no longer than it would have.

    Raises UnknownKey, KeyNotActive, ScopeExceeded.
    """
    old = await with_id(session, program, key_id, lock=True)
    if not old.is_active(now) or old.replaced_by is not None:
        raise KeyNotActive(old.id)
    if not keys.may_hand_out(giver, old.scopes):
        raise ScopeExceeded(sorted(old.scopes - frozenset(giver)))
    secret = keys.new_secret(new_id(keys.ID_PREFIX), mode)
    await api_keys.add(
        session,
        id=secret.key_id,
        program=old.program,
        name=old.name,
        role=old.role,
        scopes=old.scopes,
        store=old.store,
        member_id=old.member_id,
        limits=old.limits,
        lineage=old.lineage,
        secret_hash=secret.secret_hash,
        created_at=now,
        expires_at=old.expires_at,
    )
    until = now + overlap
    await api_keys.replace(
        session, old.seq, by=secret.key_id, until=until if old.expires_at is None else min(until, old.expires_at)
    )
    return ShownKey(await with_id(session, program, secret.key_id), secret.text)


async def revoke(session: Session, program: str | None, key_id: str, *, now: datetime) -> ApiKey:
    """Let a key open nothing from now on. Revoking it again changes nothing. Raises UnknownKey."""
    found = await with_id(session, program, key_id, lock=True)
    await api_keys.revoke(session, found.seq, now)
    return await with_id(session, program, key_id)


async def with_id(session: Session, program: str | None, key_id: str, *, lock: bool = False) -> ApiKey:
    """A key of the program, or of the installation. Raises UnknownKey."""
    found = await api_keys.with_id(session, key_id, lock=lock)
    if found is None or found.program != program:
        raise UnknownKey(key_id[:100])
    return found


async def opened_by(session: Session, text: str, *, mode: Mode, now: datetime) -> ApiKey | None:
    """The key that `text` is of; None where it opens nothing here, for whatever reason."""
    parsed = keys.parse(text)
    if parsed is None or parsed.mode is not mode:
        return None
    found = await api_keys.with_id(session, parsed.key_id)
    return found if found is not None and keys.opens(found, text, now) else None


def require_not_self(key: ApiKey, member_ids: Collection[str]) -> None:
    """Raises AwardToSelf where a cashier is among those that are awarded to."""
    if key.member_id is not None and key.member_id in member_ids:
        raise AwardToSelf(key.member_id)


async def spend(session: Session, program: Program, key: ApiKey, amounts: Sequence[int], *, now: datetime) -> None:
    """Count new receipts towards the key's limits. Raises KeyLimitExceeded, with which nothing may be recorded."""
    limits = key.limits
    if not amounts or limits == NO_LIMITS:
        return
    if limits.receipt_amount is not None and max(amounts) > limits.receipt_amount:
        raise KeyLimitExceeded("receipt_amount", limit=limits.receipt_amount, reached=max(amounts))
    day = keys.day_of(now, program.calendar.start)
    count, amount = await api_keys.spend(session, key.lineage, day, count=len(amounts), amount=sum(amounts))
    if limits.day_count is not None and count > limits.day_count:
        raise KeyLimitExceeded("day_count", limit=limits.day_count, reached=count)
    if limits.day_amount is not None and amount > limits.day_amount:
        raise KeyLimitExceeded("day_amount", limit=limits.day_amount, reached=amount)


def _check(program: str | None, request: KeyRequest, now: datetime) -> None:
    if not is_identifier(request.name):
        raise InvalidInput("must be 1 to 128 printable characters without outer blanks", field="/name")
    if request.store is not None and not is_identifier(request.store):
        raise InvalidInput("must be 1 to 128 printable characters without outer blanks", field="/store")
    if (request.role is KeyRole.PLATFORM) != (program is None):
        raise InvalidInput("a program's keys have any role but platform, which the installation's have", field="/role")
    is_till = request.role in TILL_ROLES
    if is_till != (request.store is not None):
        raise InvalidInput("goes with the roles store and cashier, which need it", field="/store")
    if (request.role is KeyRole.CASHIER) != (request.member_id is not None):
        raise InvalidInput("goes with the role cashier, which needs it", field="/member")
    if not is_till and request.limits != NO_LIMITS:
        raise InvalidInput("go with the roles store and cashier", field="/limits")
    if request.scopes is not None and not request.scopes <= SCOPES[request.role]:
        beyond = ", ".join(sorted(request.scopes - SCOPES[request.role]))
        raise InvalidInput(f"are more than the role has: {beyond}", field="/scopes")
    if request.scopes is not None and not request.scopes:
        raise InvalidInput("must not be empty", field="/scopes")
    if request.expires_at is not None and request.expires_at <= now:
        raise InvalidInput("must be in the future", field="/expires_at")
