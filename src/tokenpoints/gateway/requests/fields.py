"""What all requests are made of."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from tokenpoints.domain.accounts import IDENTIFIER_LENGTH_MAX, is_identifier, normalised
from tokenpoints.domain.adjustments import REASON_LENGTH_MAX
from tokenpoints.domain.instants import parse_rfc3339
from tokenpoints.domain.points import POINTS_MAX
from tokenpoints.domain.rules import UNITS_MAX
from tokenpoints.gateway.fields import LENGTH_MAX as FIELDS_LENGTH_MAX
from tokenpoints.gateway.fields import MEANING as FIELDS_MEANING

BULK_COUNT_MAX = 10_000
BLOCK_NUMBER_MAX = (1 << 63) - 1
PAGE_SIZE_MAX = 500
OVERLAP_SECONDS_MAX = 7 * 86_400
_DIGIT_COUNT_MAX = len(str(UNITS_MAX))
_SIGNED = re.compile(r"[+-]?[1-9][0-9]{0,18}", re.ASCII)


def _identifier(text: str) -> str:
    # Far longer ones are refused as they are, before anything is done with them.
    text = normalised(text) if len(text) <= 4 * IDENTIFIER_LENGTH_MAX else text
    if not is_identifier(text):
        raise PydanticCustomError(
            "invalid_input",
            "must be 1 to {length} printable characters without control characters or outer blanks",
            {"length": IDENTIFIER_LENGTH_MAX},
        )
    return text


def _amount(value: Any) -> int:
    return _amount_from(1, value)


def _line_amount(value: Any) -> int:
    return _amount_from(0, value)


def _amount_from(least: int, value: Any) -> int:
    if type(value) is str and value.isascii() and value.isdigit():
        # Without its leading zeros a longer number is too large, whatever it is.
        digits = value.lstrip("0")
        number = int(digits or 0) if len(digits) <= _DIGIT_COUNT_MAX else UNITS_MAX + 1
    elif type(value) is int:
        number = value
    else:
        raise PydanticCustomError(
            "amount_out_of_range", "must be a whole number of the currency's smallest unit, without point or exponent"
        )
    if not least <= number <= UNITS_MAX:
        raise PydanticCustomError(
            "amount_out_of_range", "must be from {least} to {most}", {"least": least, "most": UNITS_MAX}
        )
    return number


def _signed_points(value: Any) -> int:
    if type(value) is str and _SIGNED.fullmatch(value):
        value = int(value)
    if type(value) is not int or value == 0 or abs(value) > POINTS_MAX:
        raise PydanticCustomError(
            "amount_out_of_range",
            "must be a whole number of the token's base unit, other than 0, without point or exponent, and at most "
            "{most} either way",
            {"most": POINTS_MAX},
        )
    return value


def _reason(text: str) -> str:
    text = normalised(text)
    if not text.strip() or not text.isprintable():
        raise PydanticCustomError("invalid_input", "must be printable text on one line")
    return text


def _instant(value: Any) -> datetime:
    if type(value) is not str:
        raise ValueError("must be text: an RFC 3339 date and time with a zone")
    return parse_rfc3339(value)


Identifier = Annotated[
    str,
    AfterValidator(_identifier),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": IDENTIFIER_LENGTH_MAX}),
]
Amount = Annotated[
    int,
    BeforeValidator(_amount),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": UNITS_MAX},
                {"type": "string", "pattern": "^[0-9]+$"},
            ],
            "description": "A whole number of the currency's smallest unit, as a JSON integer or as digits.",
        }
    ),
]
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "RFC 3339 with a zone, from 1970."}),
]
LineAmount = Annotated[
    int,
    BeforeValidator(_line_amount),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": UNITS_MAX},
                {"type": "string", "pattern": "^[0-9]+$"},
            ],
            "description": "Of all pieces, after discounts, in the currency's smallest unit.",
        }
    ),
]
SignedPoints = Annotated[
    int,
    BeforeValidator(_signed_points),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": -POINTS_MAX, "maximum": POINTS_MAX, "not": {"const": 0}},
                {"type": "string", "pattern": "^[+-]?[1-9][0-9]{0,18}$"},
            ],
            "description": "In the token's base unit; below 0 they are taken.",
            "examples": ["-250"],
        }
    ),
]
Reason = Annotated[str, Field(min_length=1, max_length=REASON_LENGTH_MAX), AfterValidator(_reason)]


class Sent(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Page(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    cursor: str | None = Field(default=None, max_length=100, description="`next_cursor` of the page before.")
    fields: str | None = Field(default=None, max_length=FIELDS_LENGTH_MAX, description=FIELDS_MEANING)
    limit: int = Field(default=50, ge=1, le=PAGE_SIZE_MAX)


class Query(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
