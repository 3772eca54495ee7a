"""What conversions cost, for all rates, as the contract computes it."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tokenpoints.domain.agreements import (
    Agreement,
    AgreementState,
    exact_minted,
    price_of,
    price_of_minted,
    settled,
    state_of,
)
from tokenpoints.domain.types import Address, Hash32

UINT48 = st.integers(1, (1 << 48) - 1)
POINTS = st.integers(0, (1 << 46) - 1)
NEVER = (1 << 40) - 1


def agreement(source_points: int = 3, target_points: int = 2, settlement: int = 5) -> Agreement:
    return Agreement(
        id=Hash32(bytes(32)),
        source=Address(b"\x01" * 20),
        source_points=source_points,
        target=Address(b"\x02" * 20),
        target_points=target_points,
        quota=1_000,
        quota_window_seconds=86_400,
        opens_at=100,
        closes_at=NEVER,
        settlement=settlement,
        settlement_token=Address(b"\x03" * 20),
        beneficiary=Address(b"\x04" * 20),
        terms_hash=Hash32(bytes(32)),
    )


@given(UINT48, UINT48, POINTS)
def test_no_more_is_burned_than_was_given_and_no_more_minted_than_that_is_worth(
    source_points: int, target_points: int, points: int
) -> None:
    terms = agreement(source_points, target_points)
    price = price_of(terms, points, burned_before=0)
    assert 0 <= price.burned <= points
    lost = exact_minted(terms, price.burned) - price.minted
    assert lost >= 0
    # Fewer points would not be enough for what is minted.
    assert price.minted == 0 or exact_minted(terms, price.burned - 1) < price.minted
    assert price.minted == int(Fraction(points * target_points, source_points))


@given(UINT48, UINT48, st.integers(0, (1 << 128) - 1), st.lists(POINTS, max_size=20))
def test_what_was_minted_tells_what_was_burned_and_settled(
    source_points: int, target_points: int, settlement: int, conversions: list[int]
) -> None:
    terms = agreement(source_points, target_points, settlement)
    burned = total = 0
    for points in conversions:
        price = price_of(terms, points, burned_before=burned)
        assert price_of_minted(terms, price.minted, burned_before=burned) == price
        burned, total = burned + price.burned, total + price.settlement
    # Many small conversions cost no more than one.
    assert total == settled(terms, burned)


def test_states() -> None:
    for here, there, timestamp, expected in (
        (NEVER, 0, 200, AgreementState.PROPOSED_BY_US),
        (0, NEVER, 200, AgreementState.PROPOSED_TO_US),
        (NEVER, NEVER, 99, AgreementState.AGREED),
        (NEVER, NEVER, 100, AgreementState.IN_FORCE),
        (300, NEVER, 299, AgreementState.NOTICE),
        (NEVER, 300, 299, AgreementState.NOTICE),
        (300, NEVER, 300, AgreementState.ENDED),
        (150, 0, 150, AgreementState.ENDED),
    ):
        assert state_of(agreement(), ends_here=here, ends_there=there, timestamp=timestamp) is expected
