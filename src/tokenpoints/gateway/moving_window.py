"""Counting calls of the last minute, exactly, in memory.

`limits` counts them alike, but starts a thread that forgets the old ones, again and again: that takes longer than all
else that a gateway does to a request.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A call among its caller's."""

    is_allowed: bool
    remaining: int
    free_at: float
    """When the oldest that counts stops counting, and so makes room."""


class MovingWindow:
    """When each caller called. What is refused does not count."""

    def __init__(self, *, seconds: float, timer: Callable[[], float]) -> None:
        self._seconds, self._timer = seconds, timer
        self._calls: dict[str, deque[float]] = {}
        self._forget_at = 0.0

    def call(self, caller: str, *, limit: int) -> Place:
        """Count a call, if there is room for it: `limit` is 1 or more."""
        now = self._timer()
        self._forget(now)
        calls = self._calls.setdefault(caller, deque())
        while calls and calls[0] <= now - self._seconds:
            calls.popleft()
        is_allowed = len(calls) < limit
        if is_allowed:
            calls.append(now)
        return Place(is_allowed, limit - len(calls), calls[0] + self._seconds)

    def __len__(self) -> int:
        """Callers of whom something is known."""
        return len(self._calls)

    def _forget(self, now: float) -> None:
        """Drop those who have not called for a whole window, once in each."""
        if now < self._forget_at:
            return
        self._forget_at = now + self._seconds
        self._calls = {who: calls for who, calls in self._calls.items() if calls[-1] > now - self._seconds}
