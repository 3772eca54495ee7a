"""How many points go back: never more than were earned, whatever is refunded in which steps."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenpoints.domain.clawbacks import Piece, Share, Taking, exact_units, shortfall, takings, too_much
from tokenpoints.domain.lines import Line, LineToRefund, NotRefundable, amount_of, to_refund
from tokenpoints.domain.rules import UNITS_MAX, Terms
from tokenpoints.domain.types import Hash32

STEPS = st.lists(st.integers(1, 10**9), min_size=1, max_size=20)
POINTS = st.integers(0, (1 << 46) - 1)


def terms(**changes: object) -> Terms:
    fields: dict[str, object] = {
        "opens_at": 0,
        "closes_at": 1 << 39,
        "numerator": 1,
        "denominator": 100,
        "fixed_points": 0,
        "cap_per_award": 1 << 46,
        "budget": 1 << 46,
        "budget_window_seconds": 3_600,
        "terms_hash": Hash32(bytes(32)),
    }
    return Terms(**(fields | changes))  # type: ignore[arg-type]


@given(STEPS, POINTS)
def test_refunds_in_steps_take_all_points_and_no_more(amounts: list[int], points: int) -> None:
    whole = sum(amounts)
    shares = [Share(before, after, whole) for before, after in pairwise([0, *accumulate(amounts)])]
    taken = [share.of(points) for share in shares]
    assert sum(taken) == points and min(taken) >= 0
    for share, so_far in zip(shares, accumulate(taken), strict=True):
        # In the member's favour until the last one.
        assert so_far <= points * share.after / whole + 1e-6 * points
    assert [share.is_last for share in shares] == [False] * (len(shares) - 1) + [True]


@given(st.integers(0, 10**12), STEPS)
def test_pieces_of_a_line_cost_the_line(amount: int, steps: list[int]) -> None:
    line = Line("x", sum(steps), amount)
    before = [0, *accumulate(steps)]
    costs = [amount_of(line, already, count) for already, count in zip(before, steps, strict=False)]
    assert sum(costs) == amount and min(costs) >= 0


@given(st.lists(st.integers(1, 10**6), max_size=12), st.integers(0, 10**7), st.booleans())
def test_what_is_taken_is_due_or_all_there_is(minted: list[int], due: int, returns: bool) -> None:
    pieces = [Piece(number, points) for number, points in enumerate(minted)]
    found = takings(pieces, due, returns=returns)
    asked = sum(taking.points for taking in found)
    assert len({taking.award_seq for taking in found}) == len(found)
    assert all(0 < taking.points <= minted[taking.award_seq] for taking in found)
    if returns:
        # At most the last one is more than is due.
        assert asked >= min(due, sum(minted)) and asked - (found[-1].points if found else 0) < max(due, 1)
    else:
        assert asked == min(due, sum(minted))


@given(balance=POINTS, minted=POINTS, share=st.floats(0, 1))
def test_the_member_has_in_the_end_what_an_exact_clawback_would_leave(balance: int, minted: int, share: float) -> None:
    due = int(minted * share)
    burned = min(minted, balance)
    returned = too_much(burned, due)
    assert balance - burned + returned == balance - min(due, balance)
    assert shortfall(burned, due, returned) == max(0, due - balance)
    assert too_much(burned, due, returned) == 0


@given(st.integers(1, 10_000), st.integers(1, 10_000), st.integers(0, 65_535), st.integers(1, 1 << 30))
def test_units_give_exactly_the_points(numerator: int, denominator: int, multiplier: int, points: int) -> None:
    found = terms(numerator=numerator, denominator=denominator, multipliers=(multiplier,) * 4)
    units = exact_units(found, points)
    if units is None:
        assert multiplier == 0 or numerator * multiplier > denominator * 1_000 or points > UNITS_MAX // (1 << 14)
    else:
        assert found.points_for(units) == points


@pytest.mark.parametrize(
    "changes",
    [
        {"multipliers": (1_000, 1_000, 1_000, 1_001)},
        {"fixed_points": 5, "numerator": 0},
        {"numerator": 3, "denominator": 1},
        {"cap_per_award": 9},
    ],
)
def test_terms_that_do_not_give_any_number_of_points(changes: dict[str, object]) -> None:
    assert exact_units(terms(**changes), 10) is None


LINES = [Line("milk", 3, 1_000), Line("soap", 1, 234), Line("milk", 2, 500)]


def test_pieces_are_named_by_number_or_sku() -> None:
    assert to_refund(LINES, {}, [LineToRefund(1, None, 2), LineToRefund(None, "soap", None)]) == {1: 2, 2: 1}
    assert to_refund(LINES, {1: 2}, [LineToRefund(1, None, None)]) == {1: 1}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (LineToRefund(4, None, None), "line"),
        (LineToRefund(0, None, None), "line"),
        (LineToRefund(None, "milk", None), "sku"),
        (LineToRefund(None, "rope", None), "sku"),
        (LineToRefund(1, None, 3), "quantity"),
        (LineToRefund(2, None, None), "quantity"),
    ],
)
def test_pieces_that_are_not_there(asked: LineToRefund, field: str) -> None:
    with pytest.raises(NotRefundable) as found:
        to_refund(LINES, {1: 1, 2: 1}, [LineToRefund(3, None, 1), asked])
    assert (found.value.index, found.value.field) == (1, field)
    with pytest.raises(NotRefundable):
        to_refund(LINES, {}, [LineToRefund(1, None, 1), LineToRefund(1, None, 1)])


def test_no_piece_is_no_taking() -> None:
    assert takings([], 5, returns=True) == [] == takings([Piece(1, 5)], 0, returns=True)
    assert takings([Piece(1, 5), Piece(2, 5)], 7, returns=False) == [Taking(1, 5), Taking(2, 2)]
