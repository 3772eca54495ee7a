"""Index a synthetic chain into SQLite and PostgreSQL, beside a web3.py loop and beside reading alone, and compare.

    python -m scripts.bench.indexer [--blocks N] [--holders N] [--plain-blocks N]

Its memory is told for that chain and for one with a tenth of the blocks. Both are built on a real anvil and kept in
build/bench_chains. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from tests.support.bench_chain import BenchChain, ChainSize, holder, running_chain
from tests.support.ports import free_port
from web3 import HTTPProvider, Web3

from scripts.bench.servers import SERVER_OPTIONS
from tokenpoints import bootstrap
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.raw import LOGS
from tokenpoints.cli import runtime
from tokenpoints.config import Settings
from tokenpoints.domain.types import hex_of
from tokenpoints.storage import tables
from tokenpoints.storage.embedded import EmbeddedServer

_SAMPLE = 300
_ROOT = Path(__file__).resolve().parents[2]


class _Base(DeclarativeBase):
    pass


class PlainEntry(_Base):
    """What the plain loop keeps of a log: half of what ours does."""

    __tablename__ = "entries"
    block_number: Mapped[int] = mapped_column(primary_key=True)
    log_index: Mapped[int] = mapped_column(primary_key=True)
    transaction_hash: Mapped[bytes]
    sender: Mapped[str]
    recipient: Mapped[str]
    amount: Mapped[int]
    balance_after: Mapped[int]


@dataclass(frozen=True)
class Run:
    """What one indexer made of the chain."""

    name: str
    logs: int
    seconds: float
    rss_mb: float
    points: int
    balances: dict[bytes, int]
    """Of a sample of the holders."""

    @property
    def logs_per_second(self) -> float:
        return self.logs / self.seconds


async def run_ours(name: str, chain: BenchChain, url: str, folder: Path) -> Run:
    """Our indexer in a process of its own, from an empty database to the finalized block and on to the head."""
    settings = chain.settings(folder, database_url=url)
    await bootstrap.migrate(settings)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TOKENPOINTS_")},
        "TOKENPOINTS_DATA_DIR": str(folder),
        "TOKENPOINTS_DEPLOYMENTS_DIR": str(settings.deployments_dir),
        "TOKENPOINTS_RPC_URL": chain.rpc.url,
        "TOKENPOINTS_DATABASE_URL": url,
    }
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "scripts.bench.indexer", "--index-only"),
        cwd=_ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"the indexer ended with {process.returncode}")
    told = json.loads(output.splitlines()[-1])
    elapsed = time.perf_counter() - started
    points, count, balances = await asyncio.to_thread(_read_back, url)
    print(f"  {name}: {told['seconds']:.2f} s of indexing in {elapsed:.2f} s of its process")
    return Run(name, count, told["seconds"], told["rss_mb"], points, balances)


async def index_only() -> None:
    """Index up to the head, and say how long it took and how much memory."""
    settings = Settings()
    async with bootstrap.indexing(settings) as indexer_on:
        opened = bootstrap.database(settings)
        indexer = indexer_on(opened)
        started = time.perf_counter()
        while (await indexer.step()).moved:
            pass
        seconds = time.perf_counter() - started
        await opened.close()
    rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "rss_mb": rss_mb}))


async def run_each(chain: BenchChain, folder: Path, urls: dict[str, str]) -> list[Run]:
    """Our indexer into each database; all must agree with each other and with the contract."""
    runs = []
    for database, url in urls.items():
        own = folder / database
        own.mkdir(parents=True)
        runs.append(await run_ours(f"tokenpoints, {database}", chain, url, own))
    await check(chain, runs)
    return runs


def _read_back(url: str) -> tuple[int, int, dict[bytes, int]]:
    engine = create_engine(url.replace("+aiosqlite", ""))
    entries, balances = tables.entries.c, tables.balances.c
    with engine.connect() as connection:
        points = connection.scalar(select(func.sum(entries.amount))) or 0
        count = connection.scalar(select(func.count()).select_from(tables.entries)) or 0
        held = connection.scalar(select(func.sum(balances.lot_0 + balances.lot_1 + balances.lot_2 + balances.lot_3)))
        if held != points:
            raise SystemExit(f"balances sum up to {held}, entries to {points}")
        every = connection.execute(select(balances.account, balances.lot_0)).all()
    engine.dispose()
    return int(points), int(count), {bytes(account): int(lot) for account, lot in every}


def run_plain(chain: BenchChain, blocks: int, folder: Path) -> Run:
    """What one writes first: web3.py's get_logs and decoding, balances in a dictionary, rows by SQLAlchemy."""
    program = chain.deployment.programs["demo"]
    web3 = Web3(HTTPProvider(chain.rpc.url))
    token = web3.eth.contract(
        address=Web3.to_checksum_address(program.contracts.token.address), abi=interface("PointsToken").abi
    )
    engine = create_engine(f"sqlite:///{folder / 'plain.db'}")
    _Base.metadata.create_all(engine)
    first, count, balances = chain.deployment.first_block + 2, 0, dict[str, int]()
    started = time.perf_counter()
    for start in range(first, first + blocks, 20):
        with Session(engine) as session:
            for log in token.events.Transfer().get_logs(from_block=start, to_block=min(start + 19, first + blocks - 1)):
                recipient, amount = log["args"]["to"], log["args"]["value"]
                balances[recipient] = balances.get(recipient, 0) + amount
                session.add(
                    PlainEntry(
                        block_number=log["blockNumber"],
                        log_index=log["logIndex"],
                        transaction_hash=bytes(log["transactionHash"]),
                        sender=log["args"]["from"],
                        recipient=recipient,
                        amount=amount,
                        balance_after=balances[recipient],
                    )
                )
                count += 1
            session.commit()
    seconds = time.perf_counter() - started
    rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Run("web3.py and SQLAlchemy", count, seconds, rss_mb, sum(balances.values()), {})


async def run_reading(chain: BenchChain, blocks: int) -> Run:
    """Only ask for the logs and decode their JSON: what no indexer of this node can be faster than, on one core."""
    contract = hex_of(chain.deployment.programs["demo"].contracts.token.address)
    first, count = chain.deployment.first_block + 2, 0
    started = time.perf_counter()
    for start in range(first, first + blocks, 60):
        places = {"fromBlock": hex(start), "toBlock": hex(min(start + 59, first + blocks - 1))}
        logs, _ = await chain.rpc.typed(LOGS, "eth_getLogs", {**places, "address": contract})
        count += len(logs)
    return Run("asking and decoding JSON alone", count, time.perf_counter() - started, 0, 0, {})


async def check(chain: BenchChain, runs: list[Run]) -> None:
    """All runs must agree with each other and with the contract."""
    token = interface("PointsToken")
    address = chain.deployment.programs["demo"].contracts.token.address
    first, *others = runs
    for run in others:
        if (run.logs, run.points, run.balances) != (first.logs, first.points, first.balances):
            raise SystemExit(f"{run.name} differs from {first.name}")
    if first.logs != chain.size.transfers:
        raise SystemExit(f"{first.logs:,} entries of {chain.size.transfers:,} transfers")
    (supply,) = token.decode_output("totalSupply", await chain.rpc.read(address, token.calldata("totalSupply")))
    if supply != first.points:
        raise SystemExit(f"the supply is {supply}, the entries sum up to {first.points}")
    for number in random.sample(range(chain.size.holders), min(_SAMPLE, chain.size.holders)):
        account = holder(number)
        answer = await chain.rpc.read(address, token.calldata("balanceOf", account))
        if token.decode_output("balanceOf", answer)[0] != first.balances.get(account, 0):
            raise SystemExit(f"the balance of {account.hex()} is wrong")


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """The embedded PostgreSQL server; gives its URL."""
    folder.mkdir(exist_ok=True)
    with (folder / "postgresql.log").open("wb") as output:
        server = EmbeddedServer(folder / "pg", options=SERVER_OPTIONS, output=output)
        server.start()
        try:
            yield server.url()
        finally:
            server.stop()


@asynccontextmanager
async def _databases(folder: Path) -> AsyncIterator[dict[str, str]]:
    with postgresql(folder) as pg_url:
        yield {"PostgreSQL": pg_url, "SQLite": f"sqlite+aiosqlite:///{folder / 'tokenpoints.db'}"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = ChainSize()
    parser.add_argument("--blocks", type=int, default=size.blocks)
    parser.add_argument("--transfers", type=int, default=size.transfers_per_block, help="in each block")
    parser.add_argument("--holders", type=int, default=size.holders)
    parser.add_argument("--plain-blocks", type=int, default=100, help="how many of them the plain loop reads")
    parser.add_argument("--index-only", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.index_only:
        # As the process does.
        runtime.collect_seldom()
        runtime.keep_what_is_loaded()
        with asyncio.Runner(loop_factory=runtime.new_event_loop) as runner:
            runner.run(index_only())
        return
    size = ChainSize(arguments.blocks, arguments.transfers, arguments.holders)
    asyncio.run(compare(size, arguments.plain_blocks))


async def compare(size: ChainSize, plain_blocks: int) -> None:
    """Run everything, one after the other, and print the figures."""
    tenth = replace(size, blocks=max(1, size.blocks // 10))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with running_chain(tenth, port=free_port()) as chain, _databases(folder / "tenth") as urls:
            of_tenth = await run_each(chain, folder / "tenth", urls)
        async with running_chain(size, port=free_port()) as chain, _databases(folder / "whole") as urls:
            runs = await run_each(chain, folder / "whole", urls)
            reading = await run_reading(chain, size.blocks)
            plain = await asyncio.to_thread(run_plain, chain, min(plain_blocks, size.blocks), folder)
    table = Table("indexer", "logs", "seconds", "logs/s", "memory")
    for run in [*of_tenth, *runs, reading, plain]:
        memory = f"{run.rss_mb:.0f} MB" if run.rss_mb and run is not plain else ""
        table.add_row(run.name, f"{run.logs:,}", f"{run.seconds:.2f}", f"{run.logs_per_second:,.0f}", memory)
    Console().print(table)
    pg, sqlite = runs
    print(
        json.dumps(
            {
                "indexer_pg_logs_per_s": round(pg.logs_per_second),
                "indexer_sqlite_logs_per_s": round(sqlite.logs_per_second),
                "indexer_vs_web3py": round(pg.logs_per_second / plain.logs_per_second, 1),
                "indexer_vs_reading": round(pg.logs_per_second / reading.logs_per_second, 2),
                "indexer_rss_mb": round(max(pg.rss_mb, sqlite.rss_mb)),
                "indexer_rss_mb_tenth": round(max(run.rss_mb for run in of_tenth)),
            }
        )
    )


if __name__ == "__main__":
    main()
