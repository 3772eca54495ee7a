"""The dull loop around a runner's steps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from tokenpoints.domain.ledger import ContradictoryLogs
from tokenpoints.errors import ChainError, DatabaseBusy
from tokenpoints.observability.rounds import LAST_STEP, STEPS

log = structlog.get_logger()

_PAUSE_AFTER_ERROR_SECONDS = 1.0


async def repeat(
    step: Callable[[], Awaitable[bool]],
    stop: asyncio.Event,
    *,
    name: str,
    poll_seconds: float,
    wake: asyncio.Event | None = None,
) -> None:
    """Repeat `step` until `stop`: at once while it returns True, else after `poll_seconds` or when `wake` is set.

    What may pass by itself is logged and tried again: a node that fails or contradicts itself, a busy
    database. A step commits all it did or nothing, so it can always be repeated.
    """
    while not stop.is_set():
        wait_seconds = poll_seconds
        try:
            again = await step()
            STEPS.labels(name, "done").inc()
            LAST_STEP.labels(name).set_to_current_time()
            if again:
                continue
        except (ChainError, ContradictoryLogs, DatabaseBusy) as error:
            STEPS.labels(name, type(error).__name__).inc()
            log.warning("step_failed", error=type(error).__name__, detail=str(error))
            wait_seconds = max(poll_seconds, _PAUSE_AFTER_ERROR_SECONDS)
        await _either(stop, wake, wait_seconds)


async def together(*runs: Coroutine[Any, Any, None]) -> None:
    """Run several until all end. What one of them raises ends the others, and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for run in runs:
                group.create_task(run)
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from several


async def _either(stop: asyncio.Event, wake: asyncio.Event | None, seconds: float) -> None:
    """Wait until one of the two is set, or for so long."""
    waits = [asyncio.ensure_future(event.wait()) for event in (stop, wake) if event is not None]
    _, left = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in left:
        wait.cancel()
    if wake is not None:
        wake.clear()
