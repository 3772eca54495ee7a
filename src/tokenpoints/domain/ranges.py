"""How many blocks to ask a node for at once: as many as hold about a certain number of logs."""

from __future__ import annotations

from dataclasses import dataclass, field

LOGS_WANTED = 20_000
ANSWER_BYTES_WANTED = 10_000_000
_GROWTH_MAX = 4
_CALM = 20
"""Answers without a refusal, after which more than the node last refused is tried again."""


@dataclass
class RangeSize:
    """A number of blocks that follows what the node's answers were like."""

    block_count_max: int
    block_count: int = 16
    _refused: int | None = field(default=None, init=False)
    """The least that the node found too much."""
    _answered: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.block_count = min(self.block_count, self.block_count_max)

    def answered(self, block_count: int, *, log_count: int, answer_bytes: int) -> None:
        """Take note of an answer."""
        self._answered += 1
        if self._refused is not None and self._answered >= _CALM:
            self._refused, self._answered = self._refused * 2, 0
        share = max(log_count / LOGS_WANTED, answer_bytes / ANSWER_BYTES_WANTED, 1 / _GROWTH_MAX)
        wanted = max(1, int(block_count / share))
        if share <= 1 and wanted <= self.block_count and block_count < self.block_count:
            return  # a range that was cut short says nothing against larger ones
        ceiling = self.block_count_max if self._refused is None else min(self.block_count_max, self._refused - 1)
        self.block_count = max(1, min(wanted, ceiling))

    def refused(self, block_count: int) -> None:
        """Take note that the node found `block_count` blocks too much."""
        self._refused, self._answered = max(2, block_count), 0
        self.block_count = max(1, block_count // 2)
