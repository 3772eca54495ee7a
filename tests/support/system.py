"""The whole system as its users run it: `tokenpoints up` in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.support.keys import bearing
from tests.support.ports import free_port


class System:
    """One data folder, and `tokenpoints up` on it as often as a test likes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in ("NODE", "GATEWAY", "EXPLORER")}
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TOKENPOINTS_")},
            "TOKENPOINTS_DATA_DIR": str(folder / "data"),
            "TOKENPOINTS_DEPLOYMENTS_DIR": str(folder / "deployments"),
            **{f"TOKENPOINTS_{name}_PORT": str(port) for name, port in self.ports.items()},
        }
        self._up: subprocess.Popen[bytes] | None = None
        self._output = folder / "up.txt"

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self.ports['GATEWAY']}"

    @property
    def explorer(self) -> str:
        return f"http://127.0.0.1:{self.ports['EXPLORER']}"

    @property
    def node(self) -> str:
        return f"http://127.0.0.1:{self.ports['NODE']}"

    @property
    def headers(self) -> dict[str, str]:
        """With which the gateway is called: the key that `up` made."""
        return bearing((self.folder / "data" / "api-key").read_text().strip())

    @property
    def output(self) -> str:
        """What `up` printed, over all its starts."""
        return self._output.read_text(errors="replace")

    def start(self, *arguments: str, timeout_seconds: float = 90) -> None:
        """Start, and wait until the gateway and the explorer answer."""
        if self._up is not None:
            self._up.wait()
        with self._output.open("ab") as output:
            self._up = subprocess.Popen(
                [sys.executable, "-m", "tokenpoints", "up", *arguments],
                env=self.env,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            if self._up.poll() is not None:
                raise AssertionError(f"up ended with {self._up.returncode}:\n{self.output}")
            with contextlib.suppress(httpx.HTTPError):
                ready = httpx.get(f"{self.gateway}/health/ready", timeout=2)
                page = httpx.get(self.explorer, timeout=5)
                if ready.status_code == 200 and page.status_code == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(f"not ready after {timeout_seconds} s:\n{self.output}")

    def processes(self) -> list[psutil.Process]:
        """Every process of the system, `up` itself last."""
        assert self._up is not None
        root = psutil.Process(self._up.pid)
        return [*root.children(recursive=True), root]

    def child(self, name: str) -> psutil.Process:
        """The running process of that name, once there is one."""
        while True:
            for process in self.processes():
                with contextlib.suppress(psutil.Error):
                    command = process.cmdline()
                    if name in (command[-1], Path(command[0]).name):
                        return process
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9 for every process, and wait until none is left."""
        assert self._up is not None
        processes = self.processes()
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        self._up.wait()
        psutil.wait_procs(processes, timeout=10)

    def stop(self) -> int:
        """Ctrl-C. Returns the exit status."""
        assert self._up is not None
        self._up.send_signal(signal.SIGINT)
        return self._up.wait(timeout=60)

    def clean_up(self) -> None:
        """End whatever still runs."""
        if self._up is not None and self._up.poll() is None:
            self.kill()

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command of ours to its end."""
        return subprocess.run(
            [sys.executable, "-m", "tokenpoints", *arguments],
            env=self.env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            **options,
        )

    def begin(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command of ours, without its output."""
        return subprocess.Popen(
            [sys.executable, "-m", "tokenpoints", *arguments],
            env=self.env,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
