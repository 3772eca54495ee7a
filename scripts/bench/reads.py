"""How long a member waits for a balance and the first page of entries, with few and with many entries in the database.

    python -m scripts.bench.reads [--entries N] [--few N] [--rate R]

Fills PostgreSQL, starts a gateway on it, asks it for both at a fixed rate for members at random, and prints a table and
last a line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
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

_WARM_UP_SECONDS = 5.0


def measure(folder: Path, *, entries: int, rate: float, seconds: float) -> dict[str, Latencies]:
    """Latencies of both kinds of request with `entries` entries, by kind."""
    made, port = program(), free_port()
    deployments.save(folder / "deployments", deployment(made))
    server = EmbeddedServer(
        folder / "postgresql", options=SERVER_OPTIONS, output=(folder / "postgresql.log").open("wb")
    )
    server.start()
    try:
        members, key = asyncio.run(_fill(server, made, entries))
        with (folder / "gateway.log").open("wb") as log:
            gateway = subprocess.Popen(
                [sys.executable, "-m", "tokenpoints", "gateway"],
                env={
                    "PATH": "",
                    "TOKENPOINTS_DATABASE_URL": server.url("bench"),
                    "TOKENPOINTS_DEPLOYMENTS_DIR": str(folder / "deployments"),
                    "TOKENPOINTS_GATEWAY_PORT": str(port),
                    "TOKENPOINTS_REQUESTS_PER_MINUTE": "1000000",
                    "PYTHONPATH": ":".join(sys.path),
                },
                stdout=log,
                stderr=log,
            )
        try:
            _wait_until_live(port)
            return {
                kind: asyncio.run(_ask(port, made.slug, kind, members, key, rate=rate, seconds=seconds))
                for kind in ("balance", "entries")
            }
        finally:
            gateway.terminate()
            gateway.wait()
    finally:
        server.stop()


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


async def _ask(port: int, slug: str, kind: str, members: int, key: str, *, rate: float, seconds: float) -> Latencies:
    chooser = random.Random(1)
    chosen = [member_id(chooser.randint(1, members)) for _ in range(int(rate * (seconds + _WARM_UP_SECONDS)) + 1)]

    def path(number: int) -> str:
        return f"/v1/programs/{slug}/members/{chosen[number]}/{kind}"

    await at_rate(port, path, key=key, per_second=rate / 4, seconds=_WARM_UP_SECONDS)
    return await at_rate(port, path, key=key, per_second=rate, seconds=seconds)


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
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=30.0, help="for each kind of request")
    arguments = parser.parse_args()
    found = {}
    for entries in (arguments.few, arguments.entries):
        with tempfile.TemporaryDirectory() as folder:
            found[entries] = measure(Path(folder), entries=entries, rate=arguments.rate, seconds=arguments.seconds)
    table = Table("entries", "request", "p50 ms", "p99 ms", "worst ms")
    for entries, kinds in found.items():
        for kind, each in kinds.items():
            table.add_row(f"{entries:,}", kind, f"{each.p50:.1f}", f"{each.p99:.1f}", f"{each.worst:.1f}")
    Console().print(table)
    few, many = found[arguments.few], found[arguments.entries]
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
