"""Leading several lives at a time, each worker with a PostgreSQL server of its own."""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing.util import Finalize
from pathlib import Path

from tests.faults import base as bases
from tests.faults.base import Base
from tests.faults.databases import Server
from tests.faults.life import Verdict, live
from tests.faults.schedule import Schedule


class Worker:
    """Leads one life after another, with one PostgreSQL server for all of them."""

    def __init__(self, base: Base, folder: Path, keep: bool) -> None:
        self._base, self._folder, self._keep = base, folder, keep
        self._server = Server()
        asyncio.run(self._server.start())
        # What atexit has is not run in a process like this.
        Finalize(None, self._server.close, exitpriority=1)

    def lead(self, schedule: Schedule) -> Verdict:
        folder = Path(tempfile.mkdtemp(prefix=f"{schedule.seed}-", dir=self._folder)) / "life"
        return asyncio.run(live(schedule, self._base, self._server, folder, keep=self._keep))


_worker: Worker | None = None


def _begin(base: Base, folder: Path, keep: bool) -> None:
    global _worker
    _worker = Worker(base, folder, keep)


def _lead(schedule: Schedule) -> Verdict:
    assert _worker is not None
    return _worker.lead(schedule)


def lead(schedules: Iterable[Schedule], *, folder: Path, workers: int, keep: bool = False) -> Iterable[Verdict]:
    """Lead these lives, some at a time."""
    base = asyncio.run(bases.build(folder / "base"))
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, _begin, (base, folder, keep)) as pool:
        try:
            for done in as_completed([pool.submit(_lead, schedule) for schedule in schedules]):
                yield done.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
