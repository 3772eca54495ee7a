"""Points at which a test has a process end as `kill -9` ends it, and a clock that a test makes jump.

Nothing happens unless `TOKENPOINTS_FAILPOINTS` is set, and it may be set on a development chain only. It holds words:

    submitter.signed=kill@3      ends the process the third time that it comes by
    clock=-3600@20               from its twentieth reading on, the process's clock is an hour slow
"""

from __future__ import annotations

import os
import re
import signal
from dataclasses import dataclass
from enum import StrEnum

from tokenpoints.errors import ConfigurationError


class Point(StrEnum):
    """What a process is about to do, or has just done."""

    GATEWAY_ACTED = "gateway.acted"
    """What a request under an idempotency key does is written, and its answer is not."""
    GATEWAY_COMMITTING = "gateway.committing"
    """Everything that a request writes is written, and not committed."""
    GATEWAY_ANSWERING = "gateway.answering"
    """It is committed, and not answered."""
    SUBMITTER_SEALING = "submitter.sealing"
    """A batch is written, and not committed."""
    SUBMITTER_SIGNED = "submitter.signed"
    """A transaction is signed, and not stored."""
    SUBMITTER_STORED = "submitter.stored"
    """It is stored, and not sent."""
    SUBMITTER_SENT = "submitter.sent"
    """The node has it, and nobody remembers that."""
    SUBMITTER_MINED = "submitter.mined"
    """The chain has a batch more than at the last look."""
    SUBMITTER_BUMPING = "submitter.bumping"
    """A replacement with higher fees is signed, and not stored."""
    INDEXER_MID_RANGE = "indexer.mid-range"
    """Some blocks of a range are written, and not committed."""
    INDEXER_ROLLING_BACK = "indexer.rolling-back"
    """Blocks are undone, and that is not committed."""
    WEBHOOKS_TELLING = "webhooks.telling"
    """Messages are written, and not committed."""
    WEBHOOKS_SENDING = "webhooks.sending"
    """A message is about to be sent."""
    WEBHOOKS_SENT = "webhooks.sent"
    """The receiver has taken it, and nobody remembers that."""
    OPERATOR_SIGNED = "operator.signed"
    """An operation's transaction is signed, and not stored."""
    OPERATOR_STORED = "operator.stored"
    """It is stored, and not sent."""
    OPERATOR_SENT = "operator.sent"
    """The node has it, and nobody remembers that."""
    OPERATOR_MINED = "operator.mined"
    """A block has it, and that is not recorded."""
    OPERATOR_BUMPING = "operator.bumping"
    """A replacement with higher fees is signed, and not stored."""


CLOCK = "clock"
_WORD = re.compile(r"(?P<name>[a-z.-]+)=(?P<action>kill|[+-]\d{1,6})@(?P<nth>[1-9]\d{0,6})")


@dataclass(slots=True)
class _Armed:
    nth: int
    seconds: int
    count: int = 0

    def is_due(self) -> bool:
        self.count += 1
        return self.count >= self.nth


_armed: dict[str, _Armed] = {}


def arm(words: str) -> None:
    """Set what `words` say, and forget what was set before. Raises ConfigurationError."""
    found = {}
    for word in words.split():
        match = _WORD.fullmatch(word)
        is_clock = match is not None and match["name"] == CLOCK
        if match is None or (match["action"] == "kill") == is_clock or not (is_clock or match["name"] in set(Point)):
            raise ConfigurationError(f"TOKENPOINTS_FAILPOINTS: {word!r} is no point=kill@n and no clock=±seconds@n")
        found[match["name"]] = _Armed(int(match["nth"]), int(match["action"]) if is_clock else 0)
    _armed.clear()
    _armed.update(found)


def reached(point: Point) -> None:
    """Say that the process is there."""
    if _armed and point in _armed and _armed[point].is_due():
        os.kill(os.getpid(), signal.SIGKILL)


def clock_offset_seconds() -> int:
    """By how much the clock is to be wrong."""
    if _armed and CLOCK in _armed and _armed[CLOCK].is_due():
        return _armed[CLOCK].seconds
    return 0
