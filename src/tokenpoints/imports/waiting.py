"""Waiting until what was imported is on chain, or refused there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from tokenpoints.client import Client
from tokenpoints.client.models import AwardCountsAnswer
from tokenpoints.imports.checkpoint import Progress

_POLL_SECONDS = 0.2
_POLLS_TO_A_COUNT = 5
"""Counting costs the database more than looking for one award, the more the more there are that wait."""


@dataclass(frozen=True, slots=True)
class ChainState:
    """How far the import's awards are."""

    settled: int
    """At least so many are on chain or refused. Other awards of the program may make it look like fewer."""
    total: int
    is_done: bool
    refused_since: dict[str, int]
    """The program's awards that were refused since the import began, by reason."""


def settle(
    client: Client,
    program: str,
    progress: Progress,
    *,
    poll_seconds: float = _POLL_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[ChainState]:
    """The state, again and again, until every award of the import is on chain or refused."""
    for poll in count():
        # Asked before the counts: those then have all that became of the import.
        is_settled = _last_is_settled(client, program, progress)
        if is_settled or poll % _POLLS_TO_A_COUNT == 0:
            counts = client.count_awards(program)
            is_done = is_settled or counts.pending == 0
            yield _state(progress, counts, is_done)
            if is_done:
                return
        sleep(poll_seconds)


def _last_is_settled(client: Client, program: str, progress: Progress) -> bool:
    if progress.last_award is None:
        return True
    # A rule's awards are sealed in the order of their recording, and the contract takes batches in
    # sequence: when the last is settled, all before it are.
    return client.get_award(program, progress.last_award).status != "pending"


def _state(progress: Progress, counts: AwardCountsAnswer, is_done: bool) -> ChainState:
    refused = {
        reason: count - progress.refused_before.get(reason, 0)
        for reason, count in counts.refused_by_reason.items()
        if count > progress.refused_before.get(reason, 0)
    }
    settled = progress.awards if is_done else max(0, progress.awards - counts.pending)
    return ChainState(settled, progress.awards, is_done, refused)
