"""Everything is killed in the middle of an import, twice, and nothing is lost or doubled."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import psutil
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
    return int(
        httpx.get(f"{system.gateway}/v1/programs/demo/awards/summary", timeout=10, headers=system.headers).json()[
            "pending"
        ]
    )


def wait_for_entries(system: System, at_least: int) -> None:
    """Wait until some of the import is on chain and in the database."""

    def enough() -> bool:
        try:
            answer = httpx.get(f"{system.gateway}/v1/programs/demo/awards/summary", timeout=10, headers=system.headers)
        except httpx.HTTPError:
            return False
        counts = answer.json()
        return answer.status_code == 200 and bool(counts["confirmed"] + counts["finalized"] >= at_least)

    wait_until(enough)


def wait_until(condition: Callable[[], bool], *, timeout_seconds: float = 90) -> None:
    """Raises AssertionError when it takes too long."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited for {timeout_seconds} s"
        time.sleep(0.05)


def is_said(system: System, words: str) -> bool:
    """Whether `up` printed it."""
    return words in system.output


def is_served(url: str) -> bool:
    """Whether a page is there."""
    try:
        return httpx.get(url, timeout=20).status_code == 200
    except httpx.HTTPError:
        return False


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


@pytest.mark.slow
def test_an_import_survives_a_kill_of_every_process(system: System) -> None:
    import_with_kills(system, 500)


@pytest.mark.slow
@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])
def test_an_import_survives_two_kills_and_a_restart(system: System, database_kind: str) -> None:
    if database_kind == "postgresql":
        system.env["TOKENPOINTS_EMBEDDED_POSTGRESQL"] = "true"
    import_with_kills(system, 200, 900)
    assert system.stop() == 0
    system.start()
    check(audit(system.node, system.folder / "data", system.folder / "deployments"))


def import_with_kills(system: System, *entry_counts: int) -> None:
    """Import the sample; each time that so many entries are there, kill everything and start again."""
    system.env["TOKENPOINTS_BATCH_SIZE"] = "100"
    command = ("import", "purchases", *demo.import_arguments(), "--gateway", system.gateway, "--no-progress")
    system.start()
    for at_least in entry_counts:
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


def buy(system: System, http: httpx.Client, number: int) -> None:
    """Send a purchase worth seven points, and wait until it is confirmed."""
    receipt = {
        "reference": f"purchase-{number}",
        "customer_id": "anna",
        "kind": "purchase",
        "amount": 700,
        "occurred_at": "2017-01-01T00:00:00Z",
    }

    def is_taken() -> bool:
        answer = http.post("/receipts", json=receipt)
        return answer.status_code != 503 and bool(answer.raise_for_status())  # 503: the database is starting again

    wait_until(is_taken)
    wait_for_entries(system, number)


@pytest.mark.slow
@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])
def test_each_killed_process_is_started_again_and_a_second_up_is_refused(system: System, database_kind: str) -> None:
    if database_kind == "postgresql":
        ends = {name: (name, -9) for name in ("indexer", "submitter", "gateway", "postgresql")}
        ends["postgres"] = ("postgresql", 1)
    else:
        names = ("node", "indexer", "submitter", "gateway", "explorer", "reconciler", "webhooks", "operator")
        ends = {name: (name, -9) for name in names}
        ends["anvil"] = ("node", 1)
    system.start(*(["--postgresql"] if database_kind == "postgresql" else []))
    second = system.run("up", timeout=60)
    assert second.returncode == 1
    assert "already runs on" in second.stderr
    transport = httpx.HTTPTransport(retries=9)
    with httpx.Client(
        transport=transport, base_url=f"{system.gateway}/v1/programs/demo", timeout=30, headers=system.headers
    ) as http:
        http.post("/members", json={"customer_id": "anna"}).raise_for_status()
        for number, (name, (parent, status)) in enumerate(ends.items(), start=1):
            system.child(name).kill()
            wait_until(partial(is_said, system, f"{parent} ended with status {status}"))
            buy(system, http, number)
    wait_until(lambda: is_served(system.explorer))
    totals = audit(system.node, system.folder / "data", system.folder / "deployments")
    points = 7 * len(ends)
    assert (totals.supply_on_chain, totals.balances_in_database, totals.awards) == (points, points, len(ends))


@pytest.mark.slow
def test_a_standby_takes_over_from_a_submitter_that_is_paused_and_that_one_stands_by(system: System) -> None:
    system.start("--postgresql")
    system.env["TOKENPOINTS_EMBEDDED_POSTGRESQL"] = "true"
    transport = httpx.HTTPTransport(retries=9)
    standby = system.begin("submitter")
    try:
        with httpx.Client(
            transport=transport, base_url=f"{system.gateway}/v1/programs/demo", timeout=30, headers=system.headers
        ) as http:
            http.post("/members", json={"customer_id": "anna"}).raise_for_status()
            buy(system, http, 1)
            paused = system.child("submitter")
            paused.suspend()
            buy(system, http, 2)
            paused.resume()
            wait_until(lambda: "lease_lost" in (system.folder / "data/logs/submitter.log").read_text())
            buy(system, http, 3)
            standby.send_signal(signal.SIGTERM)
            assert standby.wait(timeout=60) == 0
            buy(system, http, 4)  # by the one that was paused
    finally:
        standby.kill()
        standby.wait()
    totals = audit(system.node, system.folder / "data", system.folder / "deployments")
    assert (totals.supply_on_chain, totals.balances_in_database, totals.awards) == (28, 28, 4)


def test_a_taken_port_is_named(system: System) -> None:
    with socket.create_server(("127.0.0.1", system.ports["NODE"])):
        failed = system.run("up", timeout=60)
    assert failed.returncode == 1
    assert f"port {system.ports['NODE']} is in use" in failed.stderr
    assert "TOKENPOINTS_NODE_PORT" in failed.stderr


@pytest.mark.slow
def test_no_process_outlives_a_killed_supervisor(system: System) -> None:
    system.start()
    *children, supervisor = system.processes()
    supervisor.kill()
    wait_until(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children))
    system.start()


@pytest.mark.slow
def test_a_folder_keeps_the_database_that_it_began_with(system: System) -> None:
    (system.folder / "data").mkdir()
    (system.folder / "data" / "tokenpoints.db").touch()
    refused = system.run("up", "--postgresql", timeout=60)
    assert refused.returncode == 1 and "start without --postgresql" in refused.stderr
    (system.folder / "data" / "tokenpoints.db").rename(system.folder / "data" / "postgresql")
    refused = system.run("up", timeout=60)
    assert refused.returncode == 1 and "start with --postgresql" in refused.stderr
    system.env["TOKENPOINTS_DATABASE_URL"] = "postgresql://somewhere/else"
    refused = system.run("up", "--postgresql", timeout=60)
    assert refused.returncode == 1 and "exclude each other" in refused.stderr
