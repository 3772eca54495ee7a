"""Print what transactions cost, and what of that the EVM asks of any that do the same. Ends with 1 if a test fails.

The figures are those of contracts/test/gas, run on the code as it is: snapshots are neither compared nor written. The
last line is JSON.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CONTRACTS = ROOT / "contracts"
BESIDE = ("test/Compiled.sol", "test/gas/others")
COLUMNS = {
    "total": "total",
    "base": "base",
    "calldata": "data",
    "storage": "store",
    "logs": "logs",
    "calls": "calls",
    "code": "code",
    "refund": "refund",
    "computation": "computation",
}
TOKENS = {
    "tokenpoints": "award",
    "OpenZeppelin _mint loop": "openzeppelin",
    "Solady _mint loop": "solady",
    "ERC-7818 asset": "erc7818",
}
CASES = {"existing holder": "existing", "epoch rollover": "rollover", "new holder": "new"}
TITLES = {
    "award": "One more award in a batch of 500, from whole transactions",
    "transaction": "Whole transactions, cheapest first",
}


def forge() -> str:
    """Of the npm package, which there is for Linux on x86-64; elsewhere the one on the PATH."""
    return str(next(ROOT.glob("node_modules/@foundry-rs/forge-*/bin/forge"), "forge"))


def run() -> dict[str, Any]:
    environment = {**os.environ, "FORGE_SNAPSHOT_CHECK": "false", "FORGE_SNAPSHOT_EMIT": "false"}
    # What the tests create from its compiled code is in no file that they import.
    subprocess.run([forge(), "build", "--quiet", *BESIDE], cwd=CONTRACTS, check=True)
    command = [forge(), "test", "--json", "-vv", "--match-path", "test/gas/*"]
    done = subprocess.run(command, cwd=CONTRACTS, env=environment, stdout=subprocess.PIPE, text=True)
    start = done.stdout.find("{")
    if start < 0:
        raise SystemExit(f"forge answered no results:\n{done.stdout}")
    suites: dict[str, Any] = json.loads(done.stdout[start:])
    return {name: result for suite in suites.values() for name, result in suite["test_results"].items()}


def key(row: dict[str, Any]) -> str:
    if row["group"] == "award":
        token, case = row["name"].split(", ")
        return f"{TOKENS[token]}_{CASES[case]}"
    return re.sub(r"\W+", "_", row["name"].lower().replace("'", ""))


def order(row: dict[str, Any]) -> tuple[int, int]:
    """Awards by case, then all by their cost."""
    case = list(CASES).index(row["name"].split(", ")[1]) if row["group"] == "award" else 0
    return case, row["total"]


def show(title: str, rows: list[dict[str, Any]]) -> None:
    # What is nothing in every row has no column.
    columns = {name: field for name, field in COLUMNS.items() if any(row[field] for row in rows)}
    name_width = max(len(row["name"]) for row in rows)
    widths = [max(len(name), *(len(f"{row[field]:,}") for row in rows)) for name, field in columns.items()]
    print(f"{title}\n")
    print("|", " " * name_width, "|", " | ".join(f"{name:>{w}}" for name, w in zip(columns, widths, strict=True)), "|")
    print(f"|{'-' * (name_width + 2)}|" + "|".join("-" * (w + 1) + ":" for w in widths) + "|")
    for row in rows:
        figures = (f"{row[field]:>{w},}" for field, w in zip(columns.values(), widths, strict=True))
        print(f"| {row['name']:{name_width}} |", " | ".join(figures), "|")
    print()


def main() -> int:
    results = run()
    lines = [line for result in results.values() for line in result["decoded_logs"] if line.startswith("{")]
    rows = sorted((json.loads(line) for line in lines), key=order)
    for group, title in TITLES.items():
        show(title, [row for row in rows if row["group"] == group])
    failed = {name: result["reason"] for name, result in results.items() if result["status"] != "Success"}
    for name, reason in failed.items():
        print(f"{name} failed: {reason}", file=sys.stderr)
    print(json.dumps({key(row): row["total"] for row in rows}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
