"""Awards a day, by the shop's days or the chain's."""

from __future__ import annotations

from dataclasses import dataclass

from tokenpoints.domain.programs import Program
from tokenpoints.explorer.charts.drawing import Chart, Labels, bar_chart
from tokenpoints.explorer.charts.ticks import DAY_SECONDS
from tokenpoints.explorer.words import Words
from tokenpoints.storage.program_reads import AwardTotals

BARS_MAX = 92
_MONDAY = 4
"""1970-01-01 was a Thursday; the first Monday is day 4."""


@dataclass(frozen=True, slots=True)
class AwardsChart:
    """The chart and its table."""

    drawing: Chart
    rows: list[tuple[str, AwardTotals]]
    """Newest first."""
    days_a_bar: int


def awards_chart(days: dict[int, AwardTotals], words: Words, program: Program) -> AwardsChart | None:
    """`days` are counted since 1970; None where there is none."""
    if not days:
        return None
    width = days_a_bar(min(days), max(days))
    spans = by_span(days, width)
    labels = Labels(value=words.number, moment=words.tick, mark=lambda _at, count: words.number(count))
    drawing = bar_chart(
        [(start * DAY_SECONDS, total.count, _mark(words, program, start, total)) for start, total in spans],
        labels,
        span_seconds=width * DAY_SECONDS,
    )
    if drawing is None:
        return None
    rows = [(words.day(start * DAY_SECONDS), total) for start, total in reversed(spans) if total.count]
    return AwardsChart(drawing, rows, width)


def days_a_bar(first: int, last: int) -> int:
    """1, 7 or a multiple of 28 days, so that there are no more than `BARS_MAX` bars."""
    count = last - first + 1
    for width in (1, 7):
        if count <= BARS_MAX * width:
            return width
    return 28 * -(-count // (BARS_MAX * 28))


def by_span(days: dict[int, AwardTotals], width: int) -> list[tuple[int, AwardTotals]]:
    """Totals of spans of `width` days without a gap, each by its first day; weeks begin on Monday."""
    shift = 0 if width == 1 else _MONDAY
    first = (min(days) - shift) // width * width + shift
    totals: dict[int, AwardTotals] = {start: AwardTotals(0, 0) for start in range(first, max(days) + 1, width)}
    for day, total in days.items():
        start = first + (day - first) // width * width
        kept = totals[start]
        totals[start] = AwardTotals(kept.count + total.count, kept.points + total.points)
    return sorted(totals.items())


def _mark(words: Words, program: Program, start: int, total: AwardTotals) -> str:
    return f"{words.day(start * DAY_SECONDS)} · {words.awards(total.count)} · {words.points(total.points, program)}"
