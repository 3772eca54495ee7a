"""Make the week of `make day` from the transactions of 84.51°'s Complete Journey 2.0.

    python scripts/make_week_sample.py completejourney_transactions.parquet

The input has a row for each line of a basket: household_id, store_id, product_id, quantity, basket_id,
sales_value_cents, ts. So has the output, for the baskets of two stores in one week that were paid for: it is an
excerpt, and nothing in it is changed but the names of two columns. Origin and terms stand in
src/tokenpoints/demo/README.md.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

STORES = (361, 367)
"""In that week they had more baskets together than any other two stores in any week of the year."""
BEGIN, END = datetime(2017, 6, 12), datetime(2017, 6, 19)
OUTPUT = Path(__file__).parent / "day" / "complete_journey_week.parquet"
_COLUMNS = ("store_id", "household_id", "basket_id", "occurred_at", "product_id", "quantity", "sales_cents")


def main(source: Path) -> None:
    """Write the excerpt and print how much it is."""
    lines = pq.read_table(source).rename_columns({"ts": "occurred_at", "sales_value_cents": "sales_cents"})
    at = lines["occurred_at"]
    is_in = pc.and_(pc.greater_equal(at, pa.scalar(BEGIN, at.type)), pc.less(at, pa.scalar(END, at.type)))
    week = lines.filter(pc.and_(is_in, pc.is_in(lines["store_id"], pa.array(STORES, pa.int32()))))
    # What was given away, or is none of one, is no line of a receipt.
    week = week.filter(pc.and_(pc.greater(week["sales_cents"], 0), pc.greater(week["quantity"], 0)))
    week = week.select(_COLUMNS).sort_by([("occurred_at", "ascending"), ("basket_id", "ascending")])
    table = week.replace_schema_metadata(None)
    pq.write_table(table, OUTPUT, compression="zstd", compression_level=19)
    baskets = pc.count_distinct(table["basket_id"]).as_py()
    print(f"{table.num_rows:,} lines of {baskets} baskets, {OUTPUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
