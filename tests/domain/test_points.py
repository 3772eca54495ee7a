from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenpoints.domain.points import EPOCH_MAX, POINTS_MAX, AccountWord, EpochClock, InsufficientLots
from tokenpoints.domain.types import Points

CLOCK = EpochClock(start=1_000_000, length_seconds=3600, tier_period_epochs=4)

lots = st.tuples(*[st.integers(0, POINTS_MAX // 4)] * 4)
words = st.builds(
    AccountWord,
    epoch=st.integers(1, 1000),
    flags=st.integers(0, 63),
    tier=st.integers(0, 15),
    total=st.integers(0, POINTS_MAX),
    lots=lots,
)


@given(words)
def test_a_word_survives_packing(word: AccountWord) -> None:
    assert word.pack() < 1 << 256
    assert AccountWord.unpack(word.pack()) == word


def test_the_layout_is_the_contracts() -> None:
    word = AccountWord(epoch=1, flags=2, tier=3, total=4, lots=(5, 6, 7, 8))
    assert word.pack() == 1 << 240 | 2 << 234 | 3 << 230 | 4 << 184 | 8 << 138 | 7 << 92 | 6 << 46 | 5


@given(words, st.integers(0, 6), st.integers(0, 6))
def test_rolling_in_two_steps_is_rolling_in_one(word: AccountWord, first: int, second: int) -> None:
    once = word.rolled(word.epoch + first + second, CLOCK)
    twice = word.rolled(word.epoch + first, CLOCK).rolled(word.epoch + first + second, CLOCK)
    assert once == twice


def test_points_live_through_three_more_epochs_and_no_longer() -> None:
    word = AccountWord(epoch=10).awarded(Points(100))
    assert [word.rolled(epoch, CLOCK).balance for epoch in (10, 11, 12, 13, 14)] == [100, 100, 100, 100, 0]


def test_epochs_change_on_the_second() -> None:
    expires_at = CLOCK.expires_at(1)
    assert CLOCK.epoch_at(CLOCK.start) == 1
    assert CLOCK.epoch_at(expires_at - 1) == 4
    assert CLOCK.epoch_at(expires_at) == 5


def test_there_is_no_epoch_before_the_first() -> None:
    with pytest.raises(ValueError, match="before the first epoch"):
        CLOCK.epoch_at(CLOCK.start - 1)


def test_the_last_epoch_has_no_end() -> None:
    assert CLOCK.epoch_at(CLOCK.start + 3600 * (EPOCH_MAX + 100)) == EPOCH_MAX


def test_the_tier_total_starts_again_with_each_period() -> None:
    word = AccountWord(epoch=4).awarded(Points(7))
    assert word.rolled(4, CLOCK).total == 7
    assert word.rolled(5, CLOCK).total == 0


def test_a_tier_is_kept_through_the_period_after_the_one_that_led_to_it() -> None:
    clock = replace(CLOCK, thresholds=(5, 10, 0))
    word = AccountWord(epoch=2, tier=1, total=12)
    assert [word.rolled(epoch, clock).tier for epoch in (4, 5, 8, 9)] == [1, 2, 2, 0]


def test_points_that_never_expire_are_carried_along() -> None:
    clock = replace(CLOCK, points_expire=False)
    word = AccountWord(epoch=2).awarded(Points(7)).rolled(90, clock)
    assert (word.epoch, word.lots, word.total) == (90, (7, 0, 0, 0), 0)


def test_a_word_at_a_time_before_its_own_is_left_alone() -> None:
    word = AccountWord(epoch=9)
    assert (word.at(0, CLOCK), word.at(CLOCK.start + 10 * 3600, CLOCK).epoch) == (word, 11)


@given(words, st.integers(0, 20), st.integers(0, 20))
def test_tiers_do_not_mind_where_a_roll_stops_on_the_way(word: AccountWord, first: int, second: int) -> None:
    clock = replace(CLOCK, thresholds=(1, 1 << 40, 1 << 45))
    between = word.rolled(word.epoch + first, clock)
    assert between.rolled(between.epoch + second, clock) == word.rolled(between.epoch + second, clock)


@given(words, st.data())
def test_spending_takes_the_oldest_first(word: AccountWord, data: st.DataObject) -> None:
    points = data.draw(st.integers(0, word.balance))
    rest, taken = word.spent(Points(points))
    assert sum(taken) == points
    assert rest.balance == word.balance - points
    for age in range(4):
        if taken[age]:
            assert all(rest.lots[older] == 0 for older in range(age + 1, 4))
    assert rest.received(taken).lots == word.lots


def test_spending_more_than_there_is_fails() -> None:
    with pytest.raises(InsufficientLots, match="balance 5 is below 6"):
        AccountWord(epoch=1, lots=(5, 0, 0, 0)).spent(Points(6))
