"""Values as JSON gives them: digits for points, RFC 3339 for moments, hex for addresses and hashes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
)

from tokenpoints.domain.catalogue import NEVER
from tokenpoints.domain.instants import parse_rfc3339, rfc3339
from tokenpoints.domain.points import POINTS_MAX
from tokenpoints.domain.types import ZERO_ADDRESS, Address, Hash32, address_from_hex, hash_from_hex, hex_of

_UINT32_MAX = (1 << 32) - 1
_UINT128_MAX = (1 << 128) - 1
_LAST_SECOND = 253_402_300_799
"""Of the year 9999: beyond it, a time is the contracts' 'never'."""


def _points(value: Any) -> Any:
    """Digits as a number. Longer ones are too large, whatever they are."""
    if type(value) is str and value.isascii() and value.isdigit():
        return int(value[:60] or 0)
    return value


def _seconds(value: Any, info: ValidationInfo) -> Any:
    if type(value) is str:
        return int(parse_rfc3339(value).timestamp())
    if isinstance(value, bool) or info.mode == "json":
        raise ValueError("must be text: an RFC 3339 date and time with a zone")
    return value


def _moment(seconds: int) -> str | None:
    return rfc3339(datetime.fromtimestamp(seconds, UTC)) if seconds <= _LAST_SECOND else None


def _address(value: Any) -> Any:
    if type(value) is not str:
        return value
    if not value.startswith("0x"):
        raise ValueError("must be 0x and 40 hex digits")
    return address_from_hex(value)


def _other_than_zero(address: Address) -> Address:
    if address == ZERO_ADDRESS:
        raise ValueError("must not be the zero address")
    return address


def _hash(value: Any) -> Any:
    return hash_from_hex(value) if type(value) is str else value


_DIGITS = {"anyOf": [{"type": "string", "pattern": "^[0-9]+$"}, {"type": "integer", "minimum": 0}]}
_AsDigits = (BeforeValidator(_points), PlainSerializer(str, when_used="json"), WithJsonSchema(_DIGITS))
PointsGiven = Annotated[int, Field(ge=0, le=POINTS_MAX), *_AsDigits]
"""Base units, as digits or a JSON integer; answered as digits."""
PointsAtLeastOne = Annotated[int, Field(ge=1, le=POINTS_MAX), *_AsDigits]
TokenAmount = Annotated[int, Field(ge=0, le=_UINT128_MAX), *_AsDigits]
MomentGiven = Annotated[
    int,
    Field(ge=0, lt=NEVER),
    BeforeValidator(_seconds),
    PlainSerializer(_moment, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "RFC 3339 with a zone, from 1970."}),
]
"""Unix seconds; RFC 3339 in JSON."""
AddressGiven = Annotated[
    Address,
    BeforeValidator(_address),
    AfterValidator(_other_than_zero),
    PlainSerializer(hex_of, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"}),
]
HashGiven = Annotated[
    Hash32,
    BeforeValidator(_hash),
    PlainSerializer(hex_of, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^0x[0-9a-f]{64}$"}),
]
NumberGiven = Annotated[int, Field(ge=1, le=_UINT32_MAX)]
Text = Annotated[str, Field(min_length=1, max_length=4000)]


class Body(BaseModel):
    """What takes only what it names, and nothing for another type."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
