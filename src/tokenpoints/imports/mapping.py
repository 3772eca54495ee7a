"""Which column means what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tokenpoints.errors import UnclearMapping

FIELDS = ("customer", "amount", "occurred_at", "reference")
_OPTIONAL = frozenset({"reference"})

# Compared without case, blanks, underscores and hyphens. Earlier names win.
_COMMON_NAMES: dict[str, tuple[str, ...]] = {
    "customer": (
        "customer", "customerid", "customerkey", "customerno", "member", "memberid", "household", "householdid",
        "householdkey", "userid", "clientid", "loyaltyid", "cardid", "cardnumber",
    ),
    "amount": (
        "amount", "amountcents", "amountminor", "salescents", "totalcents", "total", "totalamount", "amountpaid",
        "dollarvalue", "salesvalue", "sales", "revenue", "grandtotal",
    ),
    "occurred_at": (
        "occurredat", "timestamp", "datetime", "purchasedat", "transactiontimestamp", "transactiondate", "orderdate",
        "purchasedate", "invoicedate", "date", "ts", "createdat",
    ),
    "reference": (
        "reference", "receipt", "receiptid", "receiptno", "basketid", "basket", "orderid", "invoice", "invoiceno",
        "invoiceid", "transactionid",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """The column of each field. Without a reference column, references are made from row numbers."""

    customer: str
    amount: str
    occurred_at: str
    reference: str | None

    @property
    def columns(self) -> list[str]:
        """The columns that are read."""
        named = (self.customer, self.amount, self.occurred_at, self.reference)
        return list(dict.fromkeys(column for column in named if column is not None))


def mapping_of(columns: Sequence[str], chosen: Mapping[str, str]) -> ColumnMapping:
    """The mapping for a file with `columns`: what is chosen, and for the rest what is commonly meant.

    Raises UnclearMapping with the file's columns.
    """
    unknown = [field for field in chosen if field not in FIELDS]
    if unknown:
        raise UnclearMapping(f"there is no field {unknown[0]!r}; the fields are {', '.join(FIELDS)}")
    found = {field: _column_named(columns, name) for field, name in chosen.items()}
    taken = set(found.values())
    for field in FIELDS:
        if field not in found:
            guess = _guess(field, [column for column in columns if column not in taken])
            if guess is not None:
                found[field] = guess
                taken.add(guess)
    missing = [field for field in FIELDS if field not in found and field not in _OPTIONAL]
    if missing:
        hints = " ".join(f"--map {field}=COLUMN" for field in missing)
        raise UnclearMapping(
            f"cannot tell which column is {' and '.join(missing)}: add {hints}; the columns are {_listed(columns)}"
        )
    return ColumnMapping(found["customer"], found["amount"], found["occurred_at"], found.get("reference"))


def customer_column(columns: Sequence[str], chosen: Mapping[str, str]) -> str:
    """The column of customers' ids, in a file that needs no other. Raises UnclearMapping with the file's columns."""
    if unknown := [field for field in chosen if field != "customer"]:
        raise UnclearMapping(f"there is no field {unknown[0]!r} of members; the only one is customer")
    if "customer" in chosen:
        return _column_named(columns, chosen["customer"])
    guess = _guess("customer", columns) or (columns[0] if len(columns) == 1 else None)
    if guess is None:
        raise UnclearMapping(
            f"cannot tell which column is customer: add --map customer=COLUMN; the columns are {_listed(columns)}"
        )
    return guess


def parse_choices(texts: Sequence[str]) -> dict[str, str]:
    """`field=column` pairs. Raises UnclearMapping."""
    choices: dict[str, str] = {}
    for text in texts:
        field, equals, column = (part.strip() for part in text.partition("="))
        if not equals or not column:
            raise UnclearMapping(f"{text!r} is not FIELD=COLUMN")
        if field in choices:
            raise UnclearMapping(f"{field} is mapped twice")
        choices[field] = column
    return choices


def _column_named(columns: Sequence[str], name: str) -> str:
    if name in columns:
        return name
    alike = [column for column in columns if column.casefold() == name.casefold()]
    if len(alike) != 1:
        raise UnclearMapping(f"there is no column {name!r}; the columns are {_listed(columns)}")
    return alike[0]


def _guess(field: str, columns: Sequence[str]) -> str | None:
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(_plain(column), column)
    return next((by_name[name] for name in _COMMON_NAMES[field] if name in by_name), None)


def _plain(name: str) -> str:
    return name.casefold().replace(" ", "").replace("_", "").replace("-", "")


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(columns[:30])
    return shown + (", …" if len(columns) > 30 else "") if columns else "none"
