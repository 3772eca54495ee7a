"""Staying close to the chain while sending."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tokenpoints.client import Client
from tokenpoints.client.models import RecordedReceiptAnswer

_POLL_SECONDS = 0.1
_PATIENCE_SECONDS = 60.0


@dataclass(slots=True)
class Pace:
    """Holds an import back while too many of its awards wait for the chain.

    Awards get there in the order in which they were recorded: what a customer buys meanwhile would wait behind the
    whole file. Recording does not need the chain, so where that stands still, nothing is held back any more.
    """

    client: Client
    program: str
    ahead_max: int
    """Awards."""
    on_standstill: Callable[[float], None]
    """Called once, with the seconds for which nothing has moved."""
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    _marks: deque[tuple[str, int]] = field(default_factory=deque, init=False)
    """The last award of each sending, with how many there were up to it."""
    _recorded: int = field(default=0, init=False)
    _settled: int = field(default=0, init=False)
    _is_given_up: bool = field(default=False, init=False)

    def count(self, receipts: Sequence[RecordedReceiptAnswer]) -> None:
        """Remember what was recorded."""
        new = [award for receipt in receipts if not receipt.replayed for award in receipt.awards]
        if new:
            self._recorded += len(new)
            self._marks.append((new[-1].id, self._recorded))

    def hold(self) -> None:
        """Return when no more than `ahead_max` of the awards wait. Raises GatewayUnreachable and GatewayRefused."""
        moved_at = self.monotonic()
        while self._marks and not self._is_given_up and self._recorded - self._settled > self.ahead_max:
            award, count = self._marks[0]
            if self.client.get_award(self.program, award).status != "pending":
                self._settled = count
                self._marks.popleft()
                moved_at = self.monotonic()
            elif (stood_seconds := self.monotonic() - moved_at) < _PATIENCE_SECONDS:
                self.sleep(_POLL_SECONDS)
            else:
                self._is_given_up = True
                self.on_standstill(stood_seconds)
