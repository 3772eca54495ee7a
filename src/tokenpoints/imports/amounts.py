"""Amounts in files, to whole numbers of the currency's smallest unit. Exact: no float is ever computed with."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from typing import Any

from tokenpoints.domain.rules import UNITS_MAX

_NUMBER = re.compile(r"([+-]?)(\d{0,30})(?:\.(\d{0,30}))?", re.ASCII)


class AmountUnit(StrEnum):
    """What amounts in a file count."""

    MINOR = "minor"
    """The currency's smallest unit: 1177."""
    MAJOR = "major"
    """The currency itself: 11.77."""


def parse_amount(value: Any, unit: AmountUnit, exponent: int) -> int:
    """The amount in the smallest unit, zero included. Raises ValueError with the reason."""
    text = _text_of(value)
    match = _NUMBER.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        raise ValueError("is not a number" if text else "is empty")
    sign, whole, decimals = match[1], match[2], (match[3] or "").rstrip("0")
    places = exponent if unit is AmountUnit.MAJOR else 0
    if len(decimals) > places:
        has = f"{places} decimals" if places else "no decimals"
        raise ValueError(f"has more decimals than the unit: {has} at most")
    amount = int((whole or "0") + decimals.ljust(places, "0"))
    if sign == "-" and amount:
        raise ValueError("is negative")
    if amount > UNITS_MAX:
        raise ValueError(f"is more than {UNITS_MAX} of the smallest unit")
    return amount


def _text_of(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        # Too long a number need not be written out to be too large.
        return str(value) if value.bit_length() <= 64 else "9" * 25
    if isinstance(value, float):
        # The shortest text that means this float, which is what was written when it was made.
        return f"{Decimal(repr(value)):f}" if value == value and abs(value) < 1e25 else "not finite"
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() and abs(value.adjusted()) < 30 else "not finite"
    return str(value)
