"""How long balances are wrong after a reorg of three blocks.

    python -m scripts.bench.reorgs [--members N] [--times N]

On a whole system (`tokenpoints up --postgresql`): members hold points from several blocks; then the node replaces its
last three blocks by empty ones, at the same height, with two more blocks soon after, and with two more at once.
Measured is until the gateway answers every member's balance as the chain does. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from tests.support.audit import BALANCE_OF
from tests.support.system import System

from tokenpoints.chain import deployments

DEPTH = 3
_TIMEOUT_SECONDS = 60.0
_MORE_BLOCKS = ["anvil_mine", ["0x2"]]
_REORG = ["anvil_reorg", [DEPTH, []]]
CASES: dict[str, list[list[list[Any]]]] = {
    "same height": [[_REORG]],
    "two more blocks": [[_REORG], [_MORE_BLOCKS]],
    "two more blocks at once": [[_REORG, _MORE_BLOCKS]],
}
"""What is asked of the node: one request after the other, each with its calls."""


class Shop:
    """Members of a running system, and their balances from both sides."""

    def __init__(self, system: System, count: int) -> None:
        self.node = httpx.Client(base_url=system.node, timeout=30)
        self.http = httpx.Client(base_url=f"{system.gateway}/v1/programs/demo", headers=system.headers, timeout=30)
        program = deployments.load(system.folder / "deployments", 31337).programs["demo"]
        self._token = "0x" + program.contracts.token.address.hex()
        enrolled = [
            self.http.post("/members", json={"customer_id": f"c{number}"}).raise_for_status().json()
            for number in range(count)
        ]
        self._accounts = {each["id"]: each["account"] for each in enrolled}
        self._receipts = 0

    def buy(self) -> None:
        """A purchase of each member, in a few blocks."""
        for member in self._accounts:
            self._receipts += 1
            body = {
                "reference": f"r{self._receipts}",
                "member": member,
                "kind": "purchase",
                "amount": 100 * self._receipts,
                "occurred_at": "2017-01-01T00:00:00Z",
            }
            self.http.post("/receipts", json=body).raise_for_status()
            time.sleep(0.05)

    def call(self, calls: list[list[Any]]) -> list[Any]:
        """JSON-RPC in one request."""
        body = [{"jsonrpc": "2.0", "id": at, "method": name, "params": said} for at, (name, said) in enumerate(calls)]
        answers = sorted(self.node.post("/", json=body).raise_for_status().json(), key=lambda answer: answer["id"])
        if failed := [answer for answer in answers if "error" in answer]:
            raise SystemExit(f"the node refused: {failed[0]['error']}")
        return [answer["result"] for answer in answers]

    def on_chain(self) -> list[int]:
        calls = [
            ["eth_call", [{"to": self._token, "data": BALANCE_OF + account[2:].lower().zfill(64)}, "latest"]]
            for account in self._accounts.values()
        ]
        return [int(answer, 16) for answer in self.call(calls)]

    def in_gateway(self) -> list[int]:
        return [int(self.http.get(f"/members/{member}/balance").json()["active"]) for member in self._accounts]

    def seconds_until_right(self, *, settled: bool = False) -> float:
        """Until both sides say the same; with `settled` also until nothing waits."""
        started = time.perf_counter()
        while True:
            before = self.on_chain()
            is_right = before == self.in_gateway() == self.on_chain()
            if is_right and not (settled and self.http.get("/awards/summary").json()["pending"]):
                return time.perf_counter() - started
            if time.perf_counter() - started > _TIMEOUT_SECONDS:
                raise SystemExit("the balances stay wrong")
            time.sleep(0.02)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    worst = dict.fromkeys(CASES, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        system = System(Path(folder))
        # It asks without a pause, which no member does.
        system.env["TOKENPOINTS_REQUESTS_PER_MINUTE"] = "1000000"
        try:
            system.start("--postgresql")
            shop = Shop(system, arguments.members)
            for name, requests in CASES.items():
                for _ in range(arguments.times):
                    shop.buy()
                    shop.seconds_until_right(settled=True)
                    for calls in requests:
                        shop.call(calls)
                    worst[name] = max(worst[name], shop.seconds_until_right())
            shop.seconds_until_right(settled=True)
        finally:
            system.clean_up()
    table = Table("after a reorg of three blocks", "worst seconds")
    for name, seconds in worst.items():
        table.add_row(name, f"{seconds:.2f}")
    Console().print(table)
    print(json.dumps({"reorg_right_s": round(max(worst.values()), 2)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
