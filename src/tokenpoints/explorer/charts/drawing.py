"""The geometry of a chart.

Across, everything is in percent or in units of `VIEW_WIDTH` that stretch with the page; down, it is in CSS pixels. So
one drawing fits a phone and a desktop and its text keeps its size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tokenpoints.explorer.charts.scale import Scale
from tokenpoints.explorer.charts.ticks import TimeUnit, time_ticks, value_ticks
from tokenpoints.statements.history import History, Step

VIEW_WIDTH = 1000
PLOT_HEIGHT = 168
MARK_COUNT = 48
_EDGE_PERCENT = 6.0
_LABEL_PERCENT = 7
"""Left of the first bar, where the values stand."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A label of an axis: `place` in percent across, or in pixels down."""

    place: float
    label: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a pointer finds: a strip of the chart and what it says."""

    left: float
    width: float
    x: float
    y: float
    label: str
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: across in percent, down in pixels."""

    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that the template draws."""

    x_ticks: list[Tick]
    y_ticks: list[Tick]
    marks: list[Mark]
    line: str = ""
    area: str = ""
    line_ahead: str = ""
    area_ahead: str = ""
    now: float | None = None
    """Percent across, where the future begins."""
    bars: list[Bar] | None = None


@dataclass(frozen=True, slots=True)
class Labels:
    """How a chart writes its values, in the reader's language."""

    value: Callable[[int], str]
    """On the axis."""
    moment: Callable[[int, TimeUnit], str]
    """On the axis, of Unix seconds."""
    mark: Callable[[int, int], str]
    """Of Unix seconds and a value."""


def step_chart(history: History, labels: Labels, *, now: int) -> Chart | None:
    """A value that holds until its next step; None where there is nothing to draw."""
    if not history.past:
        return None
    first, last = history.past[0].at, max(now, *(step.at for step in history.ahead), history.past[-1].at + 60)
    lead = max(1, (last - first) // 50)
    first, last = first - lead, last + (lead if history.ahead else 0)
    top = max(step.points for step in history.past)
    levels = value_ticks(top)
    x = Scale(first, last, 0, VIEW_WIDTH)
    y = Scale(0, levels[-1], PLOT_HEIGHT, 0)
    end = Step(max(now, history.past[-1].at), history.past[-1].points)
    past = [Step(first, 0), *history.past]
    line = _steps(past, end.at, x, y)
    ahead = [end, *history.ahead]
    line_ahead = _steps(ahead, last, x, y) if history.ahead else ""
    return Chart(
        x_ticks=_time_axis(first, last, labels),
        y_ticks=[Tick(round(y(level), 1), labels.value(level)) for level in levels],
        marks=_marks([*past, *ahead], x, y, first, last, labels, now=end.at),
        line=line,
        area=_filled(line, past[0].at, end.at, x),
        line_ahead=line_ahead,
        area_ahead=_filled(line_ahead, end.at, last, x) if line_ahead else "",
        now=round(x(end.at) / 10, 2) if history.ahead else None,
    )


def bar_chart(bars: Sequence[tuple[int, int, str]], labels: Labels, *, span_seconds: int) -> Chart | None:
    """Bars of (Unix seconds of the span's start, value, what a pointer reads), each `span_seconds` wide."""
    if not bars:
        return None
    first, last = bars[0][0], bars[-1][0] + span_seconds
    # A single bar would fill the page; it gets room as if a week were shown.
    if missing := 7 - len(bars):
        first -= span_seconds * max(0, missing)
    first -= (last - first) * _LABEL_PERCENT // 100
    levels = value_ticks(max(value for _, value, _ in bars))
    x, y = Scale(first, last, 0, 100), Scale(0, levels[-1], PLOT_HEIGHT, 0)
    width = x(first + span_seconds)
    gap = width * 0.18
    return Chart(
        x_ticks=_time_axis(first, last, labels),
        y_ticks=[Tick(round(y(level), 1), labels.value(level)) for level in levels],
        marks=[
            Mark(round(x(at), 3), round(width, 3), round(x(at) + width / 2, 3), round(y(value), 1), label)
            for at, value, label in bars
            if value
        ],
        bars=[
            Bar(
                round(x(at) + gap / 2, 3),
                round(width - gap, 3),
                round(y(value), 1),
                round(max(PLOT_HEIGHT - y(value), 1.5), 1),
            )
            for at, value, _ in bars
            if value
        ],
    )


def value_at(steps: Sequence[Step], at: float) -> int:
    """What a line of steps holds at a moment; its first value before it begins."""
    value = steps[0].points
    for step in steps:
        if step.at > at:
            break
        value = step.points
    return value


def _steps(steps: Sequence[Step], until: int, x: Scale, y: Scale) -> str:
    path = f"M{_n(x(steps[0].at))} {_n(y(steps[0].points))}"
    for step in steps[1:]:
        path += f"H{_n(x(step.at))}V{_n(y(step.points))}"
    return path + f"H{_n(x(until))}"


def _filled(line: str, first: int, last: int, x: Scale) -> str:
    return f"{line}V{PLOT_HEIGHT}H{_n(x(first))}Z" if last > first else ""


def _marks(steps: Sequence[Step], x: Scale, y: Scale, first: int, last: int, labels: Labels, *, now: int) -> list[Mark]:
    width = 100 / MARK_COUNT
    marks = []
    for index in range(MARK_COUNT):
        at = first + (last - first) * (index + 0.5) / MARK_COUNT
        value = value_at(steps, at)
        marks.append(
            Mark(
                round(index * width, 3),
                round(width, 3),
                round(x(at) / 10, 2),
                round(y(value), 1),
                labels.mark(int(at), value),
                ahead=at > now,
            )
        )
    return marks


def _time_axis(first: int, last: int, labels: Labels) -> list[Tick]:
    ticks = time_ticks(first, last)
    place = Scale(first, last, 0, 100)
    return [Tick(round(place(at), 2), labels.moment(at, ticks.unit), _anchor(place(at))) for at in ticks.at]


def _anchor(percent: float) -> str:
    """Keeps labels at the edges inside of the page."""
    if percent < _EDGE_PERCENT:
        return "start"
    return "end" if percent > 100 - _EDGE_PERCENT else "middle"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
