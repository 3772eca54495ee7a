"""Answers that are worth keeping while the chain stands still."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    state: bytes | None
    at: datetime
    value: T


class Remembered(Generic[T]):
    """Keeps one answer a key until its state changes, and for `seconds_min` even then."""

    def __init__(self, clock: Callable[[], datetime], *, seconds_min: float) -> None:
        self._clock, self._seconds_min = clock, seconds_min
        self._kept: dict[str, _Kept[T]] = {}

    async def get(self, key: str, *, state: bytes | None, compute: Callable[[], Awaitable[T]]) -> T:
        """The answer for `key`, at most `seconds_min` older than `state`."""
        now = self._clock()
        kept = self._kept.get(key)
        if kept and (kept.state == state or 0 <= (now - kept.at).total_seconds() < self._seconds_min):
            return kept.value
        value = await compute()
        self._kept[key] = _Kept(state, now, value)
        return value
