"""The lines of a purchase, and what of them is given back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LINE_COUNT_MAX = 500
QUANTITY_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a purchase. What is sold by weight has quantity 1."""

    sku: str
    quantity: int
    amount: int
    """Of all pieces, after discounts, in the currency's smallest unit."""
    category: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As it stands in the canonical body."""
        found: dict[str, Any] = {"amount": self.amount, "quantity": self.quantity, "sku": self.sku}
        return found if self.category is None else found | {"category": self.category}


@dataclass(frozen=True, slots=True)
class LineToRefund:
    """Pieces of a line: by its number, from 1, or by an SKU that one line has. Without a quantity, all that is left."""

    line: int | None
    sku: str | None
    quantity: int | None

    def as_json(self) -> dict[str, Any]:
        """As it stands in the canonical body."""
        named = {"line": self.line, "quantity": self.quantity, "sku": self.sku}
        return {name: value for name, value in named.items() if value is not None}


class NotRefundable(ValueError):
    """These pieces cannot be given back. `index` is that of the line in the request."""

    def __init__(self, index: int, field: str, why: str) -> None:
        super().__init__(why)
        self.index, self.field = index, field


def line_from_json(found: Mapping[str, Any]) -> Line:
    """A line of a canonical body."""
    return Line(found["sku"], found["quantity"], found["amount"], found.get("category"))


def amount_of(line: Line, pieces_before: int, pieces: int) -> int:
    """What `pieces` of a line cost, after `pieces_before` were given back; all together cost the line's amount."""
    total = pieces_before + pieces
    return line.amount * total // line.quantity - line.amount * pieces_before // line.quantity


def to_refund(lines: Sequence[Line], before: Mapping[int, int], asked: Sequence[LineToRefund]) -> dict[int, int]:
    """Pieces by line number. `before` are those given back earlier. Raises NotRefundable."""
    taken: dict[int, int] = {}
    for index, each in enumerate(asked):
        number = _number(lines, each, index)
        if number in taken:
            raise NotRefundable(index, "line", f"line {number} is named twice")
        left = lines[number - 1].quantity - before.get(number, 0)
        pieces = left if each.quantity is None else each.quantity
        if pieces > left or pieces == 0:
            raise NotRefundable(index, "quantity", f"line {number} has {left} left to refund")
        taken[number] = pieces
    return taken


def _number(lines: Sequence[Line], asked: LineToRefund, index: int) -> int:
    if asked.line is not None:
        if not 1 <= asked.line <= len(lines):
            raise NotRefundable(index, "line", f"the purchase has {len(lines)} lines")
        return asked.line
    numbers = [number for number, line in enumerate(lines, start=1) if line.sku == asked.sku]
    if len(numbers) != 1:
        raise NotRefundable(index, "sku", f"{len(numbers)} lines have it: name the line by its number")
    return numbers[0]
