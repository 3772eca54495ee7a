"""Trying a call again: which request, when, and when no more. Pure but for the key that it draws."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import msgspec

from tokenpoints.client.calls import Answer, Call
from tokenpoints.errors import GatewayRefused, GatewayUnreachable

_RETRYABLE_STATUSES = frozenset({408, 425, 429, 502, 503, 504})
_RETRYABLE_CODES = frozenset({"idempotency_key_in_flight"})
_PAUSE_MIN_SECONDS = 0.1
_PAUSE_MAX_SECONDS = 5.0
_PAUSE_TOLD_MAX_SECONDS = 60

FAILURES = (httpx.TransportError, httpx.DecodingError)
"""Of a connection: whether the gateway acted, nobody knows."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The gateway gives no usable answer, and the client tries again."""

    why: str
    since_seconds: float
    pause_seconds: float


class Attempts:
    """The attempts at one call. All have the same idempotency key, so that what is tried again happens once."""

    def __init__(self, call: Call[Any], *, give_up_after_seconds: float, clock: Callable[[], float]) -> None:
        headers = {} if call.body is None else {"Content-Type": "application/json"}
        if call.writes:
            headers["Idempotency-Key"] = call.idempotency_key or str(uuid.uuid4())
        self.request: dict[str, Any] = {
            "method": call.method,
            "url": call.path,
            "params": _sent(call.query),
            "content": None if call.body is None else msgspec.json.encode(call.body),
            "headers": headers,
        }
        """What an httpx client is to send."""
        self._give_up_after_seconds, self._clock = give_up_after_seconds, clock
        self._failed_since: float | None = None
        self._pause_seconds = _PAUSE_MIN_SECONDS

    def failed(self, error: Exception) -> Waiting:
        """How long to wait after no answer. Raises GatewayUnreachable."""
        return self._next(f"{type(error).__name__}: {error}", 0.0)

    def answered(self, response: httpx.Response) -> Waiting | None:
        """How long to wait after this answer; None where it is the one. Raises GatewayRefused, GatewayUnreachable."""
        if response.is_success:
            return None
        refusal = _refusal(response)
        if response.status_code not in _RETRYABLE_STATUSES and refusal.problem_code not in _RETRYABLE_CODES:
            raise refusal
        return self._next(str(refusal), _told_seconds(response))

    def _next(self, why: str, told_seconds: float) -> Waiting:
        now = self._clock()
        self._failed_since = now if self._failed_since is None else self._failed_since
        failed_for = now - self._failed_since
        if failed_for >= self._give_up_after_seconds:
            raise GatewayUnreachable(f"no usable answer for {failed_for:.0f} seconds; last: {why}")
        # Spread out, so that many clients do not come back at the same moment.
        spread = self._pause_seconds * random.uniform(0.7, 1.3)  # noqa: S311
        pause = min(max(told_seconds, spread), self._give_up_after_seconds)
        self._pause_seconds = min(self._pause_seconds * 2, _PAUSE_MAX_SECONDS)
        return Waiting(why, failed_for, pause)


def read(call: Call[Answer], response: httpx.Response) -> Answer:
    """What the answer says. Raises GatewayRefused where it is not of the type that was promised."""
    found: Answer
    if call.answer in (bytes, str):
        found = response.content if call.answer is bytes else response.text  # type: ignore[assignment]
        return found
    try:
        found = _decoder(call.answer).decode(response.content)  # type: ignore[arg-type]  # a type is hashable
    except msgspec.ValidationError as error:
        raise GatewayRefused(response.status_code, "unexpected_answer", f"not as documented: {error}") from None
    except ValueError:  # no JSON, or not even text
        raise _no_gateway(response) from None
    return found


@cache
def _decoder(answer: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(answer)


def _sent(query: Mapping[str, object] | None) -> dict[str, Any]:
    """Without what is not said."""
    return {name: value for name, value in (query or {}).items() if value is not None and value is not False}


def _told_seconds(response: httpx.Response) -> float:
    """How long the gateway asks to wait: at most a minute is heeded."""
    told = response.headers.get("retry-after", "")
    is_number = told.isascii() and told.isdigit() and len(told) < 9  # it may also be a date
    return float(min(int(told), _PAUSE_TOLD_MAX_SECONDS)) if is_number else 0.0


def _refusal(response: httpx.Response) -> GatewayRefused:
    try:
        problem = msgspec.json.decode(response.content)
        faults = [(fault["pointer"], fault["detail"]) for fault in problem["errors"]]
        return GatewayRefused(response.status_code, problem["code"], problem["detail"], faults)
    except (ValueError, KeyError, TypeError):
        return _no_gateway(response)


def _no_gateway(response: httpx.Response) -> GatewayRefused:
    return GatewayRefused(response.status_code, "not_a_gateway", "the answer is not one of a gateway")
