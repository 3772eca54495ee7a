"""The metrics of processes that serve nothing else."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.support.chain import free_port
from tests.support.system import System


def test_each_answers_where_they_are_told_to(tmp_path: Path) -> None:
    system = System(tmp_path)
    node = system.begin("node")
    running = []
    try:
        assert system.run("deploy", "--yes", timeout=90).returncode == 0
        assert system.run("migrate", timeout=60).returncode == 0
        for name in ("indexer", "submitter", "reconciler", "webhooks", "operator"):
            port = free_port()
            system.env[f"TOKENPOINTS_{name.upper()}_METRICS_PORT"] = str(port)
            running.append(system.begin(name))
            text = answered(f"http://127.0.0.1:{port}/metrics", f'tokenpoints_steps_total{{end="done",loop="{name}"}}')
            assert ("tokenpoints_batch_entries" in text) == (name == "submitter")
            assert f'tokenpoints_last_step_timestamp_seconds{{loop="{name}"}}' in text
    finally:
        for process in (*running, node):
            process.terminate()
            process.wait(timeout=30)


def answered(url: str, expected: str) -> str:
    deadline = time.monotonic() + 60
    while True:
        try:
            text = httpx.get(url, timeout=10).text
        except httpx.HTTPError:
            text = ""
        if expected in text:
            return text
        assert time.monotonic() < deadline, text
        time.sleep(0.1)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        failed = subprocess.run(
            [sys.executable, "-m", "tokenpoints", "indexer"],
            cwd=tmp_path,
            env={"TOKENPOINTS_INDEXER_METRICS_PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"tokenpoints: cannot answer GET /metrics at 127.0.0.1:{port}: ")
