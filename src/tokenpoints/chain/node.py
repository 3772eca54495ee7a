"""The embedded node: anvil, with its state kept on disk.

Anvil's own state file is not written in one step, so this module asks for the state and replaces
the file itself. A node that is killed loses the blocks since then; the submitter sends their
transactions again and the indexer sees a reorg.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import platform
import shutil
import signal
import sys
import time
from pathlib import Path

import structlog

from tokenpoints.chain.rpc import RpcClient, bytes_from_hex, wait_until_ready
from tokenpoints.children import end_with_parent
from tokenpoints.errors import ChainError, ConfigurationError

log = structlog.get_logger()

BLOCK_SECONDS = 5
"""Blocks without transactions come this often, so that time and finality go on."""
_POLL_SECONDS = 1.0
_DUMP_TIMEOUT_SECONDS = 120.0
_DUMP_BYTES_MAX = sys.maxsize
"""The state grows with the chain, past 64 MB with 200,000 holders: what the own child says is not bounded."""
_DUMP_SHARE = 30
"""A dump that took t seconds is followed by at least this many times t without one."""
_IDLE_DUMP_SECONDS = 3600.0
_LOOK_MAX = 100
_PAST_STATES_ON_DISK = 500


def find_anvil(configured: Path | None = None) -> Path:
    """The anvil binary: as set, of the npm package, or on the PATH. Raises ConfigurationError."""
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system(), "")
    machine = "arm64" if platform.machine() in ("arm64", "aarch64") else "amd64"
    roots = [Path.cwd(), *Path(__file__).resolve().parents]
    candidates = [configured] if configured else []
    candidates += [root / f"node_modules/@foundry-rs/anvil-{system}-{machine}/bin/anvil" for root in roots]
    on_path = shutil.which("anvil")
    candidates += [Path(on_path)] if on_path else []
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise ConfigurationError("anvil was not found: run `npm ci` in the project's folder, or put anvil on the PATH")


class EmbeddedNode:
    """One anvil process and its state file."""

    def __init__(self, *, anvil: Path, directory: Path, port: int, chain_id: int) -> None:
        self._anvil, self._port, self._chain_id = anvil, port, chain_id
        self._state, self._pid_file = directory / "chain.json", directory / "anvil.pid"
        self._past_states = directory / "anvil"
        self._process: asyncio.subprocess.Process | None = None
        self._looked_at, self._dumped_at, self._is_dirty = -1, time.monotonic(), False

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop`, then write the state. Raises ConfigurationError if anvil does not start
        and ChainError if it ends by itself."""
        self._state.parent.mkdir(parents=True, exist_ok=True)
        self._end_stale()
        shutil.rmtree(self._past_states, ignore_errors=True)  # a killed anvil leaves them
        await self._start()
        url = f"http://127.0.0.1:{self._port}"
        async with RpcClient(url, timeout_seconds=_DUMP_TIMEOUT_SECONDS, answer_bytes_max=_DUMP_BYTES_MAX) as rpc:
            try:
                await self._wait_for(rpc)
                await self._keep_state(rpc, stop)
                await self._dump(rpc)
            finally:
                await self._end()

    def _end_stale(self) -> None:
        """End an anvil that outlived its parent. Only on systems without a death signal can there be one."""
        try:
            pid = int(self._pid_file.read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes() if sys.platform == "linux" else b"anvil"
            if b"anvil" in command:
                os.kill(pid, signal.SIGKILL)
        except (OSError, ValueError):
            return

    async def _start(self) -> None:
        arguments = [
            *("--host", "127.0.0.1", "--port", str(self._port), "--chain-id", str(self._chain_id)),
            *("--block-time", str(BLOCK_SECONDS), "--mixed-mining", "--slots-in-an-epoch", "1"),
            *("--hardfork", "prague", "--no-request-size-limit", "--no-cors", "--quiet"),
            # By default thousands of whole states pile up in the user's home, and stay there after a kill.
            *("--cache-path", str(self._past_states), "--max-persisted-states", str(_PAST_STATES_ON_DISK)),
        ]
        if self._state.exists():
            arguments += ["--load-state", str(self._state)]
        self._process = await asyncio.create_subprocess_exec(
            str(self._anvil), *arguments, stdin=asyncio.subprocess.DEVNULL, preexec_fn=end_with_parent
        )
        self._pid_file.write_text(str(self._process.pid))

    async def _wait_for(self, rpc: RpcClient) -> None:
        assert self._process is not None
        ready = asyncio.create_task(wait_until_ready(rpc, timeout_seconds=60))
        ended = asyncio.create_task(self._process.wait())
        await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            ready.cancel()
            raise ConfigurationError(
                f"anvil ended at once with status {ended.result()}: is port {self._port} in use, "
                f"or {self._state} damaged?"
            )
        ended.cancel()
        await ready
        log.info("node_ready", port=self._port, resumed=self._state.exists())

    async def _keep_state(self, rpc: RpcClient, stop: asyncio.Event) -> None:
        assert self._process is not None
        not_before = 0.0
        while not stop.is_set():
            try:
                async with asyncio.timeout(_POLL_SECONDS):
                    await stop.wait()
            except TimeoutError:
                if self._process.returncode is not None:
                    raise ChainError(f"anvil ended with status {self._process.returncode}") from None
                started = time.monotonic()
                if started < not_before:
                    continue
                try:
                    if await self._is_worth_a_dump(rpc, started):
                        await self._dump(rpc)
                except ChainError as error:  # busy; the chain is none the worse for it
                    log.warning("state_not_written", detail=str(error))
                not_before = time.monotonic() + _DUMP_SHARE * (time.monotonic() - started)

    async def _is_worth_a_dump(self, rpc: RpcClient, now: float) -> bool:
        """Whether blocks with transactions came since the last dump, or empty ones for long."""
        head = await rpc.block("latest")
        if head is None or head.number == self._looked_at:
            return self._is_dirty
        new = range(self._looked_at + 1, head.number + 1)
        if not 0 < len(new) <= _LOOK_MAX:  # many at once, or fewer than there were
            self._is_dirty = True
        else:
            blocks = await rpc.batch([("eth_getBlockByNumber", [hex(number), False]) for number in new])
            self._is_dirty |= any(block is None or block["transactions"] for block in blocks)
        self._looked_at = head.number
        return self._is_dirty or now - self._dumped_at >= _IDLE_DUMP_SECONDS

    async def _dump(self, rpc: RpcClient) -> None:
        """Replace the state file in one step."""
        head = await rpc.block("latest")
        state = gzip.decompress(bytes_from_hex(await rpc.call("anvil_dumpState")))
        partial = self._state.with_suffix(".partial")
        with partial.open("wb") as file:
            file.write(state)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._state)
        # The state is of `head` or later: what came in between is looked at again.
        self._looked_at, self._dumped_at, self._is_dirty = head.number if head else -1, time.monotonic(), False
        log.info("state_written", block=self._looked_at, bytes=len(state))

    async def _end(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            try:
                async with asyncio.timeout(5):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._pid_file.unlink(missing_ok=True)
        shutil.rmtree(self._past_states, ignore_errors=True)
