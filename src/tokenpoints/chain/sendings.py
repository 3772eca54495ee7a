"""What a process has sent of what is signed: it saves a node repeated sends, and shows which it refuses for the fee."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

_BASE_FEE = "base fee"
"""In what a node says of a transaction that offers less than the next block's, whichever software it runs."""


@dataclass(frozen=True, slots=True)
class _Sending:
    at: float
    is_too_cheap: bool


class Sendings:
    """By attempt, the last time it was sent."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._last: dict[int, _Sending] = {}

    def __contains__(self, seq: int) -> bool:
        return seq in self._last

    def keep(self, seqs: Collection[int]) -> None:
        """Forget all others."""
        self._last = {seq: self._last[seq] for seq in seqs if seq in self._last}

    def note(self, seq: int, objection: str | None = None) -> None:
        """An attempt was sent, or the node still has it. `objection` is what the node said against it."""
        said = (objection or "").lower().replace("_", " ")
        self._last[seq] = _Sending(self._monotonic(), _BASE_FEE in said)

    def seconds_ago(self) -> dict[int, float]:
        """By attempt, since it was last sent."""
        now = self._monotonic()
        return {seq: now - each.at for seq, each in self._last.items()}

    def too_cheap(self) -> frozenset[int]:
        """Attempts that the node last refused, as the next block asks for more."""
        return frozenset(seq for seq, each in self._last.items() if each.is_too_cheap)
