"""Real purchases to begin with. Where they come from stands in the README beside this file."""

from __future__ import annotations

from pathlib import Path

BASKET_COUNT = 4_196
HOUSEHOLD_COUNT = 200
SALES_CENTS = 14_184_087


def sample_path() -> Path:
    """The Parquet file."""
    return Path(__file__).parent / "complete_journey_sample.parquet"


def import_options() -> list[str]:
    """The options with which `tokenpoints import purchases` understands it."""
    return [
        "--map=customer=household_id",
        "--map=amount=sales_cents",
        "--map=occurred_at=occurred_at",
        "--map=reference=basket_id",
        "--amount-unit=minor",
    ]


def import_arguments() -> list[str]:
    """All that follows `tokenpoints import purchases` to import the sample."""
    return [str(sample_path()), *import_options()]
