"""Metrics of processes that serve nothing else."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "tokenpoints", "migrate"], cwd=tmp_path, env={}, check=True, timeout=60)
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
