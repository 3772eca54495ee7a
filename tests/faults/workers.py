"""Leading several lives at a time, each worker with a PostgreSQL server of its own."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Generator, Iterable
from multiprocessing.connection import Connection, wait
from pathlib import Path

import uvloop

from tests.faults import base as bases
from tests.faults.base import Base
from tests.faults.databases import Server
from tests.faults.life import Verdict, live
from tests.faults.schedule import Schedule
from tokenpoints.children import end_with_parent

_SPAWN = multiprocessing.get_context("spawn")


def lead(
    schedules: Iterable[Schedule], *, folder: Path, workers: int, keep: bool = False
) -> Generator[Verdict, None, None]:
    """Lead these lives, some at a time. Closing this ends what it started, in the middle of lives, too."""
    base = asyncio.run(bases.build(folder / "base"))
    waiting, busy = deque(schedules), list[_Worker]()
    try:
        while waiting or busy:
            while waiting and len(busy) < workers:
                busy.append(_Worker(base, folder, keep))
                busy[-1].begin(waiting.popleft())
            for pipe in wait([worker.pipe for worker in busy]):
                worker = next(each for each in busy if each.pipe is pipe)
                verdict = worker.verdict()
                if worker.is_alive and waiting:
                    worker.begin(waiting.popleft())
                else:
                    busy.remove(worker)
                    _end([worker])
                yield verdict
    finally:
        _end(busy)


class _Worker:
    """A process that leads one life after another."""

    def __init__(self, base: Base, folder: Path, keep: bool) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=_work, args=(theirs, base, folder, keep))
        self.process.start()
        theirs.close()
        self.is_alive = True

    def begin(self, schedule: Schedule) -> None:
        self._schedule = schedule
        with contextlib.suppress(OSError):  # of one that has ended, which `verdict` tells
            self.pipe.send(schedule)

    def verdict(self) -> Verdict:
        """What became of the life that was begun."""
        try:
            found: Verdict = self.pipe.recv()
        except (EOFError, OSError):
            self.is_alive = False
            self.process.join()
            failure = f"its worker ended with status {self.process.exitcode}"
            return Verdict(self._schedule.seed, str(self._schedule), failure=failure)
        return found


def _end(workers: Iterable[_Worker]) -> None:
    for worker in workers:
        worker.process.terminate()
    for worker in workers:
        worker.process.join()
        worker.pipe.close()


def _work(pipe: Connection, base: Base, folder: Path, keep: bool) -> None:
    """What a worker does."""
    # Ctrl-C is for the process that leads the workers, which then ends them.
    os.setsid()
    current = _Current()
    signal.signal(signal.SIGTERM, current.end)
    end_with_parent(signal.SIGTERM)
    with contextlib.closing(Server()) as server, contextlib.suppress(EOFError, BrokenPipeError):
        asyncio.run(server.start())
        while True:
            schedule = pipe.recv()
            try:
                verdict = uvloop.run(current.lead(schedule, base, server, folder / str(schedule.seed), keep))
            except (Exception, asyncio.CancelledError):
                if current.is_ended:
                    return
                raise
            pipe.send(verdict)


class _Current:
    """The life that a worker leads at the moment."""

    def __init__(self) -> None:
        self.is_ended = False
        self._task: asyncio.Task[Verdict] | None = None

    async def lead(self, schedule: Schedule, base: Base, server: Server, folder: Path, keep: bool) -> Verdict:
        self._task = asyncio.create_task(live(schedule, base, server, folder, keep=keep))
        try:
            return await self._task
        finally:
            self._task = None

    def end(self, *_: object) -> None:
        """End the life with all that belongs to it, and then the worker. A handler of signals."""
        if self._task is None:
            raise SystemExit
        self.is_ended = True
        self._task.get_loop().call_soon_threadsafe(self._task.cancel)
