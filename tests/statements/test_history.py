from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.points import AccountWord, EpochClock
from tokenpoints.domain.types import Points
from tokenpoints.statements.history import (
    Change,
    History,
    Step,
    by_time_occurred,
    by_time_recorded,
    occurred_before_recorded,
    supply_over_time,
    without_gap,
)

EPOCH = 1_000
CLOCK = EpochClock(start=0, length_seconds=EPOCH, tier_period_epochs=4)


@dataclass
class Ledger:
    """One account on a small chain."""

    word: AccountWord = field(default_factory=AccountWord)
    changes: list[Change] = field(default_factory=list)

    def award(self, at: int, points: int, *, occurred_at: int | None = None) -> None:
        rolled = self.word.rolled(CLOCK.epoch_at(at), CLOCK)
        if expired := self.word.balance - rolled.balance:
            self.changes.append(Change(EntryType.EXPIRY, -expired, rolled.balance, rolled, at, None))
        self.word = rolled.awarded(Points(points))
        self.changes.append(Change(EntryType.AWARD, points, self.word.balance, self.word, at, occurred_at))


def test_points_leave_the_line_when_they_expire_and_not_when_the_log_says_so() -> None:
    ledger = Ledger()
    ledger.award(500, 100)
    ledger.award(6_500, 40)
    history = by_time_recorded(ledger.changes, CLOCK, now=6_600)
    assert history.past == [Step(500, 100), Step(4_000, 0), Step(6_500, 40)]
    assert history.ahead == [Step(10_000, 0)]


def test_expiry_that_is_not_logged_yet_counts() -> None:
    ledger = Ledger()
    ledger.award(500, 100)
    assert by_time_recorded(ledger.changes, CLOCK, now=4_000).past == [Step(500, 100), Step(4_000, 0)]


def test_purchases_recorded_together_spread_over_the_days_on_which_they_occurred() -> None:
    ledger = Ledger()
    for month in range(3):
        ledger.award(50_000, 10, occurred_at=10_000 * month + 1)
    history = by_time_occurred(ledger.changes, CLOCK, now=50_100)
    assert history.past == [Step(1, 10), Step(10_001, 20), Step(20_001, 30)]
    assert history.ahead == [Step(CLOCK.expires_at(51), 0)]
    assert occurred_before_recorded(ledger.changes, seconds=86_400) is False
    assert occurred_before_recorded(ledger.changes, seconds=1_000) is True


def test_supply_ends_with_the_last_epoch() -> None:
    history = supply_over_time([(500, 100), (1_500, 50)], CLOCK, now=2_000)
    assert history.past == [Step(500, 100), Step(1_500, 150)]
    assert history.ahead == [Step(4_000, 50), Step(5_000, 0)]


def test_years_without_anything_are_left_out() -> None:
    day = 86_400
    old = History([Step(0, 1), Step(100 * day, 2)], [Step(9_000 * day, 0)])
    assert without_gap(old, now=8_000 * day) == (History(old.past, []), 100 * day)
    assert without_gap(old, now=150 * day) == (old, 150 * day)


_awards = st.lists(
    st.tuples(st.integers(0, 3_000), st.integers(1, 1_000), st.integers(0, 5_000)), min_size=1, max_size=25
)


@given(_awards, st.integers(0, 9_000))
def test_both_lines_end_at_the_live_balance_and_never_fall_below_zero(
    awards: list[tuple[int, int, int]], wait: int
) -> None:
    ledger, at = Ledger(), 0
    for passed, points, age in awards:
        at += passed
        ledger.award(at, points, occurred_at=max(0, at - age))
    now = at + wait
    live = ledger.word.rolled(CLOCK.epoch_at(now), CLOCK).balance
    for history in (
        by_time_recorded(ledger.changes, CLOCK, now=now),
        by_time_occurred(ledger.changes, CLOCK, now=now),
    ):
        assert history.past[-1].points == live
        assert all(step.points >= 0 for step in history.past + history.ahead)
        assert [step.at for step in history.past] == sorted({step.at for step in history.past})
        assert not history.ahead or history.ahead[-1].points == 0
