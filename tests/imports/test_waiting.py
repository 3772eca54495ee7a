"""What an import says of the chain while awards settle."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from tokenpoints.client import Client
from tokenpoints.imports.checkpoint import Progress
from tokenpoints.imports.waiting import settle


class SettlingClient:
    """A gateway at which the import's one award is refused between the first question and the next. Another's waits."""

    def __init__(self) -> None:
        self._is_settled = False

    def count_awards(self, _program: str) -> Any:
        refused = {"rule_closed": 1} if self._is_settled else {}
        self._is_settled = True
        return SimpleNamespace(pending=2 - len(refused), refused_by_reason=refused)

    def get_award(self, _program: str, _award: str) -> Any:
        status = "refused" if self._is_settled else "pending"
        self._is_settled = True
        return SimpleNamespace(status=status)


def test_the_last_state_tells_all_that_was_refused() -> None:
    progress = Progress(awards=1, last_award="awd_1")
    [*_, last] = settle(cast(Client, SettlingClient()), "demo", progress, sleep=lambda _: None)
    assert last.is_done
    assert last.refused_since == {"rule_closed": 1}
