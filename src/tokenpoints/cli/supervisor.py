"""Child processes: started, watched, started again when they end, stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tokenpoints.cli.processes import SUPERVISED

_STOP_TIMEOUT_SECONDS = 15.0
_BACKOFF_SECONDS_MAX = 10.0
_STEADY_SECONDS = 30.0
_LOG_BYTES_MAX = 20_000_000


@dataclass(slots=True)
class _Child:
    name: str
    process: asyncio.subprocess.Process
    started_at: float
    failures: int = 0
    watch: asyncio.Task[None] | None = field(default=None)


class Supervisor:
    """Runs the processes as children whose logs go to files."""

    def __init__(self, log_dir: Path, on_restart: Callable[[str, int], None]) -> None:
        self._log_dir, self._on_restart = log_dir, on_restart
        self._children: dict[str, _Child] = {}
        self._stopping = False

    async def start(self, name: str) -> None:
        """Start one child and keep it running."""
        child = _Child(name, await self._spawn(name), time.monotonic())
        self._children[name] = child
        child.watch = asyncio.create_task(self._keep_running(child))

    def log_path(self, name: str) -> Path:
        return self._log_dir / f"{name}.log"

    def failures(self, name: str) -> int:
        """How often the child ended shortly after its start, in a row."""
        return self._children[name].failures

    async def stop(self) -> None:
        """Stop the children, last started first."""
        self._stopping = True
        for child in reversed(self._children.values()):
            await self._stop(child)

    async def _spawn(self, name: str) -> asyncio.subprocess.Process:
        self._log_dir.mkdir(parents=True, exist_ok=True)
        path = self.log_path(name)
        if path.exists() and path.stat().st_size > _LOG_BYTES_MAX:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tokenpoints.cli.processes", name),
                stdin=asyncio.subprocess.PIPE,  # its closing tells the child that we are gone
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops them in order
                env={**os.environ, SUPERVISED: "1"},
            )

    async def _keep_running(self, child: _Child) -> None:
        while True:
            status = await child.process.wait()
            if self._stopping:
                return
            steady = time.monotonic() - child.started_at > _STEADY_SECONDS
            child.failures = 1 if steady else child.failures + 1
            self._on_restart(child.name, status)
            await asyncio.sleep(min(_BACKOFF_SECONDS_MAX, 0.25 * 2 ** (child.failures - 1)))
            if self._stopping:
                return
            child.process, child.started_at = await self._spawn(child.name), time.monotonic()

    async def _stop(self, child: _Child) -> None:
        with contextlib.suppress(ProcessLookupError):
            child.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOP_TIMEOUT_SECONDS):
                await child.process.wait()
        except TimeoutError:
            child.process.kill()
            await child.process.wait()
        if child.watch is not None:
            child.watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await child.watch
