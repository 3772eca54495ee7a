"""Calls of the last minute."""

from __future__ import annotations

from tokenpoints.gateway.moving_window import MovingWindow


class Timer:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_call_counts_for_a_whole_window_and_no_longer() -> None:
    timer = Timer()
    window = MovingWindow(seconds=60, timer=timer)
    first = window.call("till", limit=2)
    assert (first.is_allowed, first.remaining, first.free_at) == (True, 1, 1_060)
    timer.now += 30
    assert window.call("till", limit=2).remaining == 0
    timer.now += 29
    refused = window.call("till", limit=2)
    assert (refused.is_allowed, refused.remaining, refused.free_at) == (False, 0, 1_060)
    timer.now += 1
    again = window.call("till", limit=2)
    assert (again.is_allowed, again.remaining, again.free_at) == (True, 0, 1_090)


def test_what_is_refused_does_not_count() -> None:
    timer = Timer()
    window = MovingWindow(seconds=60, timer=timer)
    assert [window.call("till", limit=1).is_allowed for _ in range(3)] == [True, False, False]
    timer.now += 60
    assert window.call("till", limit=1).is_allowed


def test_callers_do_not_take_each_others_room_and_keep_theirs_while_others_are_forgotten() -> None:
    timer = Timer()
    window = MovingWindow(seconds=60, timer=timer)
    window.call("gone", limit=2)
    timer.now += 59
    window.call("till", limit=2)
    timer.now += 1.5
    assert window.call("other", limit=2).remaining == 1  # everyone's old calls are forgotten here
    assert window.call("till", limit=2).remaining == 0
    assert window.call("gone", limit=2).remaining == 1
    assert len(window) == 3
    timer.now += 61
    window.call("other", limit=2)
    assert len(window) == 1
