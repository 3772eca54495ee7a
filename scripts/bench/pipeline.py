"""How fast receipts become points that members see, in bulk beside the node alone, and one by one.

    python -m scripts.bench.pipeline [--receipts N] [--holders N] [--batch N] [--singles N]

In bulk, receipts go through the whole system (`tokenpoints up --postgresql`) by the import, when each holder has some
points already; then a fresh node of the same kind with the same contracts gets the transactions that were signed, and
nothing else to do. Of those, too, only the ones that were signed for the receipts in bulk are timed. A till goes on
meanwhile, one receipt after the other. One by one, receipts go to an idle system on a node with a block each second.
Prints tables and last a line of JSON.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx
import psycopg
from rich.console import Console
from rich.table import Table
from tests.support.databases import plain_url
from tests.support.ports import free_port
from tests.support.system import System

from scripts.bench.processors import seconds_by_name, since
from tokenpoints.chain.node import find_anvil
from tokenpoints.config import embedded_url

_TIMEOUT_SECONDS = 600.0
_REPLAY_SECONDS_MAX = 60.0
_SINGLES_MIN = 3


@dataclass(frozen=True)
class Bulk:
    receipts: int
    seconds: float
    node: Replayed
    transactions: int
    cpu_seconds: dict[str, float]
    """By process."""
    till_ms: list[float]
    """From a till's receipt to its points, while the others went through."""


@dataclass(frozen=True)
class Replayed:
    """What a node alone did with the same transactions."""

    seconds: float
    gas: int


def in_bulk(folder: Path, *, receipts: int, holders: int, batch_size: int) -> Bulk:
    """Import, then replay on a node alone."""
    system = System(folder)
    system.env["TOKENPOINTS_BATCH_SIZE"] = str(batch_size)
    try:
        system.start("--postgresql")
        plan = shutil.copytree(folder / "data", folder / "planned", ignore=_all_but_plans)
        _import(system, folder / "first.csv", range(holders))
        before = len(_mined_transactions(folder / "data"))
        chooser = random.Random(1)
        customers, cpu_before = [chooser.randrange(holders) for _ in range(receipts)], seconds_by_name()
        with _till(system) as till_ms:
            seconds = _import(system, folder / "bulk.csv", customers)
        cpu_seconds = since(cpu_before)
        counts = httpx.get(
            f"{system.gateway}/v1/programs/demo/awards/summary", timeout=60, headers=system.headers
        ).json()
        if counts["confirmed"] + counts["finalized"] != holders + receipts + len(till_ms):
            raise SystemExit(f"not every receipt became points: {counts}")
        transactions = _mined_transactions(folder / "data")
    finally:
        system.clean_up()
    replayed = _replay(folder / "alone", plan, transactions[:before], transactions[before:])
    return Bulk(receipts, seconds, replayed, len(transactions) - before, cpu_seconds, till_ms)


@contextmanager
def _till(system: System) -> Iterator[list[float]]:
    """Until the block ends, one receipt after the other; the milliseconds that each took."""
    found: list[float] = []
    stop = threading.Event()

    def sell(http: httpx.Client, member: str) -> None:
        while not stop.wait(0.5):
            found.append(_until_visible(http, "till", len(found) + 1, member, poll_seconds=0.1))

    with httpx.Client(base_url=f"{system.gateway}/v1/programs/demo", timeout=30, headers=system.headers) as http:
        enrolled = http.post("/members", json={"customer_id": "till"}).raise_for_status()
        with ThreadPoolExecutor(1) as threads:
            selling = threads.submit(sell, http, enrolled.json()["id"])
            try:
                yield found
            finally:
                stop.set()
            selling.result()


def _import(system: System, path: Path, customers: Sequence[int]) -> float:
    """Seconds until each of the customers has the points of a purchase."""
    _write_purchases(path, customers)
    started = time.perf_counter()
    done = system.run(
        *("import", "purchases", str(path), "--map", "customer=customer", "--map", "amount=cents"),
        *("--map", "occurred_at=at", "--gateway", system.gateway, "--no-progress", "--json"),
    )
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise SystemExit(f"the import failed:\n{done.stdout}{done.stderr}")
    return seconds


def one_by_one(folder: Path, *, count: int) -> list[float]:
    """Milliseconds from a receipt's request to its points in the balance that the gateway answers."""
    system = System(folder)
    chooser = random.Random(1)
    with _node_of_blocks(1, system):
        try:
            system.start("--postgresql")
            found = []
            with httpx.Client(
                base_url=f"{system.gateway}/v1/programs/demo", timeout=30, headers=system.headers
            ) as http:
                for number in range(count):
                    customer = f"single-{number}"
                    enrolled = http.post("/members", json={"customer_id": customer}).raise_for_status()
                    time.sleep(chooser.uniform(2, 3))
                    found.append(_until_visible(http, customer, 1, enrolled.json()["id"]))
            return found[1:]  # the first also opens connections
        finally:
            system.clean_up()


def _until_visible(http: httpx.Client, customer: str, number: int, member: str, *, poll_seconds: float = 0.01) -> float:
    """Milliseconds from the customer's receipt with this number, from 1, to its points in the balance."""
    occurred_at = datetime.now(UTC) - timedelta(minutes=5)
    started = time.perf_counter()
    answer = http.post(
        "/receipts",
        json={
            "reference": f"{customer}-{number}",
            "customer_id": customer,
            "kind": "purchase",
            "amount": 1_234,
            "occurred_at": occurred_at.isoformat(),
        },
    )
    if answer.status_code not in (200, 201, 202):
        raise SystemExit(f"a receipt was refused: {answer.text}")
    while time.perf_counter() - started < _TIMEOUT_SECONDS:
        if http.get(f"/members/{member}/balance").json()["active"] == str(12 * number):
            return (time.perf_counter() - started) * 1_000
        time.sleep(poll_seconds)
    raise SystemExit("a receipt's points do not come")


def _write_purchases(path: Path, customers: Sequence[int]) -> None:
    chooser = random.Random(1)
    start = datetime.now(UTC) - timedelta(days=20)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("customer", "at", "cents"))
        for number, customer in enumerate(customers):
            at = start + timedelta(days=19) * number / len(customers)
            rows.writerow((f"c{customer}", at.isoformat(), chooser.randrange(100, 5_000)))


def _all_but_plans(folder: str, names: list[str]) -> list[str]:
    """Of the data folder, only the plans of deployments are copied: the contracts get the same addresses."""
    return [name for name in names if Path(folder).name == "data" and not name.endswith(".plan.json")]


def _mined_transactions(data: Path) -> list[str]:
    """As they were signed, in the order of their nonces; of a nonce whose batch was not awarded, its last attempt."""
    with psycopg.connect(plain_url(embedded_url(data / "postgresql"))) as database:
        rows = database.execute(
            "SELECT DISTINCT ON (s.nonce) s.signed_bytes FROM submissions s"
            " LEFT JOIN awarded_batches a ON a.transaction_hash = s.transaction_hash"
            " ORDER BY s.nonce, a.transaction_hash, s.attempt DESC"
        )
        return ["0x" + bytes(row[0]).hex() for row in rows]


def _replay(folder: Path, plan: Path, first: list[str], transactions: list[str]) -> Replayed:
    """A node with nothing else to do mines all, and is timed from when it has the first ones."""
    folder.mkdir()
    shutil.copytree(plan, folder / "data")
    system = System(folder)
    node = system.begin("node")
    try:
        deployed = system.run("deploy", "--yes", timeout=120)
        if deployed.returncode != 0:
            raise SystemExit(f"the contracts cannot be deployed again:\n{deployed.stdout}{deployed.stderr}")
        with httpx.Client(base_url=system.node, timeout=_TIMEOUT_SECONDS) as http:
            # It fell with every empty block before these were signed, and did not here.
            _call(http, "anvil_setNextBlockBaseFeePerGas", ["0x7"])
            _mine(http, first)
            started = time.perf_counter()
            hashes = _mine(http, transactions)
            seconds = time.perf_counter() - started
            receipts = _call(http, "eth_getTransactionReceipt", hashes)
    finally:
        node.terminate()
        node.wait()
    if failed := [each for each in receipts if each["status"] != "0x1"]:
        raise SystemExit(f"{len(failed)} of {len(transactions)} transactions failed on the node alone")
    return Replayed(seconds, sum(int(each["gasUsed"], 16) for each in receipts))


def _mine(http: httpx.Client, transactions: list[str]) -> list[str]:
    """Their hashes, when the node has mined them."""
    # One at a time: it mines each as it comes, and would keep what does not fit into a block for its next one.
    hashes = [_call(http, "eth_sendRawTransaction", [each])[0] for each in transactions]
    started = time.perf_counter()
    while _call(http, "eth_getTransactionReceipt", hashes[-1:])[0] is None:
        if time.perf_counter() - started > _REPLAY_SECONDS_MAX:
            mined = _call(http, "eth_getTransactionReceipt", hashes)
            raise SystemExit(
                f"the node alone has mined {len(mined) - mined.count(None)} of {len(mined)} transactions, and no more"
            )
        time.sleep(0.005)
    return hashes


def _call(http: httpx.Client, method: str, values: list[str]) -> list[Any]:
    calls = [{"jsonrpc": "2.0", "id": at, "method": method, "params": [value]} for at, value in enumerate(values)]
    answers = sorted(http.post("/", json=calls).json(), key=lambda answer: answer["id"])
    for answer in answers:
        if "error" in answer:
            raise SystemExit(f"{method}: {answer['error']}")
    return [answer["result"] for answer in answers]


@contextmanager
def _node_of_blocks(seconds: int, system: System) -> Iterator[None]:
    """A node that mines at fixed times and not before."""
    port = free_port()
    node = subprocess.Popen(
        [str(find_anvil()), "--port", str(port), "--block-time", str(seconds), "--hardfork", "prague", "--quiet"],
        stdin=subprocess.DEVNULL,
    )
    system.env |= {
        "TOKENPOINTS_RPC_URL": f"http://127.0.0.1:{port}",
        "TOKENPOINTS_WS_URL": f"ws://127.0.0.1:{port}",
    }
    try:
        yield
    finally:
        node.terminate()
        node.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--receipts", type=int, default=60_000, help="in bulk")
    parser.add_argument("--holders", type=int, default=50_000, help="who have points before")
    parser.add_argument("--batch", type=int, default=300, help="awards in a transaction, at most")
    parser.add_argument("--singles", type=int, default=21, help="receipts one by one")
    arguments = parser.parse_args()
    if arguments.singles < _SINGLES_MIN:
        parser.error(f"--singles is {_SINGLES_MIN} or more: the first is not counted, and quantiles need two")
    with tempfile.TemporaryDirectory() as folder:
        bulk = in_bulk(Path(folder), receipts=arguments.receipts, holders=arguments.holders, batch_size=arguments.batch)
    with tempfile.TemporaryDirectory() as folder:
        singles = one_by_one(Path(folder), count=arguments.singles)
    table = Table("", "receipts", "seconds", "receipts/s", "Mgas/s")
    for name, seconds in (("pipeline", bulk.seconds), ("node alone", bulk.node.seconds)):
        rates = (f"{bulk.receipts / seconds:,.0f}", f"{bulk.node.gas / seconds / 1e6:,.0f}")
        table.add_row(name, f"{bulk.receipts:,}", f"{seconds:.2f}", *rates)
    Console().print(table)
    table = Table("processor time of", "µs a receipt")
    for name, seconds in bulk.cpu_seconds.items():
        table.add_row({"ended": "import"}.get(name, name), f"{seconds / bulk.receipts * 1e6:.1f}")
    table.add_row("all", f"{sum(bulk.cpu_seconds.values()) / bulk.receipts * 1e6:.1f}")
    Console().print(table)
    print(
        f"{bulk.transactions} transactions; a single receipt is visible after {median(singles):.0f} ms (median), "
        f"and after {median(bulk.till_ms):,.0f} ms while the others went through"
    )
    print(
        json.dumps(
            {
                "pipeline_receipts_per_s": round(bulk.receipts / bulk.seconds),
                "pipeline_vs_node": round(bulk.node.seconds / bulk.seconds, 3),
                "receipt_visible_ms_p50": round(median(singles)),
                "receipt_visible_ms_p90": round(quantiles(singles, n=10)[-1]),
                "receipt_visible_in_bulk_ms_p50": round(median(bulk.till_ms)),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
