from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenpoints.explorer.charts.drawing import PLOT_HEIGHT, VIEW_WIDTH, Labels, bar_chart, step_chart
from tokenpoints.explorer.charts.scale import Scale
from tokenpoints.explorer.charts.ticks import TimeUnit, time_ticks, value_ticks
from tokenpoints.statements.history import History, Step

DAY = 86_400
LABELS = Labels(value=str, moment=lambda at, unit: f"{at} {unit}", mark=lambda at, value: f"{at}: {value}")


def at(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


def test_a_scale_maps_ends_to_ends_and_survives_an_empty_domain() -> None:
    scale = Scale(10, 20, 0, 100)
    assert (scale(10), scale(15), scale(20)) == (0, 50, 100)
    assert Scale(5, 5, 0, 100)(5) == 0


@pytest.mark.parametrize(
    ("maximum", "ticks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (7, [0, 2, 4, 6, 8]),
        (100, [0, 50, 100]),
        (240_000, [0, 100_000, 200_000, 300_000]),
    ],
)
def test_value_ticks_are_round(maximum: int, ticks: list[int]) -> None:
    assert value_ticks(maximum) == ticks


@given(st.integers(0, 2**46))
def test_value_ticks_cover_the_maximum_and_are_few(maximum: int) -> None:
    ticks = value_ticks(maximum)
    assert ticks[0] == 0
    assert ticks[-1] >= maximum
    assert 2 <= len(ticks) <= 6


def test_a_year_is_labelled_by_months() -> None:
    ticks = time_ticks(at(2025, 11, 20), at(2026, 11, 20))
    assert ticks.unit is TimeUnit.MONTH
    assert ticks.at == [at(2026, 1, 1), at(2026, 4, 1), at(2026, 7, 1), at(2026, 10, 1)]


def test_a_tick_may_fall_on_the_first_second() -> None:
    assert time_ticks(at(2026, 1, 1), at(2026, 3, 2)).at[0] == at(2026, 1, 1)


@given(st.integers(0, 2_000_000_000), st.integers(0, 1_000_000_000))
def test_time_ticks_stay_inside_and_are_few(first: int, span: int) -> None:
    ticks = time_ticks(first, first + span).at
    assert all(first <= tick <= first + span for tick in ticks)
    assert ticks == sorted(set(ticks))
    assert len(ticks) <= 7


def test_a_step_chart_draws_what_is_and_what_is_ahead() -> None:
    history = History(past=[Step(DAY, 10), Step(3 * DAY, 30)], ahead=[Step(6 * DAY, 0)])
    chart = step_chart(history, LABELS, now=4 * DAY)
    assert chart is not None
    assert re.fullmatch(r"M[\d.]+ 168(H[\d.]+V[\d.]+){2}H[\d.]+", chart.line)
    assert chart.line_ahead.endswith(f"H{VIEW_WIDTH}")
    assert chart.area.endswith("Z")
    assert chart.now is not None
    assert {mark.ahead for mark in chart.marks} == {False, True}
    assert all(0 <= mark.y <= PLOT_HEIGHT for mark in chart.marks)


def test_without_expiry_ahead_the_chart_ends_now() -> None:
    chart = step_chart(History([Step(DAY, 10)], []), LABELS, now=2 * DAY)
    assert chart is not None
    assert (chart.line_ahead, chart.now) == ("", None)


def test_nothing_to_draw() -> None:
    assert step_chart(History([], []), LABELS, now=DAY) is None
    assert bar_chart([], LABELS, span_seconds=DAY) is None


def test_one_bar_does_not_fill_the_page() -> None:
    chart = bar_chart([(7 * DAY, 5, "five")], LABELS, span_seconds=DAY)
    assert chart is not None
    assert chart.bars is not None
    assert chart.bars[0].width < 15
    assert chart.marks[0].label == "five"


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=92))
def test_bars_stay_inside(values: list[int]) -> None:
    chart = bar_chart([(index * DAY, value, "") for index, value in enumerate(values)], LABELS, span_seconds=DAY)
    assert chart is not None
    for bar in chart.bars or []:
        assert bar.x >= 0
        assert bar.x + bar.width <= 100.01
        assert 0 <= bar.y <= PLOT_HEIGHT
