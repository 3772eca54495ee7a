"""The gateway's process killed in the middle of a write under an idempotency key."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from tests.gateway.conftest import receipt
from tests.support import chain_rows, deployments
from tests.support.keys import bearing, make_key
from tests.support.ports import free_port
from tokenpoints.chain import deployments as files
from tokenpoints.storage import tables
from tokenpoints.storage.database import Database

Start = Callable[[str], "subprocess.Popen[bytes]"]
PORT = free_port()
URL = f"http://127.0.0.1:{PORT}"


@pytest.fixture
def start(tmp_path: Path, database_url: str) -> Iterator[Start]:
    """Starts `tokenpoints gateway` on the test's database, and waits until it answers."""
    files.save(tmp_path / "deployments", deployments.deployment(deployments.program()))
    environment = {
        **os.environ,
        "TOKENPOINTS_DATA_DIR": str(tmp_path / "data"),
        "TOKENPOINTS_DEPLOYMENTS_DIR": str(tmp_path / "deployments"),
        "TOKENPOINTS_CHAIN_ID": str(deployments.CHAIN_ID),
        "TOKENPOINTS_DATABASE_URL": database_url,
        "TOKENPOINTS_GATEWAY_PORT": str(PORT),
    }
    running: list[subprocess.Popen[bytes]] = []

    def begin(failpoints: str) -> subprocess.Popen[bytes]:
        with (tmp_path / "log").open("ab") as log:
            command = [sys.executable, "-m", "tokenpoints.cli.processes", "gateway"]
            process = subprocess.Popen(
                command,
                env=environment | {"TOKENPOINTS_FAILPOINTS": failpoints},
                cwd=tmp_path,
                stdout=log,
                stderr=log,
            )
        running.append(process)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            try:
                httpx.get(f"{URL}/health/live", timeout=5, trust_env=False)
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return process
        raise AssertionError((tmp_path / "log").read_text())

    yield begin
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("point", "is_done"),
    [
        pytest.param("gateway.acted", False, marks=pytest.mark.slow),
        pytest.param("gateway.committing", False, marks=pytest.mark.slow),
        ("gateway.answering", True),
    ],
)
def test_a_write_whose_gateway_is_killed_happens_once(
    database_url: str, start: Start, point: str, is_done: bool
) -> None:
    async def prepare() -> str:
        database = Database.open(database_url)
        await chain_rows.create_tables(database)
        await chain_rows.add_block(database, 1)
        await chain_rows.add_rule(database, deployments.program())
        key = await make_key(database)
        await database.close()
        return key.text

    async def counted() -> list[int]:
        database = Database.open(database_url)
        async with database.snapshot() as session:
            found = [
                int(await session.scalar(select(func.count()).select_from(table)) or 0)
                for table in (tables.members, tables.idempotency_keys, tables.audit_log)
            ]
        await database.close()
        return found

    key = asyncio.run(prepare())
    with httpx.Client(base_url=URL, headers=bearing(key), trust_env=False, timeout=30) as http:

        def enrol() -> httpx.Response:
            return http.post(
                "/v1/programs/demo/members", json={"customer_id": "c1"}, headers={"Idempotency-Key": "once"}
            )

        process = start(f"{point}=kill@1")
        with pytest.raises(httpx.TransportError):
            enrol()
        assert process.wait(timeout=60) == -signal.SIGKILL
        assert asyncio.run(counted()) == [is_done, is_done, is_done]
        start("")
        first, again = enrol(), enrol()
        # The first answer of all is that of the effect: also where nobody heard it.
        assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
        assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (is_done, "true")
        assert asyncio.run(counted()) == [1, 1, 1]
        assert http.post("/v1/programs/demo/receipts", json=receipt()).status_code == 202
