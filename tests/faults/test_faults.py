"""A few lives with the faults that differ most; `make faults` leads as many more as one likes."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.faults import base as bases
from tests.faults.base import Base
from tests.faults.databases import Server
from tests.faults.life import live
from tests.faults.schedule import of_kinds
from tests.faults.told import told

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.xdist_group("faults")]

LIVES = [
    ("sqlite", "kill_gateway_answering,kill_submitter_signed,duplicates,reorg_7_rivals"),
    ("postgresql", "database_killed,kill_submitter_stored,nonce_used,two_submitters"),
    ("sqlite", "node_restart,send_unanswered,disk_full,reorg_64_elsewhere,kill_indexer_mid_range"),
    ("postgresql", "kill_submitter_bumping,lie_logs_missing,pool_dropped,pool_exhausted,rollback"),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return asyncio.run(bases.build(tmp_path_factory.mktemp("base")))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server()
    asyncio.run(running.start())
    yield running
    running.close()


@pytest.mark.parametrize(("database", "kinds"), LIVES)
def test_nothing_is_lost_or_doubled_whatever_goes_wrong(
    base: Base, server: Server, tmp_path: Path, database: str, kinds: str
) -> None:
    schedule = of_kinds(1, database, kinds.split(","))
    verdict = asyncio.run(live(schedule, base, server, tmp_path / "life"))
    assert verdict.is_good, told(verdict)
    # Not every one: whether a point is reached in time is up to the machine.
    assert verdict.faults.total() >= len(schedule.kinds) / 2, told(verdict)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_a_run_that_is_interrupted(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "tests.faults", "--seeds", "3", "--workers", "2", "--folder", str(tmp_path)]
    # Whoever runs the tests may ignore Ctrl-C, as nohup does.
    run = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 120
    # In the middle of a life; and each has a gateway, wherever it is.
    while not list(tmp_path.glob("*/*/gateway.log")):
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    started = psutil.Process(run.pid).children(recursive=True)
    assert len(started) > 6
    run.send_signal(number)
    said, _ = run.communicate(timeout=60)
    _, left = psutil.wait_procs(started, timeout=30)
    assert left == []
    if number is signal.SIGINT:
        assert run.returncode == 130
        last = json.loads(said.splitlines()[-1])
        assert last["interrupted"] and last["seeds"] == len(said.splitlines()) - 1
