"""A few lives with the faults that differ most; `make faults` leads as many more as one likes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

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
