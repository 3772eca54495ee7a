"""The running system, checked by its commands: against the chain, and by somebody who has a node alone."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.system import System

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    running = System(tmp_path)
    running.env["TOKENPOINTS_RECONCILE_SECONDS"] = "1"
    running.start()
    yield running
    running.clean_up()


def wait_for(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 90
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


@pytest.mark.slow
def test_every_difference_is_an_alarm_and_a_proof_needs_no_gateway(system: System) -> None:
    with httpx.Client(base_url=f"{system.gateway}/v1/programs/demo", timeout=20, headers=system.headers) as http:
        member = http.post("/members", json={"customer_id": "anna"}).raise_for_status().json()
        receipt = {
            "reference": "till-1",
            "customer_id": "anna",
            "kind": "purchase",
            "amount": 1_234,
            "occurred_at": "2017-01-01T00:00:00Z",
        }
        http.post("/receipts", json=receipt).raise_for_status()

        def published(differences: int, batches: int = 1) -> Any:
            found = http.get("/reconciliation").json()
            same = (found.get("difference_count"), found.get("batches")) == (differences, batches)
            return found if same else None

        assert wait_for(lambda: published(0))["accounts"] == 1
        proof = http.get(f"/members/{member['id']}/proof", params={"latest": 1}).raise_for_status().content

        done = system.run("reconcile", "--program", "demo", timeout=60)
        assert done.returncode == 0 and "no difference" in done.stdout, done.stderr
        unknown = system.run("reconcile", "--program", "other", timeout=60)
        assert unknown.returncode == 1 and "no program is called 'other'" in unknown.stderr

        change_balances(system, "lot_0 + 1000")
        found = wait_for(lambda: published(2))
        assert {each["kind"] for each in found["differences"]} == {"account", "supply"}
        done = system.run("reconcile", timeout=60)
        assert done.returncode == 1
        assert "2 differences" in done.stdout and member["account"].lower()[:12] in done.stdout
        log = (system.folder / "data" / "logs" / "reconciler.log").read_text()
        assert "[error" in log and member["account"].lower() in log and "anna" not in log
        page = httpx.get(f"{system.explorer}/?lang=en", timeout=20).text
        assert "2 differences" in page

        change_balances(system, "lot_0 - 1000")
        wait_for(lambda: published(0))

    file = system.folder / "proof.json"
    file.write_bytes(proof)
    system.child("gateway").suspend()
    verified = system.run("verify", str(file), "--rpc", system.node, timeout=60)
    assert verified.returncode == 0 and "it minted 12 points" in verified.stdout, verified.stderr
    file.write_bytes(proof.replace(b'"balance":"12"', b'"balance":"13"'))
    refused = system.run("verify", str(file), "--rpc", system.node, timeout=60)
    assert refused.returncode == 1 and "✗ the word means 12 at the block's time, and not 13" in refused.stderr


def change_balances(system: System, lot_0: str) -> None:
    with sqlite3.connect(system.folder / "data" / "tokenpoints.db", timeout=30) as database:
        database.execute(f"UPDATE balances SET lot_0 = {lot_0}")
    database.close()
