"""Showing how far an import is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_PLAIN_PAUSE_SECONDS = 5.0
_RATE_WINDOW_SECONDS = 0.5


class Display(Protocol):
    """Shows one stage after another."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def start(self, stage: str, *, total: int, counted: str) -> None:
        """Begin a stage. `total` is in the unit of `show`'s `done`; `counted` names what it counts in `count`."""

    def show(self, *, done: int, count: int) -> None:
        """How far the stage is."""

    def note(self, text: str) -> None:
        """Something to know, besides."""


class Bars:
    """Bars on a terminal: what is done, how fast, and how long it will take."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[count]:,} {task.fields[counted]}"),
            TextColumn("{task.fields[rate]:,.0f}/s"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
        )
        self._task = self._progress.add_task("", total=None, count=0, counted="", rate=0.0, visible=False)
        self._started_at = time.monotonic()
        self._first_count: int | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def start(self, stage: str, *, total: int, counted: str) -> None:
        self._task = self._progress.add_task(stage, total=max(total, 1), count=0, counted=counted, rate=0.0)
        self._started_at = time.monotonic()
        self._first_count = None

    def show(self, *, done: int, count: int) -> None:
        if self._first_count is None:
            self._first_count = 0 if done else count
        rate = rate_of(count - self._first_count, time.monotonic() - self._started_at)
        self._progress.update(self._task, completed=done, count=count, rate=rate)

    def note(self, text: str) -> None:
        self._progress.console.print(text, highlight=False, markup=False)


class Lines:
    """A line every few seconds, for logs."""

    def __init__(
        self, write: Callable[[str], None], *, is_quiet: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write
        self._is_quiet = is_quiet
        self._clock = clock
        self._stage, self._counted, self._total = "", "", 1
        self._started_at = self._written_at = clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def start(self, stage: str, *, total: int, counted: str) -> None:
        self._stage, self._counted, self._total = stage, counted, max(total, 1)
        self._started_at = self._written_at = self._clock()

    def show(self, *, done: int, count: int) -> None:
        now = self._clock()
        if self._is_quiet or (now - self._written_at < _PLAIN_PAUSE_SECONDS and done < self._total):
            return
        self._written_at = now
        elapsed = now - self._started_at
        left = elapsed * (self._total - done) / done if done else 0.0
        self._write(
            f"{self._stage}: {100 * done // self._total}%, {count:,} {self._counted}, "
            f"{rate_of(count, elapsed):,.0f}/s, {left:.0f} s left"
        )

    def note(self, text: str) -> None:
        self._write(text)


def rate_of(count: int, seconds: float) -> float:
    """Per second; over a moment too short to tell, as if it were longer."""
    return count / max(seconds, _RATE_WINDOW_SECONDS)
