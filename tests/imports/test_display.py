"""How far an import is, for people and for logs."""

from __future__ import annotations

import io

from rich.console import Console

from tokenpoints.cli.import_display import Bars, Lines


def test_bar_shows_rows_rate_and_time_left() -> None:
    screen = io.StringIO()
    with Bars(Console(file=screen, force_terminal=True, width=160, legacy_windows=False)) as bars:
        bars.start("Sending", total=1_000, counted="rows")
        bars.show(done=500, count=20_000)
        bars.note("The gateway is away")
        bars.show(done=1_000, count=40_000)
    shown = screen.getvalue()
    assert "Sending" in shown and "40,000 rows" in shown and "/s" in shown and "left" in shown and "100%" in shown
    assert "The gateway is away" in shown


def test_lines_come_every_few_seconds_and_at_the_end() -> None:
    now = 0.0
    lines: list[str] = []
    display = Lines(lines.append, clock=lambda: now)
    display.start("Sending", total=100, counted="rows")
    for second in range(1, 21):
        now = float(second)
        display.show(done=second * 5, count=second * 1_000)
    assert lines == [
        "Sending: 25%, 5,000 rows, 1,000/s, 15 s left",
        "Sending: 50%, 10,000 rows, 1,000/s, 10 s left",
        "Sending: 75%, 15,000 rows, 1,000/s, 5 s left",
        "Sending: 100%, 20,000 rows, 1,000/s, 0 s left",
    ]


def test_no_progress_still_notes_what_matters() -> None:
    lines: list[str] = []
    display = Lines(lines.append, is_quiet=True)
    display.start("Sending", total=1, counted="rows")
    display.show(done=1, count=1)
    display.note("Going on after row 2.")
    assert lines == ["Going on after row 2."]
