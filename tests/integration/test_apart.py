"""Every process by its own command, as in production."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.audit import audit
from tests.support.keys import bearing
from tests.support.ports import free_port
from tests.support.system import System

WITH_METRICS = ("indexer", "submitter", "reconciler", "webhooks", "operator")


@pytest.fixture
def system(tmp_path: Path) -> Iterator[tuple[System, list[subprocess.Popen[bytes]]]]:
    running: list[subprocess.Popen[bytes]] = []
    yield System(tmp_path), running
    for process in reversed(running):
        process.send_signal(signal.SIGINT)
    ends = {process.args[-1]: process.wait(timeout=30) for process in running}  # type: ignore[index]
    assert ends == dict.fromkeys(ends, 0)


@pytest.mark.slow
def test_processes_run_apart_and_stop_cleanly(system: tuple[System, list[subprocess.Popen[bytes]]]) -> None:
    parts, running = system
    for command in ("migrate", "deploy"):
        too_early = parts.run("gateway", timeout=60)
        assert too_early.returncode == 1
        assert f"run `tokenpoints {command}` first" in too_early.stderr
        assert parts.run("migrate", timeout=60).returncode == 0
    running.append(parts.begin("node"))
    unasked = parts.run("deploy", timeout=90)
    assert unasked.returncode == 1
    assert "--yes" in unasked.stderr
    deployed = parts.run("deploy", "--yes", timeout=90)
    assert deployed.returncode == 0, deployed.stderr
    assert "\n  set rule 1, Everyday" in deployed.stdout
    again = parts.run("deploy", timeout=90)
    assert again.returncode == 0
    assert "\n  set rule" not in again.stdout  # in the plan it is, as there already
    metrics = {name: free_port() for name in WITH_METRICS}
    parts.env |= {f"TOKENPOINTS_{name.upper()}_METRICS_PORT": str(port) for name, port in metrics.items()}
    running += [parts.begin(name) for name in (*WITH_METRICS, "gateway", "explorer")]
    deadline = time.monotonic() + 90
    while not (answers(f"{parts.gateway}/health/ready") and answers(parts.explorer)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    made = parts.run("keys", "create", "--program", "demo", "--role", "integration", "--name", "shop", timeout=60)
    assert made.returncode == 0, made.stderr
    url, headers = f"{parts.gateway}/v1/programs/demo", bearing(made.stdout.strip())
    with httpx.Client(base_url=url, timeout=20, headers=headers) as http:
        http.post("/members", json={"customer_id": "anna"}).raise_for_status()
        receipt = {
            "reference": "r1",
            "customer_id": "anna",
            "kind": "purchase",
            "amount": 700,
            "occurred_at": "2017-01-01T00:00:00Z",
        }
        http.post("/receipts", json=receipt).raise_for_status()
        while http.get("/awards/summary").json()["pending"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert audit(parts.node, parts.folder / "data", parts.folder / "deployments").supply_on_chain == 7
    for name, port in metrics.items():
        while f'tokenpoints_steps_total{{end="done",loop="{name}"}}' not in (text := metrics_at(port)):
            assert time.monotonic() < deadline, text
            time.sleep(0.1)
        assert f'tokenpoints_last_step_timestamp_seconds{{loop="{name}"}}' in text
        assert ("tokenpoints_batch_entries" in text) == (name == "submitter")
        assert ("tokenpoints_entries_indexed" in text) == (name == "indexer")
    platform = parts.run("keys", "create", "--role", "platform", "--name", "metrics", timeout=60)
    assert platform.returncode == 0, platform.stderr
    shown = httpx.get(f"{parts.gateway}/metrics", headers=bearing(platform.stdout.strip()), timeout=10).text
    assert "tokenpoints_http_request_seconds" in shown
    assert "tokenpoints_batch_entries" not in shown


def metrics_at(port: int) -> str:
    return httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10).status_code == 200
    except httpx.HTTPError:
        return False
