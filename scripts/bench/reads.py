"""How long a member waits for a balance and the first page of entries, with few and with many entries in the database.

    python -m scripts.bench.reads [--entries N] [--few N] [--rate R] [--gateways N]

Fills two databases of a PostgreSQL server, starts gateways on each, asks them in turn for both at a fixed rate for
members at random, and prints a table and last a line of JSON. First each member is asked for once, so that what is
compared is in memory.
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
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import psycopg
from rich.console import Console
from rich.table import Table
from tests.support.databases import plain_url
from tests.support.deployments import deployment, program
from tests.support.keys import make_key
from tests.support.ports import free_port

from scripts.bench.filled import fill, member_id
from scripts.bench.load import Latencies, at_rate
from scripts.bench.servers import SERVER_OPTIONS
from tokenpoints.chain import deployments
from tokenpoints.storage import schema
from tokenpoints.storage.database import Database
from tokenpoints.storage.embedded import EmbeddedServer

_KINDS = ("balance", "entries")
_WARM_UP_SECONDS = 30.0
"""At the same rate, after each member was asked for once: few entries would else be in memory, and many on disk, and
disks would be compared."""
_TURNS = 3
"""In which both databases are asked, one after the other: what else the machine does falls on both."""


@dataclass(frozen=True)
class Found:
    """Of one kind of request."""

    latencies: Latencies
    cpu_seconds: float
    """Of the gateways."""

    @property
    def cpu_ms(self) -> float:
        """For each request."""
        return self.cpu_seconds * 1000 / len(self.latencies.milliseconds)

    def __add__(self, other: Found) -> Found:
        return Found(self.latencies + other.latencies, self.cpu_seconds + other.cpu_seconds)


@dataclass(frozen=True)
class Running:
    """Gateways on a filled database."""

    slug: str
    members: int
    key: str
    ports: list[int]
    processes: list[subprocess.Popen[bytes]]


def measure(
    folder: Path, sizes: Sequence[int], *, gateways: int, rate: float, seconds: float
) -> dict[int, dict[str, Found]]:
    """Both kinds of request with so many entries, by this number and by kind."""
    made = program()
    deployments.save(folder / "deployments", deployment(made))
    server = EmbeddedServer(
        folder / "postgresql", options=SERVER_OPTIONS, output=(folder / "postgresql.log").open("wb")
    )
    server.start()
    try:
        filled = {entries: asyncio.run(_fill(server, made, entries)) for entries in sizes}
        _forget_files(folder)
        found = {entries: dict.fromkeys(_KINDS, Found(Latencies(()), 0.0)) for entries in sizes}
        with ExitStack() as stack:
            running = {
                entries: stack.enter_context(_running(folder, server.url(_name(entries)), made.slug, *known, gateways))
                for entries, known in filled.items()
            }
            for kind in _KINDS:
                for each in running.values():
                    asyncio.run(_ask_for_each(each, kind))
                    asyncio.run(_ask(each, kind, rate=rate, seconds=_WARM_UP_SECONDS, seed=0))
                for turn in range(_TURNS):
                    for entries, each in running.items():
                        found[entries][kind] += _measured(
                            each, kind, rate=rate, seconds=seconds / _TURNS, seed=turn + 1
                        )
        return found
    finally:
        server.stop()


def _measured(running: Running, kind: str, *, rate: float, seconds: float, seed: int) -> Found:
    before = _cpu_seconds(running.processes)
    asked = asyncio.run(_ask(running, kind, rate=rate, seconds=seconds, seed=seed))
    return Found(asked, _cpu_seconds(running.processes) - before)


def _name(entries: int) -> str:
    return f"bench_{entries}"


@contextmanager
def _running(folder: Path, database_url: str, slug: str, members: int, key: str, count: int) -> Iterator[Running]:
    ports = [free_port() for _ in range(count)]
    processes: list[subprocess.Popen[bytes]] = []
    try:
        with (folder / "gateway.log").open("ab") as log:
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
        yield Running(slug, members, key, ports, processes)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def _cpu_seconds(processes: list[subprocess.Popen[bytes]]) -> float:
    return sum(sum(psutil.Process(process.pid).cpu_times()[:2]) for process in processes)


async def _fill(server: EmbeddedServer, made: object, entries: int) -> tuple[int, str]:
    with psycopg.connect(plain_url(server.url()), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {_name(entries)}")
    database = Database.open(server.url(_name(entries)))
    await schema.upgrade(database)
    key = await make_key(database)
    await database.close()
    started = time.perf_counter()
    with psycopg.connect(plain_url(server.url(_name(entries)))) as connection:
        members = fill(connection, program(), entries=entries, now=int(time.time()))
    print(f"{entries:,} entries of {members:,} members, written in {time.perf_counter() - started:.0f} s")
    return members, key.text


async def _ask(running: Running, kind: str, *, rate: float, seconds: float, seed: int) -> Latencies:
    chooser = random.Random(seed)
    chosen = [member_id(chooser.randint(1, running.members)) for _ in range(int(rate * seconds) + 1)]
    return await at_rate(
        running.ports,
        lambda number: _path(running.slug, chosen[number], kind),
        key=running.key,
        per_second=rate,
        seconds=seconds,
    )


async def _ask_for_each(running: Running, kind: str) -> None:
    """As fast as they are answered."""
    waiting = iter(range(1, running.members + 1))

    async def work(port: int) -> None:
        headers = {"Authorization": f"Bearer {running.key}"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as http:
            for number in waiting:
                (await http.get(_path(running.slug, member_id(number), kind))).raise_for_status()

    await asyncio.gather(*(work(port) for port in running.ports * 3))


def _path(slug: str, member: str, kind: str) -> str:
    return f"/v1/programs/{slug}/members/{member}/{kind}"


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
    with tempfile.TemporaryDirectory() as folder:
        found = measure(
            Path(folder),
            (arguments.few, arguments.entries),
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
