"""The rows of a purchase file, before and after they make sense."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tokenpoints.client.models import ReceiptToRecord


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as the file has it."""

    number: int
    """From 1, in the order of the file. A row keeps its number however often the file is read."""
    line: int
    """Where it begins; the row's number where a file has no lines."""
    values: Mapping[str, Any]
    fault: str | None = None
    """Why it cannot even be taken apart; then `values` is empty."""
    text: str = ""
    """What the file has there, where it cannot be taken apart."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A row that can be sent."""

    row: int
    line: int
    customer_id: str
    amount: int
    """In the currency's smallest unit."""
    receipt: ReceiptToRecord


@dataclass(frozen=True, slots=True)
class ZeroAmount:
    """A row that is fine and earns nothing."""

    row: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that cannot be sent, or was refused."""

    row: int
    line: int
    column: str
    value: str
    reason: str


Outcome = Purchase | ZeroAmount | Rejected


class PurchaseFile(Protocol):
    """A file that can be read from its beginning, as often as one likes."""

    columns: list[str]
    """The names of all its columns."""
    size: int
    """How much there is to read, in the unit of `position`."""

    @property
    def position(self) -> int:
        """How much has been read."""

    def rows(self, columns: list[str]) -> Iterator[RawRow]:
        """Its rows, with the values of `columns`. Raises UnreadableFile."""
