"""The system's real processes, started again whenever they end, as a supervisor does.

Each is forked from a server that has the code loaded, so that a start takes a tenth of a second.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.faults import child

_FORKS = multiprocessing.get_context("forkserver")
# Not imported here: it is for that server alone.
_FORKS.set_forkserver_preload(["tests.faults.forks"])
_LOOK_SECONDS = 0.05
_START_AGAIN_SECONDS = 0.1
KILLED = -signal.SIGKILL


class Process:
    """One command of the system, kept running."""

    def __init__(self, name: str, command: str, env: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self.ends: list[int] = []
        """The status of each end that was not asked for."""
        self.ended_at: list[float] = []
        """When, in the seconds of the monotonic clock."""
        self._command, self._env = command, dict(env)
        self._process: ForkServerProcess | None = None
        self._watch: asyncio.Task[None] | None = None
        self._is_asked_to_end = False

    def start(self, **extra: str) -> None:
        """Start it, and again after each end. `extra` is of the environment of the first of these lives."""
        self._is_asked_to_end = False
        self._spawn(extra)
        self._watch = asyncio.create_task(self._keep_running())

    async def stop(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it, and leave it so."""
        if self._watch is None:
            return
        self._is_asked_to_end = True
        self.signal(number)
        await self._watch
        self._watch = None

    async def restart(self, number: signal.Signals = signal.SIGKILL, **extra: str) -> None:
        """End it and start it."""
        await self.stop(number)
        self.start(**extra)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal. Where it has just ended, there is nobody to get it."""
        if self._process is not None and self._process.is_alive() and self._process.pid is not None:
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        """kill -9. It starts again."""
        self.signal(signal.SIGKILL)

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def limit_files(self, size_max: int | None) -> None:
        """Let no file grow beyond so many bytes; None lifts it. It is lifted, too, when the process starts again."""
        if self._process is None or self._process.pid is None:
            return
        _, hard = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)
        soft = resource.RLIM_INFINITY if size_max is None else size_max
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (soft, hard))

    async def ended(self, count: int, *, within_seconds: float) -> bool:
        """Whether it has ended `count` times by now, or does in time."""
        deadline = asyncio.get_running_loop().time() + within_seconds
        while len(self.ends) < count:
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(_LOOK_SECONDS)
        return True

    def _spawn(self, extra: Mapping[str, str]) -> None:
        arguments = (self._command, {**self._env, **extra}, self.log)
        self._process = _FORKS.Process(target=child.run, args=arguments, daemon=True)
        self._process.start()

    async def _keep_running(self) -> None:
        while True:
            assert self._process is not None
            await _end_of(self._process)
            status = self._process.exitcode
            self._process.close()
            self._process = None
            if self._is_asked_to_end:
                return
            assert status is not None
            self.ends.append(status)
            self.ended_at.append(time.monotonic())
            await asyncio.sleep(_START_AGAIN_SECONDS)
            if self._is_asked_to_end:
                return
            self._spawn({})


async def _end_of(process: ForkServerProcess) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(process.sentinel, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(process.sentinel)
    process.join()
