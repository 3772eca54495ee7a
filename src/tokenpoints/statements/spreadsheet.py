"""Rows as CSV (RFC 4180, UTF-8) that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import hex_of
from tokenpoints.statements.statement import Statement

COLUMNS = (
    "at",
    "type",
    "amount",
    "balance_after",
    "reference",
    "rule",
    "rule_version",
    "transaction_hash",
    "entry",
)
# https://owasp.org/www-community/attacks/CSV_Injection, with the full-width forms that spreadsheets fold.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Cell = str | int | Decimal | None


def table(rows: Iterable[Sequence[Cell]]) -> str:
    """A byte order mark first: without it some spreadsheets misread Korean. Numbers stay numbers."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return "\ufeff" + text.getvalue()


def points_of(amount: int, program: Program) -> Decimal:
    """An amount of base units in points."""
    return Decimal(amount).scaleb(-program.decimals)


def statement_csv(statement: Statement) -> str:
    """A line for the opening balance, one for each change, one for the closing balance."""
    program = statement.program

    def points(amount: int) -> Cell:
        return points_of(amount, program)

    def balance(name: str, at: str, amount: int) -> list[Cell]:
        return [at, name, None, points(amount), *[None] * (len(COLUMNS) - 4)]

    rows: list[Sequence[Cell]] = [COLUMNS, balance("opening_balance", rfc3339(statement.since), statement.opening)]
    rows += [
        [
            rfc3339(line.at),
            line.type.value,
            points(line.amount),
            points(line.balance_after),
            line.reference,
            line.rule_name,
            line.rule_version,
            hex_of(line.transaction_hash) if line.transaction_hash else None,
            line.entry,
        ]
        for line in statement.lines
    ]
    return table([*rows, balance("closing_balance", rfc3339(statement.until), statement.closing)])


def _safe(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return f"{cell:f}"
        case int():
            return str(cell)
        case _:
            return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
