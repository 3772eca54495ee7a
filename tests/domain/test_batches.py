from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenpoints.domain import merkle
from tokenpoints.domain.batches import (
    BATCH_SIZE_MAX,
    GROUPS_MAX,
    BatchEntry,
    entry_count_max,
    gas_limit,
    gas_limit_at_most,
    is_well_formed,
    pack_entries,
    receipt_leaf,
    receipts_root,
    should_seal,
)
from tokenpoints.domain.rules import UNITS_MAX
from tokenpoints.domain.types import Address, Hash32

EIP_7825_GAS_CAP = 16_777_216


def leaves(count: int) -> list[Hash32]:
    return [Hash32(number.to_bytes(32, "big")) for number in range(1, count + 1)]


@given(st.integers(1, 70), st.data())
def test_every_leaf_can_be_proven(count: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, count - 1))
    tree = leaves(count)
    siblings = merkle.proof(tree, index)
    assert merkle.verify(tree[index], siblings, merkle.root(tree))
    assert not merkle.verify(Hash32(bytes(32)), siblings, merkle.root(tree))


def test_a_tree_without_leaves_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a leaf"):
        merkle.root([])


def test_entries_are_packed_in_26_bytes() -> None:
    entry = BatchEntry(Address(b"\xaa" * 20), 258, Hash32(bytes(32)))
    assert pack_entries([entry, entry]) == (b"\xaa" * 20 + b"\0\0\0\0\x01\x02") * 2


def test_the_root_depends_on_the_order() -> None:
    one = BatchEntry(Address(b"\xaa" * 20), 1, Hash32(bytes(32)))
    two = BatchEntry(Address(b"\xbb" * 20), 1, Hash32(bytes(32)))
    assert receipts_root([one, two]) != receipts_root([two, one])
    assert receipts_root([one]) == receipt_leaf(0, one)


def test_the_largest_batch_stays_under_the_gas_cap_of_a_transaction() -> None:
    assert gas_limit(BATCH_SIZE_MAX, GROUPS_MAX) < EIP_7825_GAS_CAP
    assert gas_limit(BATCH_SIZE_MAX, 100) == EIP_7825_GAS_CAP


@pytest.mark.parametrize(
    ("pending", "oldest_age_seconds", "in_flight", "expected"),
    [
        (0, 99, 0, False),
        (1, 0.4, 0, False),
        (1, 0.5, 0, True),
        (499, 1, 1, False),
        (500, 0, 1, True),
        (1, 2, 1, True),
        (500, 9, 4, False),
    ],
)
def test_a_batch_is_sealed_by_size_or_age(
    pending: int, oldest_age_seconds: float, in_flight: int, expected: bool
) -> None:
    sealed = should_seal(
        pending=pending,
        oldest_age_seconds=oldest_age_seconds,
        size=500,
        age_seconds=2,
        idle_age_seconds=0.5,
        in_flight=in_flight,
        in_flight_max=4,
    )
    assert sealed is expected


@pytest.mark.parametrize("limit", [0, 290_999, 291_000, 600_000, 1_207_999, 1_208_000, 5_000_000, 15_000_000])
def test_the_most_entries_within_a_gas_limit_fit_and_one_more_does_not(limit: int) -> None:
    count = entry_count_max(limit)
    assert count == 0 or gas_limit_at_most(count) <= limit
    assert gas_limit_at_most(count + 1) > limit


def test_an_entry_that_cannot_be_packed_is_told() -> None:
    fits = BatchEntry(Address(bytes(20)), UNITS_MAX, Hash32(bytes(32)))
    assert is_well_formed(fits) and len(pack_entries([fits])) == 26
    for wrong in (replace(fits, units=UNITS_MAX + 1), replace(fits, units=-1), replace(fits, account=Address(b"1"))):
        assert not is_well_formed(wrong)
