"""How long a member waits for a balance and the first page of entries, with few and with many entries in the database.

    python -m scripts.bench.reads [--entries N] [--few N] [--rate R] [--gateways N]

Fills PostgreSQL, starts gateways on it, asks them in turn for both at a fixed rate for members at random, and prints a
table and last a line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import psycopg
from rich.console import Console
from rich.table import Table
from tests.support.chain import free_port
from tests.support.deployments import deployment, program
from tests.support.keys import make_key

from scripts.bench.filled import fill, member_id
from scripts.bench.load import Latencies, at_rate
from scripts.bench.servers import SERVER_OPTIONS
from tokenpoints.chain import deployments
from tokenpoints.storage import schema
from tokenpoints.storage.database import Database
from tokenpoints.storage.embedded import EmbeddedServer

_WARM_UP_SECONDS = 30.0
"""At the same rate: a server that has just read its first page is not what members wait for."""


@dataclass(frozen=True)
class Found:
    """Of one kind of request."""

    latencies: Latencies
    cpu_ms: float
    """Of the gateways, for each request."""


def measure(folder: Path, *, entries: int, gateways: int, rate: float, seconds: float) -> dict[str, Found]:
    """Both kinds of request with `entries` entries, by kind."""
    made = program()
    deployments.save(folder / "deployments", deployment(made))
    server = EmbeddedServer(
        folder / "postgresql", options=SERVER_OPTIONS, output=(folder / "postgresql.log").open("wb")
    )
    server.start()
    try:
        members, key = asyncio.run(_fill(server, made, entries))
        _forget_files(folder)
        with _running_gateways(folder, server.url("bench"), gateways) as (ports, processes):
            found = {}
            for kind in ("balance", "entries"):
                asyncio.run(_ask(ports, made.slug, kind, members, key, rate=rate, seconds=_WARM_UP_SECONDS))
                before = _cpu_seconds(processes)
                asked = asyncio.run(_ask(ports, made.slug, kind, members, key, rate=rate, seconds=seconds))
                found[kind] = Found(asked, (_cpu_seconds(processes) - before) * 1000 / (rate * seconds))
            return found
    finally:
        server.stop()


@contextmanager
def _running_gateways(
    folder: Path, database_url: str, count: int
) -> Iterator[tuple[list[int], list[subprocess.Popen[bytes]]]]:
    ports, processes = [free_port() for _ in range(count)], []
    try:
        with (folder / "gateway.log").open("wb") as log:
            for port in ports:
                environment = {
                    "PATH": "",
                    "TOKENPOINTS_DATABASE_URL": database_url,
                    "TOKENPOINTS_DEPLOYMENTS_DIR": str(folder / "deployments"),
                    "TOKENPOINTS_GATEWAY_PORT": str(port),
                    "TOKENPOINTS_REQUESTS_PER_MINUTE": "1000000",
                    "PYTHONPATH": ":".join(sys.path),
                }
                command = [sys.executable, "-m", "tokenpoints", "gateway"]
                processes.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        for port in ports:
            _wait_until_live(port)
        yield ports, processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def _cpu_seconds(processes: list[subprocess.Popen[bytes]]) -> float:
    return sum(sum(psutil.Process(process.pid).cpu_times()[:2]) for process in processes)


async def _fill(server: EmbeddedServer, made: object, entries: int) -> tuple[int, str]:
    with psycopg.connect(server.url().replace("postgresql+psycopg", "postgresql"), autocommit=True) as admin:
        admin.execute("CREATE DATABASE bench")
    database = Database.open(server.url("bench"))
    await schema.upgrade(database)
    key = await make_key(database)
    await database.close()
    started = time.perf_counter()
    with psycopg.connect(server.url("bench").replace("postgresql+psycopg", "postgresql")) as connection:
        members = fill(connection, program(), entries=entries, now=int(time.time()))
    print(f"{entries:,} entries of {members:,} members, written in {time.perf_counter() - started:.0f} s")
    return members, key.text


async def _ask(
    ports: list[int], slug: str, kind: str, members: int, key: str, *, rate: float, seconds: float
) -> Latencies:
    chooser = random.Random(1)
    chosen = [member_id(chooser.randint(1, members)) for _ in range(int(rate * seconds) + 1)]
    return await at_rate(
        ports,
        lambda number: f"/v1/programs/{slug}/members/{chosen[number]}/{kind}",
        key=key,
        per_second=rate,
        seconds=seconds,
    )


def _forget_files(folder: Path) -> None:
    """Have the kernel drop them from memory now, and not gigabytes at a time while it is measured."""
    for path in filter(Path.is_file, folder.rglob("*")):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _wait_until_live(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/live").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        if time.monotonic() > deadline:
            raise SystemExit("the gateway does not start")
        time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--few", type=int, default=100_000)
    parser.add_argument("--gateways", type=int, default=2)
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=30.0, help="for each kind of request")
    arguments = parser.parse_args()
    found = {}
    for entries in (arguments.few, arguments.entries):
        with tempfile.TemporaryDirectory() as folder:
            found[entries] = measure(
                Path(folder),
                entries=entries,
                gateways=arguments.gateways,
                rate=arguments.rate,
                seconds=arguments.seconds,
            )
    table = Table("entries", "request", "p50 ms", "p99 ms", "worst ms", "CPU ms")
    for entries, kinds in found.items():
        for kind, each in kinds.items():
            taken = each.latencies
            table.add_row(
                *(f"{entries:,}", kind, f"{taken.p50:.1f}", f"{taken.p99:.1f}", f"{taken.worst:.1f}"),
                f"{each.cpu_ms:.1f}",
            )
    Console().print(table)
    few, many = (
        {kind: each.latencies for kind, each in found[entries].items()}
        for entries in (arguments.few, arguments.entries)
    )
    p99 = max(each.p99 for each in many.values())
    result = {
        "read_p99_ms": round(p99, 1),
        "read_p99_ms_few": round(max(each.p99 for each in few.values()), 1),
        "read_p50_many_vs_few": round(max(many[kind].p50 / few[kind].p50 for kind in many), 2),
        "read_p99_many_vs_few": round(max(many[kind].p99 / few[kind].p99 for kind in many), 2),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
