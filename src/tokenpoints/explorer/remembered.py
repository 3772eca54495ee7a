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
    until: datetime
    value: T


class Remembered(Generic[T]):
    """Keeps one answer a key until its state changes, and even then for `share` times as long as it took."""

    def __init__(self, clock: Callable[[], datetime], *, share: float) -> None:
        self._clock, self._share = clock, share
        self._kept: dict[str, _Kept[T]] = {}

    async def get(self, key: str, *, state: bytes | None, compute: Callable[[], Awaitable[T]]) -> T:
        """The answer for `key`; a costly one may be a little older than `state`."""
        now = self._clock()
        kept = self._kept.get(key)
        if kept and (kept.state == state or kept.at <= now < kept.until):
            return kept.value
        value = await compute()
        done = self._clock()
        self._kept[key] = _Kept(state, done, done + self._share * (done - now), value)
        return value
