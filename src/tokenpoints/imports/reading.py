"""From raw rows to purchases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tokenpoints.client.models import ReceiptToRecord
from tokenpoints.domain.accounts import IDENTIFIER_LENGTH_MAX, is_identifier, normalised
from tokenpoints.imports.amounts import AmountUnit, parse_amount
from tokenpoints.imports.mapping import ColumnMapping
from tokenpoints.imports.rows import Outcome, Purchase, RawRow, Rejected, ZeroAmount

_VALUE_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class RowReader:
    """How the rows of one file are understood."""

    mapping: ColumnMapping
    amount_unit: AmountUnit
    currency_exponent: int
    parse_instant: Callable[[Any], str]
    reference_prefix: str

    def read(self, row: RawRow) -> Outcome:
        """What a row says."""
        if row.fault is not None:
            return Rejected(row.number, row.line, "", shown(row.text), row.fault)
        column = self.mapping.customer
        try:
            customer_id = identifier_of(row.values[column])
            column = self.mapping.occurred_at
            occurred_at = self.parse_instant(row.values[column])
            column = self.mapping.amount
            amount = parse_amount(row.values[column], self.amount_unit, self.currency_exponent)
            if self.mapping.reference is None:
                reference = f"{self.reference_prefix}-{row.number}"
            else:
                column = self.mapping.reference
                reference = identifier_of(row.values[column])
        except ValueError as error:
            return Rejected(row.number, row.line, column, shown(row.values[column]), str(error))
        if amount == 0:
            return ZeroAmount(row.number)
        receipt = ReceiptToRecord(
            reference=reference, kind="purchase", customer_id=customer_id, amount=amount, occurred_at=occurred_at
        )
        return Purchase(row.number, row.line, customer_id, amount, receipt)


def shown(value: object) -> str:
    """A value as a report can show it."""
    text = "" if value is None else str(value)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _VALUE_LENGTH_MAX else text[: _VALUE_LENGTH_MAX - 1] + "…"


def identifier_of(value: Any) -> str:
    """A value as an id of a customer or a receipt. Raises ValueError with why it is none."""
    if value is None or isinstance(value, bool):
        raise ValueError("is empty" if value is None else "is not an id")
    if isinstance(value, float):
        # Columns of ids with gaps are often kept as floats.
        if not value.is_integer():
            raise ValueError("is not an id" if value == value else "is empty")
        value = int(value)
    text = normalised(str(value).strip())
    if not text:
        raise ValueError("is empty")
    if not is_identifier(text):
        long = len(text) > IDENTIFIER_LENGTH_MAX
        raise ValueError(f"is longer than {IDENTIFIER_LENGTH_MAX}" if long else "has characters that cannot be printed")
    return text
