"""Where an axis gets its labels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

DAY_SECONDS = 86_400


class TimeUnit(StrEnum):
    """What two neighbouring ticks differ in; decides how they are written."""

    MINUTE = "minute"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class TimeTicks:
    """Unix seconds, and what they are to be written in."""

    at: list[int]
    unit: TimeUnit


def value_ticks(maximum: int, *, count: int = 4) -> list[int]:
    """Zero and round values up to the first at or above `maximum`, about `count` steps of 1, 2 or 5 times ten to n."""
    if maximum <= 0:
        return [0, 1]
    rough = maximum / count
    power = 10 ** math.floor(math.log10(rough)) if rough >= 1 else 1
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    return [step * index for index in range(math.ceil(maximum / step) + 1)]


def time_ticks(first: int, last: int, *, count: int = 5) -> TimeTicks:
    """At most `count` round moments (UTC) within `first` and `last`."""
    span = max(1, last - first)
    for seconds in (60, 300, 900, 3_600, 10_800, 21_600, 43_200):
        if span / seconds <= count:
            return TimeTicks(_multiples(first, last, seconds), TimeUnit.MINUTE)
    for days in (1, 2, 7, 14):
        if span / (days * DAY_SECONDS) <= count:
            return TimeTicks(_multiples(first, last, days * DAY_SECONDS), TimeUnit.DAY)
    for months in (1, 2, 3, 6):
        if span / (months * 30.44 * DAY_SECONDS) <= count:
            return TimeTicks(_months(first, last, months), TimeUnit.MONTH)
    years = max(1, math.ceil(span / (365.25 * DAY_SECONDS) / count))
    return TimeTicks(_months(first, last, 12 * years), TimeUnit.YEAR)


def _multiples(first: int, last: int, seconds: int) -> list[int]:
    start = -(-first // seconds) * seconds
    return list(range(start, last + 1, seconds))


def _months(first: int, last: int, months: int) -> list[int]:
    moment = datetime.fromtimestamp(first, UTC) - timedelta(microseconds=1)
    index = moment.year * 12 + moment.month  # of the month after `moment`, counted from 0
    ticks = []
    while (at := _month_start(index)) <= last:
        if index % months == 0:
            ticks.append(at)
        index += 1
    return ticks


def _month_start(index: int) -> int:
    return int(datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC).timestamp())
