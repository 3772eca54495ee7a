"""Import a file of purchases into a fresh system, and check what comes out to the last point.

    python -m scripts.bench.imports [FILE] [--kills N]

With --kills, every process is killed (kill -9) N times on the way, and all is started again. FILE is
the CDNOW master file (.txt.gz) or a Parquet file like the bundled sample, which is taken where FILE
does not exist. The last line is JSON.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import tempfile
import time
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from pathlib import Path

import httpx
import pyarrow.parquet
from tests.support.audit import Totals, audit
from tests.support.system import System

from tokenpoints import demo

_CDNOW_OPTIONS = (
    *("--delimiter", "blank", "--map", "customer=customer_id", "--map", "amount=dollar_value"),
    *("--map", "occurred_at=date", "--date-format", "%Y%m%d", "--amount-unit", "major"),
)


def purchases_in(path: Path) -> list[int]:
    """The amounts in cents, read here and by no code of the system."""
    if path.suffix == ".parquet":
        return list(pyarrow.parquet.read_table(path).column("sales_cents").to_pylist())
    amounts = []
    with gzip.open(path, "rt", encoding="ascii", errors="replace") as lines:
        for line in lines:
            try:
                amounts.append(int(Decimal(line.split()[3]) * 100))
            except (IndexError, InvalidOperation):
                continue  # the header, and what ends the file
    return amounts


def kill_in_the_middle(system: System, command: list[str], at_least: int) -> None:
    """Start the import, kill every process once `at_least` awards are on chain, and start the system again."""
    importing = system.begin(*command)
    while importing.poll() is None:
        counts = httpx.get(
            f"{system.gateway}/v1/programs/demo/awards/summary", timeout=60, headers=system.headers
        ).json()
        if counts["confirmed"] + counts["finalized"] >= at_least:
            break
        time.sleep(0.05)
    system.kill()
    importing.kill()
    importing.wait()
    print(f"killed every process with {counts['confirmed'] + counts['finalized']:,} awards on chain")
    system.start()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?", default=os.environ.get("PURCHASES") or demo.sample_path())
    parser.add_argument("--kills", type=int, default=os.environ.get("KILLS", "0"))
    arguments = parser.parse_args()
    path = arguments.file
    if not path.is_file():
        print(f"{path} is not there; the bundled sample is imported instead")
        path = demo.sample_path()
    amounts = purchases_in(path)
    points = sum(cents // 100 for cents in amounts)
    awards = sum(cents >= 100 for cents in amounts)
    expected = Totals(points, points, points, points, awards, awards)
    print(f"{path}: {len(amounts):,} purchases, {awards:,} of them for a point or more, {points:,} points")
    options = _CDNOW_OPTIONS if path.name.startswith("CDNOW") else demo.import_options()
    with tempfile.TemporaryDirectory() as folder:
        system = System(Path(folder))
        try:
            system.start()
            started = time.perf_counter()
            command = [
                *("import", "purchases", str(path.resolve()), *options),
                *("--gateway", system.gateway, "--no-progress", "--json"),
            ]
            for kill in range(arguments.kills):
                kill_in_the_middle(system, command, awards * (kill + 1) // (arguments.kills + 1))
            done = system.run(*command)
            seconds = time.perf_counter() - started
            if done.returncode != 0:
                raise SystemExit(f"the import failed:\n{done.stdout}{done.stderr}")
            totals = audit(system.node, system.folder / "data", system.folder / "deployments")
        finally:
            system.clean_up()
    for name, value in asdict(totals).items():
        print(f"{name:>24} {value:>12,}")
    if totals != expected:
        raise SystemExit(f"the totals differ from the file's: {expected}")
    print(
        json.dumps(
            {
                "import_purchases": len(amounts),
                "import_seconds": round(seconds, 2),
                "awards_per_second": round(awards / seconds, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
