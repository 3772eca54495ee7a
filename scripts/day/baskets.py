"""A week of real baskets: see scripts/make_week_sample.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

_FILE = Path(__file__).parent / "complete_journey_week.parquet"
_WEEK = timedelta(days=7)
_QUANTITY_MAX = 1_000_000
"""Of a line. Fuel is counted in thousandths of a gallon; where that is more, it is one sale."""


@dataclass(frozen=True)
class Basket:
    """What one household bought at once."""

    store: int
    household: int
    number: int
    occurred_at: datetime
    lines: list[dict[str, Any]]

    @property
    def cents(self) -> int:
        return sum(line["amount"] for line in self.lines)

    @property
    def customer(self) -> str:
        return f"household-{self.household}"

    @property
    def reference(self) -> str:
        return f"basket-{self.number}"


def baskets(now: datetime) -> list[Basket]:
    """All of the week, oldest first, moved by whole weeks to the last days before `now`: each keeps its weekday and its
    time of day."""
    rows = pq.read_table(_FILE).to_pylist()
    rows.sort(key=itemgetter("occurred_at", "basket_id"))
    latest = rows[-1]["occurred_at"].replace(tzinfo=UTC)
    moved = (now - latest) // _WEEK * _WEEK
    found = []
    for _, lines in groupby(rows, key=itemgetter("basket_id")):
        first, *rest = lines
        found.append(
            Basket(
                store=first["store_id"],
                household=first["household_id"],
                number=first["basket_id"],
                occurred_at=first["occurred_at"].replace(tzinfo=UTC) + moved,
                lines=list(_lines([first, *rest])),
            )
        )
    return found


def _lines(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        quantity = row["quantity"] if row["quantity"] <= _QUANTITY_MAX else 1
        yield {"sku": str(row["product_id"]), "quantity": quantity, "amount": row["sales_cents"]}
