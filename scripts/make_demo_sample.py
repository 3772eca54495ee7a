"""Make the bundled demo sample from the transactions of 84.51°'s Complete Journey 2.0.

    python scripts/make_demo_sample.py completejourney_transactions.parquet

The input has a row for each line of a basket: household_id, basket_id, sales_value_cents, ts. The
output has a row for each basket: household_id, basket_id, occurred_at, sales_cents. Which households
are in it depends on nothing but their ids and how often they shopped.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HOUSEHOLD_COUNT = 200
BASKET_COUNT_MIN = 6
BASKET_COUNT_MAX = 40
"""Per household, so that the sample stays small and nobody in it dominates."""
OUTPUT = Path(__file__).parent.parent / "src/tokenpoints/demo/complete_journey_sample.parquet"
SCHEMA = pa.schema(
    [
        ("household_id", pa.int32()),
        ("basket_id", pa.int64()),
        ("occurred_at", pa.timestamp("s", tz="UTC")),
        ("sales_cents", pa.int32()),
    ]
)


def baskets_of(lines: pa.Table) -> list[tuple[datetime, int, int, int]]:
    """(occurred at, basket, household, cents) of each basket that was paid for, in the order of time."""
    grouped = lines.group_by(["household_id", "basket_id"]).aggregate([("sales_value_cents", "sum"), ("ts", "min")])
    columns = (grouped.column(name).to_pylist() for name in ("ts_min", "basket_id", "household_id"))
    cents = grouped.column("sales_value_cents_sum").to_pylist()
    return sorted(basket for basket in zip(*columns, cents, strict=True) if basket[3] > 0)


def chosen_households(baskets: list[tuple[datetime, int, int, int]]) -> set[int]:
    """Households that shopped now and then, in an order that no one chose."""
    counts = Counter(household for _, _, household, _ in baskets)
    fitting = [household for household, count in counts.items() if BASKET_COUNT_MIN <= count <= BASKET_COUNT_MAX]
    fitting.sort(key=lambda household: hashlib.sha256(f"household {household}".encode()).digest())
    return set(fitting[:HOUSEHOLD_COUNT])


def main(source: Path) -> None:
    """Write the sample and print what its README states."""
    lines = pq.read_table(source, columns=["household_id", "basket_id", "sales_value_cents", "ts"])
    baskets = baskets_of(lines)
    households = chosen_households(baskets)
    kept = [basket for basket in baskets if basket[2] in households]
    table = pa.table(
        {
            "household_id": [household for _, _, household, _ in kept],
            "basket_id": [basket for _, basket, _, _ in kept],
            "occurred_at": [moment.replace(tzinfo=UTC) for moment, _, _, _ in kept],
            "sales_cents": [cents for _, _, _, cents in kept],
        },
        schema=SCHEMA,
    )
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, OUTPUT, compression="zstd", compression_level=19, use_dictionary=["household_id"])
    total = sum(cents for _, _, _, cents in kept)
    print(f"{OUTPUT.name}: {len(kept)} baskets, {len(households)} households, {total} cents")
    print(f"from {kept[0][0]} to {kept[-1][0]}, {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
