"""The whole system, as a brand uses it: commands, and a second program that every process comes to serve."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.integration.test_operations import SECOND
from tests.support.system import System
from tokenpoints.chain.signers import development_signer
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.types import hex_of

pytestmark = pytest.mark.timeout(200)


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    running = System(tmp_path)
    running.env["TOKENPOINTS_ISSUER_KEYS"] = "development:issuer development:issuer-2"
    running.start()
    yield running
    running.clean_up()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
def test_a_brand_works_by_commands_and_creates_another_program(system: System) -> None:
    with httpx.Client(headers=system.headers, timeout=30) as http:
        work_by_commands(system, http)
        create_another_program(system, http)


def work_by_commands(system: System, http: httpx.Client) -> None:
    at = ("--gateway", system.gateway)
    wait_until(lambda: bool(http.get(f"{system.gateway}/v1/programs/demo/status").json()["operators"]))
    until = rfc3339((datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0))

    unasked = system.run("pause", "--until", until, *at, timeout=60)
    assert unasked.returncode != 0 and "nothing was changed" in unasked.stderr
    paused = system.run("pause", "--until", until, *at, "--yes", "--wait", timeout=90)
    assert paused.returncode == 0, paused.stdout + paused.stderr
    assert "worse for members" in paused.stdout and "is confirmed" in paused.stdout
    assert system.run("unpause", *at, "--yes", "--wait", timeout=90).returncode == 0
    refused = system.run("rewards", "close", "9", *at, "--yes", timeout=60)
    assert refused.returncode == 1 and "UnknownReward" in refused.stdout
    (system.folder / "coffee.toml").write_text(
        'voucher = "coupon"\nprice_min = 100\nopens_at = 2026-01-01T00:00:00Z\nterms_document = "A coffee."\n'
    )
    planned = system.run("rewards", "add", "coffee.toml", *at, "--dry-run", timeout=60)
    assert planned.returncode == 0 and "Rewards.addReward" in planned.stdout
    listed = system.run("operations", "list", "--json", *at, timeout=60)
    assert [json.loads(line)["kind"] for line in listed.stdout.splitlines()] == ["unpause", "pause"]


def create_another_program(system: System, http: httpx.Client) -> None:
    keys = {
        role: hex_of(development_signer(name, 31337).address)
        for role, name in (
            ("issuer", "issuer-2"),
            ("custodian", "custodian"),
        )
    }
    created = http.post(f"{system.gateway}/v1/programs", json={"program": SECOND, "keys": keys}, timeout=30)
    assert created.status_code == 202, created.text
    second = f"{system.gateway}/v1/programs/second"
    wait_until(lambda: http.get(second).status_code == 200 and http.get(second).json()["rules"][0]["terms"] is not None)
    assert http.post(f"{second}/members", json={"customer_id": "anna"}).status_code == 201
    receipt = {
        "reference": "till-1",
        "customer_id": "anna",
        "kind": "purchase",
        "amount": 1234,
        "occurred_at": rfc3339(datetime.now(UTC)),
    }
    assert http.post(f"{second}/receipts", json=receipt).status_code == 202
    wait_until(lambda: http.get(f"{second}/awards/summary").json()["pending"] == 0)
    (award,) = http.get(f"{second}/awards").json()["awards"]
    assert (award["status"] in ("confirmed", "finalized"), award["points"]) == (True, "12")
