"""Everything is killed in the middle of an import, twice, and nothing is lost or doubled."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyarrow.parquet
import pytest

from tests.support.audit import Totals, audit
from tests.support.system import System
from tokenpoints import demo

pytestmark = pytest.mark.timeout(280)


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    running = System(tmp_path)
    yield running
    running.clean_up()


def expected_points() -> tuple[int, int]:
    """Awards and points of the bundled sample, from the file alone: a point for each whole dollar."""
    cents = pyarrow.parquet.read_table(demo.sample_path()).column("sales_cents").to_pylist()
    return sum(value >= 100 for value in cents), sum(value // 100 for value in cents)


def pending(system: System) -> int:
    return int(httpx.get(f"{system.gateway}/v1/programs/demo/awards/summary", timeout=10).json()["pending"])


def wait_for_entries(system: System, at_least: int) -> None:
    """Wait until some of the import is on chain and in the database."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        counts = httpx.get(f"{system.gateway}/v1/programs/demo/awards/summary", timeout=10).json()
        if counts["confirmed"] + counts["finalized"] >= at_least:
            return
        time.sleep(0.02)
    raise AssertionError(f"less than {at_least} awards on chain after a minute")


def check(totals: Totals) -> None:
    awards, points = expected_points()
    assert totals == Totals(
        supply_on_chain=points,
        balances_on_chain=points,
        balances_in_database=points,
        minted_in_database=points,
        awards=awards,
        entries=awards,
    )


def test_an_import_survives_two_kills_of_every_process(system: System) -> None:
    system.env["TOKENPOINTS_BATCH_SIZE"] = "100"
    command = ("import", "purchases", *demo.import_arguments(), "--gateway", system.gateway, "--no-progress")
    system.start()
    for at_least in (200, 900):
        importing = system.begin(*command)
        wait_for_entries(system, at_least)
        system.kill()
        importing.kill()
        importing.wait()
        system.start()
    finished = system.run(*command, "--json", timeout=200)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    summary = json.loads(finished.stdout.splitlines()[-1])
    assert summary["chain"] == {"settled": True, "refused": {}}
    assert pending(system) == 0
    check(audit(system.node, system.folder / "data", system.folder / "deployments"))
    assert system.stop() == 0
    system.start()
    check(audit(system.node, system.folder / "data", system.folder / "deployments"))


@pytest.mark.parametrize("name", ["node", "indexer", "submitter", "gateway", "explorer"])
def test_a_killed_process_is_started_again(system: System, name: str) -> None:
    system.start()
    for process in system.processes():
        if process.cmdline()[-1] == name:
            process.kill()
    deadline = time.monotonic() + 30
    while f"{name} ended with status -9" not in system.output:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    member = {"customer_id": "anna"}
    receipt = {
        "reference": "after-the-kill",
        "customer_id": "anna",
        "kind": "purchase",
        "amount": 700,
        "occurred_at": "2017-01-01T00:00:00Z",
    }
    transport = httpx.HTTPTransport(retries=8)
    with httpx.Client(transport=transport, base_url=f"{system.gateway}/v1/programs/demo", timeout=20) as http:
        http.post("/members", json=member).raise_for_status()
        http.post("/receipts", json=receipt).raise_for_status()
        while http.get("/awards/summary").json()["confirmed"] + http.get("/awards/summary").json()["finalized"] < 1:
            assert time.monotonic() < deadline + 30
            time.sleep(0.1)
    assert httpx.get(system.explorer, timeout=20).status_code == 200
    totals = audit(system.node, system.folder / "data", system.folder / "deployments")
    assert (totals.supply_on_chain, totals.balances_in_database) == (7, 7)


def test_a_second_up_on_the_same_folder_is_refused(system: System) -> None:
    system.start()
    second = system.run("up", timeout=60)
    assert second.returncode == 1
    assert "already runs on" in second.stderr


def test_a_taken_port_is_named(system: System) -> None:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", system.ports["NODE"]))
        listener.listen()
        failed = system.run("up", timeout=60)
    assert failed.returncode == 1
    assert f"port {system.ports['NODE']} is in use" in failed.stderr
    assert "TOKENPOINTS_NODE_PORT" in failed.stderr


def test_no_process_outlives_a_killed_supervisor(system: System) -> None:
    system.start()
    *children, supervisor = system.processes()
    supervisor.kill()
    deadline = time.monotonic() + 20
    while any(child.is_running() and child.status() != "zombie" for child in children):
        assert time.monotonic() < deadline, [child.cmdline() for child in children if child.is_running()]
        time.sleep(0.1)
    system.start()
