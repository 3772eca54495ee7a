"""`tokenpoints up`: the whole system in one terminal."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import httpx
from eth_utils.address import to_checksum_address
from filelock import FileLock, Timeout
from rich.console import Console
from rich.table import Table

from tokenpoints import bootstrap, demo
from tokenpoints.cli import key_store
from tokenpoints.cli.supervisor import Supervisor
from tokenpoints.config import Settings
from tokenpoints.domain.programs import Program
from tokenpoints.domain.specs import ProgramSpec
from tokenpoints.errors import ConfigurationError, DatabaseBusy

_READY_TIMEOUT_SECONDS = 60.0
_FAILURES_MAX = 4
T = TypeVar("T")


class Stopped(Exception):
    """The user asked to stop."""


def run_up(settings: Settings, spec: ProgramSpec, *, fill: bool) -> None:
    """Start everything and stay until Ctrl-C or SIGTERM."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(settings.data_dir / "up.lock", timeout=0):
            asyncio.run(_Up(settings, spec, fill=fill).run())
    except Timeout:
        raise ConfigurationError(f"tokenpoints already runs on {settings.data_dir.resolve()}") from None


class _Up:
    def __init__(self, settings: Settings, spec: ProgramSpec, *, fill: bool) -> None:
        self._settings, self._spec, self._fills = settings, spec, fill
        self._has_key = False
        self._console = Console()
        self._stop = asyncio.Event()
        self._supervisor = Supervisor(settings.data_dir / "logs", self._on_restart)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        started = time.monotonic()
        try:
            program = await self._start()
            self._print_summary(program, time.monotonic() - started)
            if self._fills:
                await self._fill()
            await self._stop.wait()
        except Stopped:
            pass
        finally:
            self._say("Stopping …")
            await self._supervisor.stop()
            self._say("Stopped. `tokenpoints up` goes on from here.")

    async def _start(self) -> Program:
        if self._settings.database_url is None:
            self._check_database_is_the_same()
        if self._settings.embedded_postgresql:
            self._say("Starting PostgreSQL")
            await self._supervisor.start("postgresql")
            await self._or_stop(self._database_answers())
        if self._settings.rpc_url is None:
            await self._or_stop(self._check_port_is_free(self._settings.node_port, "TOKENPOINTS_NODE_PORT"))
            self._say("Starting the node")
            await self._supervisor.start("node")
            await self._or_stop(self._node_answers())
        self._say("Contracts")
        program = await self._or_stop(
            bootstrap.deploy(self._settings, self._spec, on_step=lambda title: self._say(f"  {title}"))
        )
        await self._or_stop(bootstrap.migrate(self._settings))
        self._has_key = await self._or_stop(key_store.ensure_own_key(self._settings))
        await self._check_port_is_free(self._settings.gateway_port, "TOKENPOINTS_GATEWAY_PORT")
        await self._check_port_is_free(self._settings.explorer_port, "TOKENPOINTS_EXPLORER_PORT")
        names = ["indexer", "submitter", "gateway", "explorer", "reconciler", "webhooks"]
        # A keystore alone is the submitter's, which no other process may use.
        if self._settings.operator_keys or self._settings.signer_keystore is None:
            names.append("operator")
        self._say(f"Starting {', '.join(names[:-1])} and {names[-1]}")
        for name in names:
            await self._supervisor.start(name)
        await self._or_stop(self._ready("gateway", f"{self._settings.gateway_url}/health/ready"))
        await self._or_stop(self._ready("explorer", self._settings.explorer_url))
        return program

    def _check_database_is_the_same(self) -> None:
        """A folder keeps the database that it began with. Raises ConfigurationError."""
        begun = {False: self._settings.data_dir / "tokenpoints.db", True: self._settings.postgresql_dir}
        embedded = self._settings.embedded_postgresql
        if begun[not embedded].exists() and not begun[embedded].exists():
            raise ConfigurationError(
                f"the data of {self._settings.data_dir.resolve()} is in "
                + ("SQLite: start without --postgresql" if embedded else "PostgreSQL: start with --postgresql")
            )

    async def _database_answers(self) -> None:
        opened = bootstrap.database(self._settings)
        try:
            deadline = time.monotonic() + _READY_TIMEOUT_SECONDS
            while True:
                try:
                    async with opened.snapshot():
                        return
                except DatabaseBusy:
                    self._check_is_starting("postgresql", deadline)
                    await asyncio.sleep(0.1)
        finally:
            await opened.close()

    async def _node_answers(self) -> None:
        async with bootstrap.node(self._settings):
            return

    async def _check_port_is_free(self, port: int, variable: str) -> None:
        # A process of the last run may need a moment to end.
        for attempt in range(20):
            try:
                server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", port)
            except OSError:
                if attempt == 19:
                    raise ConfigurationError(
                        f"port {port} is in use by another program: stop it, or set {variable}"
                    ) from None
                await asyncio.sleep(0.25)
            else:
                server.close()
                await server.wait_closed()
                return

    async def _ready(self, name: str, url: str) -> None:
        deadline = time.monotonic() + _READY_TIMEOUT_SECONDS
        async with httpx.AsyncClient(timeout=2) as http:
            while True:
                try:
                    if (await http.get(url)).status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                self._check_is_starting(name, deadline)
                await asyncio.sleep(0.1)

    def _check_is_starting(self, name: str, deadline: float) -> None:
        if self._supervisor.failures(name) >= _FAILURES_MAX or time.monotonic() > deadline:
            raise ConfigurationError(
                f"the {name} does not start; the end of {self._supervisor.log_path(name)} says:\n"
                + _tail(self._supervisor.log_path(name))
            )

    async def _fill(self) -> None:
        """Import the bundled sample. A second time, everything is known already."""
        self._say("\nReal purchases become points:")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tokenpoints", "import", "purchases", *demo.import_arguments()),
            *("--program", self._spec.slug, "--gateway", self._settings.gateway_url),
        )
        try:
            status = await self._or_stop(process.wait())
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
                await process.wait()
        if status == 0:
            self._console.print(f"\nLook: [link]{self._settings.explorer_url}[/link]     (Ctrl-C stops)")

    async def _or_stop(self, work: Coroutine[Any, Any, T]) -> T:
        """Do `work`, unless the user stops first."""
        task = asyncio.create_task(work)
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
            raise Stopped
        return task.result()

    def _on_restart(self, name: str, status: int) -> None:
        self._say(f"{name} ended with status {status} and is started again; see {self._supervisor.log_path(name)}")

    def _print_summary(self, program: Program, seconds: float) -> None:
        table = Table(title=f"{program.name}, ready after {seconds:.1f} s", title_justify="left", show_header=False)
        table.add_row("explorer", self._settings.explorer_url)
        table.add_row("API", f"{self._settings.gateway_url}/docs")
        table.add_row("node", f"{self._settings.node_url}  (chain {self._settings.chain_id})")
        for name, contract in program.contracts:
            table.add_row(name, to_checksum_address(contract.address))
        table.add_row("issuer", to_checksum_address(program.issuer))
        if self._settings.database_url is None:
            table.add_row("database", "PostgreSQL" if self._settings.embedded_postgresql else "SQLite")
        table.add_row("data", str(self._settings.data_dir.resolve()))
        if self._has_key:
            table.add_row("API key", f"in {self._settings.api_key_path}")
        self._console.print(table)
        if self._has_key:
            self._say(
                f'Try: curl -H "Authorization: Bearer $(cat {self._settings.api_key_path})" '
                f"{self._settings.gateway_url}/v1/programs/{program.slug}"
            )

    def _say(self, text: str) -> None:
        # A line that is broken cannot be copied.
        self._console.print(text, highlight=False, soft_wrap=True)


def _tail(path: Path, lines: int = 15) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
