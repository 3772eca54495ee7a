"""How fast receipts become points that members see, in bulk beside the node alone, and one by one.

    python -m scripts.bench.pipeline [--receipts N] [--customers N] [--singles N]

In bulk, receipts go through the whole system (`tokenpoints up --postgresql`) by the import; then a fresh node of the
same kind with the same contracts gets the transactions that were signed, and nothing else to do. One by one, receipts
go to an idle system on a node with a block each second. Prints a table and last a line of JSON.
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
import time
from collections.abc import Iterator
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
from tests.support.chain import free_port
from tests.support.databases import plain_url
from tests.support.system import System

from tokenpoints.chain.node import find_anvil
from tokenpoints.config import embedded_url

_TIMEOUT_SECONDS = 600.0
_REPLAY_SECONDS_MAX = 60.0


@dataclass(frozen=True)
class Bulk:
    receipts: int
    seconds: float
    node_seconds: float
    transactions: int


def in_bulk(folder: Path, *, receipts: int, customers: int) -> Bulk:
    """Import, then replay on a node alone."""
    system = System(folder)
    purchases = folder / "purchases.csv"
    _write_purchases(purchases, receipts, customers)
    try:
        system.start("--postgresql")
        plan = shutil.copytree(folder / "data", folder / "planned", ignore=_all_but_plans)
        started = time.perf_counter()
        done = system.run(
            *("import", "purchases", str(purchases), "--map", "customer=customer", "--map", "amount=cents"),
            *("--map", "occurred_at=at", "--gateway", system.gateway, "--no-progress", "--json"),
        )
        seconds = time.perf_counter() - started
        if done.returncode != 0:
            raise SystemExit(f"the import failed:\n{done.stdout}{done.stderr}")
        counts = httpx.get(
            f"{system.gateway}/v1/programs/demo/awards/summary", timeout=60, headers=system.headers
        ).json()
        if counts["confirmed"] + counts["finalized"] != receipts:
            raise SystemExit(f"not every receipt became points: {counts}")
        transactions = _mined_transactions(folder / "data")
    finally:
        system.clean_up()
    return Bulk(receipts, seconds, _replay(folder / "alone", plan, transactions), len(transactions))


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
                    enrolled = http.post("/members", json={"customer_id": f"single-{number}"}).raise_for_status()
                    time.sleep(chooser.uniform(2, 3))
                    found.append(_until_visible(http, number, enrolled.json()["id"]))
            return found[1:]  # the first also opens connections
        finally:
            system.clean_up()


def _until_visible(http: httpx.Client, number: int, member: str) -> float:
    occurred_at = datetime.now(UTC) - timedelta(minutes=5)
    started = time.perf_counter()
    answer = http.post(
        "/receipts",
        json={
            "reference": f"single-{number}",
            "customer_id": f"single-{number}",
            "kind": "purchase",
            "amount": 1_234,
            "occurred_at": occurred_at.isoformat(),
        },
    )
    if answer.status_code not in (200, 201, 202):
        raise SystemExit(f"a receipt was refused: {answer.text}")
    while time.perf_counter() - started < _TIMEOUT_SECONDS:
        if http.get(f"/members/{member}/balance").json()["active"] == "12":
            return (time.perf_counter() - started) * 1_000
        time.sleep(0.01)
    raise SystemExit("a receipt's points do not come")


def _write_purchases(path: Path, receipts: int, customers: int) -> None:
    chooser = random.Random(1)
    start = datetime.now(UTC) - timedelta(days=20)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("customer", "at", "cents"))
        for number in range(receipts):
            at = start + timedelta(days=19) * number / receipts
            rows.writerow((f"c{chooser.randrange(customers)}", at.isoformat(), chooser.randrange(100, 20_000)))


def _all_but_plans(folder: str, names: list[str]) -> list[str]:
    """Of the data folder, only the plans of deployments are copied: the contracts get the same addresses."""
    return [name for name in names if Path(folder).name == "data" and not name.endswith(".plan.json")]


def _mined_transactions(data: Path) -> list[str]:
    """As they were signed, in the order of their nonces."""
    with psycopg.connect(plain_url(embedded_url(data / "postgresql"))) as database:
        rows = database.execute(
            "SELECT s.signed_bytes FROM submissions s JOIN awarded_batches a ON a.transaction_hash = s.transaction_hash"
            " ORDER BY s.nonce"
        )
        return ["0x" + bytes(row[0]).hex() for row in rows]


def _replay(folder: Path, plan: Path, transactions: list[str]) -> float:
    """Seconds until a node with nothing else to do has mined them."""
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
            started = time.perf_counter()
            # One at a time: it mines each as it comes, and would keep what does not fit into a block for its next one.
            hashes = [_call(http, "eth_sendRawTransaction", [each])[0] for each in transactions]
            while _call(http, "eth_getTransactionReceipt", hashes[-1:])[0] is None:
                if time.perf_counter() - started > _REPLAY_SECONDS_MAX:
                    mined = _call(http, "eth_getTransactionReceipt", hashes)
                    # A batch that reverted used a nonce too, and is not among these.
                    raise SystemExit(
                        f"the node alone has mined {len(mined) - mined.count(None)} of {len(mined)} transactions, and "
                        "no more: a nonce is missing among them"
                    )
                time.sleep(0.005)
            seconds = time.perf_counter() - started
            failed = [each for each in _call(http, "eth_getTransactionReceipt", hashes) if each["status"] != "0x1"]
    finally:
        node.terminate()
        node.wait()
    if failed:
        raise SystemExit(f"{len(failed)} of {len(transactions)} transactions failed on the node alone")
    return seconds


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
    parser.add_argument("--receipts", type=int, default=30_000)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--singles", type=int, default=21)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bulk = in_bulk(Path(folder), receipts=arguments.receipts, customers=arguments.customers)
    with tempfile.TemporaryDirectory() as folder:
        singles = one_by_one(Path(folder), count=arguments.singles)
    table = Table("", "receipts", "seconds", "receipts/s")
    for name, seconds in (("pipeline", bulk.seconds), ("node alone", bulk.node_seconds)):
        table.add_row(name, f"{bulk.receipts:,}", f"{seconds:.2f}", f"{bulk.receipts / seconds:,.0f}")
    Console().print(table)
    print(f"{bulk.transactions} transactions; a single receipt is visible after {median(singles):.0f} ms (median)")
    print(
        json.dumps(
            {
                "pipeline_receipts_per_s": round(bulk.receipts / bulk.seconds),
                "pipeline_vs_node": round(bulk.node_seconds / bulk.seconds, 3),
                "receipt_visible_ms_p50": round(median(singles)),
                "receipt_visible_ms_p90": round(quantiles(singles, n=10)[-1]),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
