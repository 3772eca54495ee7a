"""Moments in files, to RFC 3339 in UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.receipts import CLOCK_SKEW_MAX, OCCURRED_MIN
from tokenpoints.errors import UnclearMapping

_CACHE_SIZE = 65_536


def zone_named(name: str) -> tzinfo:
    """A time zone by its IANA name. Raises UnclearMapping."""
    if name.upper() in ("UTC", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise UnclearMapping(f"there is no time zone {name!r}") from None


def instant_parser(*, date_format: str | None, zone: tzinfo, now: datetime) -> Callable[[Any], str]:
    """A function from a file's value to RFC 3339. It raises ValueError with the reason."""
    latest = now + CLOCK_SKEW_MAX

    def checked(moment: datetime) -> str:
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            raise ValueError("is outside the calendar") from None
        if moment < OCCURRED_MIN:
            raise ValueError("is before 1970")
        if moment > latest:
            raise ValueError("is more than a day in the future")
        return rfc3339(moment)

    # Many purchases share a day.
    @lru_cache(maxsize=_CACHE_SIZE)
    def from_text(text: str) -> str:
        if not text:
            raise ValueError("is empty")
        try:
            moment = datetime.strptime(text, date_format) if date_format else datetime.fromisoformat(text)
        except ValueError:
            wanted = f"as {date_format}" if date_format else "in ISO 8601; give --date-format for another order"
            raise ValueError(f"is not a date {wanted}") from None
        return checked(moment)

    def parse(value: Any) -> str:
        if isinstance(value, datetime):
            return checked(value)
        if isinstance(value, date):
            return checked(datetime(value.year, value.month, value.day))
        if value is None:
            raise ValueError("is empty")
        return from_text(str(value).strip())

    return parse
