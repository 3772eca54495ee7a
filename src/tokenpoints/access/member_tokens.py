"""Tokens with which members call: a JWT (RFC 7519) for one member, of one algorithm and one type (RFC 8725)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import jwt

from tokenpoints.domain.actions import StepUp
from tokenpoints.errors import ConfigurationError

ALGORITHM = "HS256"
TYPE = "tokenpoints-member+jwt"
ISSUER = "tokenpoints"
LIFETIME_MAX = timedelta(minutes=15)
STEP_UP_LIFETIME_MAX = timedelta(minutes=5)
"""Of a token that was issued for one action."""
_STEP_UP = "step_up"
SECRET_BYTES = 32
_TEXT_LENGTH_MAX = 2_000
_CLOCKS_APART_SECONDS = 5
"""By which the clocks of two gateways may differ."""
_CLAIMS = ("iss", "aud", "sub", "program", "iat", "nbf", "exp", "jti")
# Times are held against the gateway's own clock, below.
_OPTIONS: Any = {
    "require": list(_CLAIMS),
    "strict_aud": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "enforce_minimum_key_length": True,
}


@dataclass(frozen=True, slots=True)
class MemberToken:
    """Whose token it is."""

    program: str
    member_id: str
    id: str
    expires_at: datetime
    step_up: StepUp | None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """What is shown once."""

    text: str
    """Never for a log."""
    member_id: str
    expires_at: datetime


class MemberTokens:
    """Issues tokens and opens them. Nothing is kept of them: each works until it expires."""

    def __init__(self, secret: Callable[[], bytes], *, chain_id: int) -> None:
        self._read = secret
        self.audience = f"tokenpoints:{chain_id}:members"

    @cached_property
    def _secret(self) -> bytes:
        return self._read()

    def issue(
        self, program: str, member_id: str, *, lifetime: timedelta, now: datetime, step_up: StepUp | None = None
    ) -> IssuedToken:
        """A token from `now` on, for 15 minutes at most, or 5 with a step-up."""
        longest = LIFETIME_MAX if step_up is None else STEP_UP_LIFETIME_MAX
        if not timedelta(0) < lifetime <= longest:
            raise ValueError(f"a token lives for {longest} at most, not {lifetime}")
        begin = int(now.timestamp())
        end = begin + int(lifetime.total_seconds())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": self.audience,
            "sub": member_id,
            "program": program,
            "iat": begin,
            "nbf": begin,
            "exp": end,
            "jti": secrets.token_urlsafe(16),
        }
        if step_up is not None:
            claims[_STEP_UP] = {"kind": step_up.kind, "points": str(step_up.points)}
        text = jwt.encode(claims, self._secret, algorithm=ALGORITHM, headers={"typ": TYPE})
        return IssuedToken(text, member_id, datetime.fromtimestamp(end, UTC))

    def opened(self, text: str, *, now: datetime) -> MemberToken | None:
        """None for whatever is not a token of ours that works at this moment."""
        if len(text) > _TEXT_LENGTH_MAX:
            return None
        try:
            found = jwt.decode_complete(
                text, self._secret, algorithms=[ALGORITHM], audience=self.audience, issuer=ISSUER, options=_OPTIONS
            )
        except (jwt.PyJWTError, ValueError):
            return None
        header, claims = found["header"], found["payload"]
        times = [claims[name] for name in ("iat", "nbf", "exp")]
        if header.keys() != {"alg", "typ"} or header["typ"] != TYPE or any(type(at) is not int for at in times):
            return None
        issued, begins, ends = times
        at = now.timestamp()
        is_now = begins - _CLOCKS_APART_SECONDS <= at < ends
        if not is_now or ends - issued > LIFETIME_MAX.total_seconds():
            return None
        program, member_id = claims["program"], claims["sub"]
        if not isinstance(program, str) or not isinstance(member_id, str):
            return None
        step_up, is_well_formed = _step_up_in(claims)
        if not is_well_formed:
            return None
        return MemberToken(program, member_id, claims["jti"], datetime.fromtimestamp(ends, UTC), step_up)


def _step_up_in(claims: dict[str, Any]) -> tuple[StepUp | None, bool]:
    """The step-up, if there is one, and whether it is as we write it."""
    found = claims.get(_STEP_UP)
    if found is None:
        return None, True
    try:
        return StepUp(str(found["kind"]), int(found["points"])), True
    except (TypeError, KeyError, ValueError):
        return None, False


def secret_in(path: Path) -> bytes:
    """The secret that is kept in this file, made where there is none. Raises ConfigurationError."""
    if not path.exists():
        _make(path)
    try:
        secret = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError):
        secret = b""
    if len(secret) < SECRET_BYTES:
        raise ConfigurationError(f"{path} does not hold the {SECRET_BYTES} bytes of a secret, in hex")
    if path.stat().st_mode & 0o077:
        raise ConfigurationError(f"{path} can be read by others: its mode is to be 0600")
    return secret


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    own = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(SECRET_BYTES))
        # Of several gateways that start together, all take the first one's.
        with suppress(FileExistsError):
            os.link(own, path)
    finally:
        own.unlink()
