"""How points came to be what they are: balance and supply over time, with expiry ahead.

A line is a list of steps: from each step's second on, the value holds until the next. Expiry falls on the calendar's
second, whenever the chain gets to log it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.points import AccountWord, EpochClock

_GAP_SECONDS_MIN = 60 * 86_400


@dataclass(frozen=True, slots=True)
class Step:
    """From `at` (Unix seconds) on, the value is `points`."""

    at: int
    points: int


@dataclass(frozen=True, slots=True)
class History:
    """Steps up to now, and those to come if nothing else happens."""

    past: list[Step]
    ahead: list[Step]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of one account, as far as its history needs it."""

    type: EntryType
    amount: int
    """Signed."""
    balance_after: int
    word_after: AccountWord
    recorded_at: int
    occurred_at: int | None
    """When the receipt behind it occurred; Unix seconds, as above."""


def by_time_recorded(changes: Sequence[Change], clock: EpochClock, *, now: int) -> History:
    """The balance that the chain would have answered at each moment. `changes` are oldest first."""
    steps: list[Step] = []
    for change, following in _with_next(changes):
        steps.append(Step(change.recorded_at, change.balance_after))
        until = now if following is None else following.recorded_at
        balance = change.balance_after
        for at, points in expiries(change.word_after, clock):
            if at <= change.recorded_at:
                continue  # the word is older than the change
            if at > until:
                break
            balance -= points
            steps.append(Step(at, balance))
    return History(_last_of_each_second(steps), _ahead(changes, clock, now))


def by_time_occurred(changes: Sequence[Change], clock: EpochClock, *, now: int) -> History:
    """The same, with every award counted from when its receipt occurred.

    Awards only move to an earlier time, so the line never falls below zero.
    """
    moves: list[tuple[int, int]] = []
    for change, following in _with_next(changes):
        # What expires is counted at its calendar second below, not where the log catches up.
        if change.type is not EntryType.EXPIRY:
            # A clawback names the same receipt, and happened when it was recorded.
            is_award = change.type is EntryType.AWARD
            occurred = change.occurred_at if is_award and change.occurred_at is not None else change.recorded_at
            moves.append((min(occurred, change.recorded_at), change.amount))
        until = now if following is None else following.recorded_at
        ahead = expiries(change.word_after, clock)
        moves += [(at, -points) for at, points in ahead if change.recorded_at < at <= until]
    before = changes[0].balance_after - changes[0].amount if changes else 0
    return History(_summed(moves, start=before), _ahead(changes, clock, now))


def occurred_before_recorded(changes: Iterable[Change], *, seconds: int) -> bool:
    """Whether some receipt is older than its record by more than `seconds`."""
    return any(
        change.occurred_at is not None and change.recorded_at - change.occurred_at > seconds for change in changes
    )


def supply_over_time(minted: Sequence[tuple[int, int]], clock: EpochClock, *, now: int) -> History:
    """Live supply from (Unix seconds, points minted), oldest first.

    Points leave the supply by expiry only, all of an epoch together; transfers keep their epochs.
    """
    return supply_by_receipts(minted, minted, clock, now=now)


def supply_by_receipts(
    earned: Sequence[tuple[int, int]], minted: Sequence[tuple[int, int]], clock: EpochClock, *, now: int
) -> History:
    """Supply with every point counted from when its receipt occurred: `earned` is (Unix seconds, points) by receipts.

    Expiry stays where it is: it goes by the time of `minted`, the record.
    """
    moves = [*earned, *_expiries_of(minted, clock)]
    steps = _summed(moves, start=0)
    return History([step for step in steps if step.at <= now], [step for step in steps if step.at > now])


def without_gap(history: History, *, now: int) -> tuple[History, int]:
    """The history to draw, and where its past ends.

    Where purchases of long ago were recorded lately, the years between say nothing and would flatten the rest.
    """
    if len(history.past) < 2:
        return history, now
    first, last = history.past[0].at, history.past[-1].at
    if now - last <= max(_GAP_SECONDS_MIN, last - first):
        return history, now
    return History(history.past, []), last


def expiries(word: AccountWord, clock: EpochClock) -> list[tuple[int, int]]:
    """(Unix seconds, points) of each lot's expiry, in order; empty where points never expire."""
    if not clock.points_expire:
        return []
    return [
        (clock.expires_at(word.epoch - age), points) for age, points in reversed(list(enumerate(word.lots))) if points
    ]


def instant(moment: datetime) -> int:
    """Unix seconds."""
    return int(moment.timestamp())


def _expiries_of(minted: Sequence[tuple[int, int]], clock: EpochClock) -> list[tuple[int, int]]:
    if not clock.points_expire:
        return []
    by_epoch: dict[int, int] = {}
    for at, points in minted:
        epoch = clock.epoch_at(at)
        by_epoch[epoch] = by_epoch.get(epoch, 0) + points
    return [(clock.expires_at(epoch), -points) for epoch, points in by_epoch.items()]


def _ahead(changes: Sequence[Change], clock: EpochClock, now: int) -> list[Step]:
    if not changes:
        return []
    balance = changes[-1].balance_after
    steps = []
    for at, points in expiries(changes[-1].word_after, clock):
        if at <= changes[-1].recorded_at:
            continue
        balance -= points
        if at > now:
            steps.append(Step(at, balance))
    return steps


def _with_next(changes: Sequence[Change]) -> Iterable[tuple[Change, Change | None]]:
    return zip(changes, [*changes[1:], None], strict=True)


def _summed(moves: Iterable[tuple[int, int]], *, start: int) -> list[Step]:
    total, steps = start, []
    for at, points in sorted(moves, key=lambda move: move[0]):
        total += points
        steps.append(Step(at, total))
    return _last_of_each_second(steps)


def _last_of_each_second(steps: Iterable[Step]) -> list[Step]:
    return list({step.at: step for step in steps}.values())
