from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenpoints.domain.fees import Fees, suggest, suggest_within
from tokenpoints.domain.submissions import (
    CANCEL_GAS_LIMIT,
    Attempt,
    Cargo,
    Look,
    OpenBatch,
    Order,
    Plan,
    Timing,
    Wait,
    Why,
    failure_wait_seconds,
    is_dead,
    plan,
)

FEES = Fees(100, 10)
GAS = 1_000
TIMING = Timing(resend_seconds=5, bump_seconds=30, bump_block_count=3, stale_seconds=86_400)


def attempt(nonce: int, number: int | None, **more: Any) -> Attempt:
    """A minute old, of block 100; its key is its nonce."""
    values: dict[str, Any] = {
        "seq": nonce,
        "nonce": nonce,
        "cargo": Cargo.CANCEL if number is None else Cargo.BATCH,
        "batch_number": number,
        "fees": FEES,
        "gas_limit": GAS,
        "age_seconds": 60,
        "block_number": 100,
    }
    return Attempt(**(values | more))


def look(nonce: int, numbers: list[int], attempts: list[Attempt], **more: Any) -> Look:
    """In block 100, with the base fee at a quarter of what the attempts offer."""
    values: dict[str, Any] = {
        "nonce": nonce,
        "batch_count": numbers[0] - 1 if numbers else 1,
        "block_number": 100,
        "gas_limit_max": GAS,
        "base_fee_wei": 25,
        "fees": FEES,
        "fee_cap_wei": 1_000,
        "balance_wei": 10**9,
        "open_batches": [OpenBatch(number, GAS) for number in numbers],
        "attempts": attempts,
    }
    return Look(**(values | more))


def decide(nonce: int, numbers: list[int], attempts: list[Attempt], **more: Any) -> Plan:
    return plan(look(nonce, numbers, attempts, **more), TIMING)


def signed(decided: Plan) -> list[tuple[int, int | None, Why]]:
    return [(order.nonce, order.batch_number, order.why) for order in decided.orders]


def test_what_was_signed_and_not_sent_is_sent() -> None:
    assert decide(7, [1, 2], [attempt(7, 1), attempt(8, 2)]) == Plan([7, 8], [], None, None, "")


def test_what_was_sent_a_moment_ago_is_not_sent_again() -> None:
    decided = decide(7, [1, 2], [attempt(7, 1), attempt(8, 2)], sent_seconds_ago={7: 4.9, 8: 5.0})
    assert decided.broadcast == [8]


def test_new_batches_are_signed_in_sequence_after_those_before_them() -> None:
    decided = decide(7, [1, 2, 3], [attempt(7, 1)])
    assert signed(decided) == [(8, 2, Why.OPEN), (9, 3, Why.OPEN)]
    assert decided.orders[0] == Order(8, 2, GAS, FEES, Why.OPEN)


def test_nothing_is_done_when_all_is_mined() -> None:
    assert decide(9, [], []) == Plan([], [], None, None, "")


def test_a_batch_whose_nonce_was_used_by_something_else_is_signed_again() -> None:
    decided = decide(8, [1, 2], [attempt(8, 2)])
    assert (decided.broadcast, signed(decided)) == ([8], [(9, 1, Why.OPEN)])


def test_every_nonce_is_filled_when_the_chain_goes_back_even_that_of_a_failed_attempt() -> None:
    # Batch 2 failed with nonce 8 and was signed again with 9; then the chain lost all of it.
    decided = decide(7, [1, 2], [attempt(7, 1), attempt(8, 2), attempt(9, 2)])
    assert (decided.broadcast, decided.orders) == ([7, 8, 9], [])


def test_of_several_attempts_at_a_nonce_the_latest_is_sent() -> None:
    first, second = attempt(7, 1), attempt(7, 1, seq=20, fees=Fees(113, 12))
    assert decide(7, [1], [first, second]).broadcast == [20]


def test_a_free_nonce_is_filled_with_the_first_open_batch_that_nothing_carries() -> None:
    assert signed(decide(7, [1, 2], [attempt(8, 2)])) == [(7, 1, Why.OPEN)]
    assert signed(decide(7, [1, 2, 3], [attempt(7, 1), attempt(9, 3)])) == [(8, 2, Why.OPEN)]


def test_a_free_nonce_below_its_predecessor_is_of_no_use_to_a_batch_and_is_cancelled() -> None:
    # Batch 2 before batch 1 would revert.
    decided = decide(7, [1, 2], [attempt(8, 1)])
    assert signed(decided) == [(7, None, Why.GAP), (9, 2, Why.OPEN)]
    assert decided.orders[0].gas_limit == CANCEL_GAS_LIMIT


def test_a_free_nonce_below_batches_on_their_way_is_cancelled() -> None:
    decided = decide(7, [1, 2], [attempt(8, 1), attempt(9, 2)])
    assert (decided.broadcast, signed(decided)) == ([8, 9], [(7, None, Why.GAP)])


def test_a_free_nonce_below_nothing_that_is_wanted_waits_for_the_next_batch() -> None:
    spent = attempt(8, 1)
    assert decide(7, [], [spent]).orders == []
    assert signed(decide(7, [2], [spent])) == [(7, 2, Why.OPEN)]


def test_with_more_attempts_than_were_read_nothing_new_is_signed() -> None:
    assert decide(7, [1, 2, 3], [attempt(7, 1), attempt(9, 3)], has_more=True).orders == []


STUCK: dict[str, Any] = {"block_number": 103, "sent_seconds_ago": {7: 1.0}}


def test_a_stuck_transaction_is_bumped_by_an_eighth_of_both_fees() -> None:
    decided = decide(7, [1], [attempt(7, 1)], **STUCK)
    assert decided.orders == [Order(7, 1, GAS, Fees(113, 12), Why.STUCK)]
    assert decided.broadcast == []


def test_a_bump_offers_what_is_due_now_where_that_is_more() -> None:
    decided = decide(7, [1], [attempt(7, 1)], **STUCK, fees=Fees(500, 11))
    assert decided.orders[0].fees == Fees(500, 12)


@pytest.mark.parametrize(
    "not_stuck",
    [
        {"block_number": 102},
        {"sent_seconds_ago": {}},
        {"attempts": [attempt(7, 1, age_seconds=29)]},
        {"attempts": [attempt(7, 1), attempt(7, 1, seq=20, age_seconds=1)]},
    ],
)
def test_what_is_young_or_unsent_or_was_left_out_by_few_blocks_is_not_bumped(not_stuck: dict[str, Any]) -> None:
    said = {"attempts": [attempt(7, 1)]} | STUCK | not_stuck
    assert decide(7, [1], **said).orders == []


def test_after_a_node_went_back_its_block_numbers_count_anew() -> None:
    assert signed(decide(7, [1], [attempt(7, 1)], **(STUCK | {"block_number": 3}))) == [(7, 1, Why.STUCK)]


def test_what_the_node_refuses_for_its_fee_is_bumped_though_no_block_comes() -> None:
    said: dict[str, Any] = STUCK | {"block_number": 100, "too_cheap": [7]}
    assert signed(decide(7, [1], [attempt(7, 1)], **said)) == [(7, 1, Why.STUCK)]
    behind = [attempt(6, 1, seq=1), attempt(7, 2, seq=7)]
    assert signed(decide(6, [1, 2], behind, **said)) == [(7, 2, Why.STUCK)]
    assert decide(7, [1], [attempt(7, 1, age_seconds=29)], **said).orders == []


def test_those_behind_a_stuck_transaction_are_bumped_only_where_the_base_fee_passed_them() -> None:
    both = [attempt(7, 1), attempt(8, 2)]
    said: dict[str, Any] = {"block_number": 103, "sent_seconds_ago": {7: 1.0, 8: 1.0}}
    assert [order.nonce for order in decide(7, [1, 2], both, **said).orders] == [7]
    risen = decide(7, [1, 2], both, **said, base_fee_wei=101, fees=Fees(414, 10))
    assert [(order.nonce, order.fees) for order in risen.orders] == [(7, Fees(414, 12)), (8, Fees(414, 12))]


def test_a_bump_never_passes_the_cap() -> None:
    assert decide(7, [1], [attempt(7, 1)], **STUCK, fee_cap_wei=112).orders == []


def test_what_only_uses_up_a_stuck_nonce_becomes_a_cancel() -> None:
    assert signed(decide(7, [2], [attempt(7, 1), attempt(8, 2)], **STUCK)) == [(7, None, Why.STUCK)]


def test_a_batch_beyond_what_was_looked_at_is_left_alone() -> None:
    assert decide(7, [1], [attempt(7, 90)], **STUCK).orders == [Order(8, 1, GAS, FEES, Why.OPEN)]


def test_over_the_cap_nothing_is_signed_and_what_was_signed_is_still_sent() -> None:
    decided = decide(7, [1, 2], [attempt(7, 1)], fees=None)
    assert (decided.broadcast, decided.orders, decided.wait) == ([7], [], Wait.FEE_OVER_CAP)


def test_an_empty_purse_is_told_and_what_was_signed_is_still_sent() -> None:
    decided = decide(7, [1], [], balance_wei=GAS * 100 - 1)
    assert (decided.orders, decided.wait, decided.detail) == (
        [],
        Wait.PURSE_EMPTY,
        "the issuer has 99999 wei and lacks 1",
    )
    assert decide(7, [1], [], balance_wei=GAS * 100).wait is None
    sent = decide(7, [1], [attempt(7, 1)], balance_wei=0)
    assert (sent.broadcast, sent.wait) == ([7], Wait.PURSE_EMPTY)


def test_no_more_is_signed_than_the_purse_can_pay_for_at_once() -> None:
    decided = decide(7, [1, 2, 3], [attempt(7, 1)], balance_wei=2 * GAS * 100)
    assert (signed(decided), decided.wait) == ([(8, 2, Why.OPEN)], None)


def test_a_batch_that_failed_often_is_given_time() -> None:
    assert [failure_wait_seconds(count) for count in (0, 3, 4, 5, 10, 2_000)] == [0, 0, 2, 4, 128, 3600]
    failed = OpenBatch(1, GAS, failures=5, failed_seconds_ago=3.9)
    decided = decide(9, [1, 2], [], open_batches=[failed, OpenBatch(2, GAS)])
    assert (decided.orders, decided.wait) == ([], Wait.BATCH_FAILS)
    again = replace(failed, failed_seconds_ago=4.0)
    assert signed(decide(9, [1], [], open_batches=[again])) == [(9, 1, Why.OPEN)]


def test_a_stale_attempt_is_not_sent_but_signed_anew_under_its_nonce() -> None:
    old = attempt(7, 1, age_seconds=86_400)
    decided = decide(7, [1], [old])
    assert (decided.broadcast, signed(decided)) == ([], [(7, 1, Why.STALE)])
    assert decide(7, [1], [old], fees=None).broadcast == []


def test_a_batch_over_the_gas_limit_and_those_after_it_are_withdrawn() -> None:
    sizes = [OpenBatch(1, GAS), OpenBatch(2, GAS + 1), OpenBatch(3, GAS)]
    carried = [attempt(7, 1), attempt(8, 2), attempt(9, 3)]
    decided = decide(7, [1, 2, 3], carried, open_batches=sizes)
    assert (decided.withdraw_from, decided.wait) == (2, Wait.WITHDRAWING)
    assert signed(decided) == [(8, None, Why.WITHDRAW), (9, None, Why.WITHDRAW)]
    assert decided.orders[0].fees == Fees(113, 12)
    assert decided.broadcast == [7]


def test_withdrawn_batches_are_not_signed_and_their_cancels_are_sent() -> None:
    sizes = [OpenBatch(1, GAS + 1), OpenBatch(2, GAS)]
    decided = decide(7, [1, 2], [attempt(7, 1), attempt(7, None, seq=20)], open_batches=sizes)
    assert (decided.broadcast, decided.orders, decided.withdraw_from) == ([20], [], 1)


def test_a_reverting_batch_is_withdrawn() -> None:
    assert decide(7, [1, 2], [], reverting=1).withdraw_from == 1
    assert decide(7, [1, 2], [], reverting=1).orders == []


def test_what_was_taken_apart_is_never_sent_again_and_its_nonce_is_cancelled() -> None:
    decided = decide(7, [1], [attempt(7, 1, cargo=Cargo.WITHDRAWN)])
    assert (decided.broadcast, signed(decided)) == ([], [(7, None, Why.WITHDRAW), (8, 1, Why.OPEN)])


def test_a_batch_is_dead_once_all_its_nonces_are_finally_used_without_it() -> None:
    assert is_dead(number=5, nonces=[7, 8], final_nonce=9, final_batch_count=4)
    assert not is_dead(number=5, nonces=[7, 8], final_nonce=8, final_batch_count=4)
    assert not is_dead(number=5, nonces=[7, 8], final_nonce=9, final_batch_count=5)
    assert is_dead(number=5, nonces=[], final_nonce=0, final_batch_count=4)


@st.composite
def looks(draw: st.DrawFn) -> Look:
    """Any state that crashes, reorgs and others with the same key can leave behind."""
    nonce, first = draw(st.integers(0, 5)), draw(st.integers(1, 5))
    numbers = list(range(first, first + draw(st.integers(0, 5))))
    attempts = []
    for at in sorted(draw(st.lists(st.integers(nonce, nonce + 8), unique=True))):
        for index in range(draw(st.integers(1, 2))):
            number = draw(st.none() | st.integers(1, 10))
            is_withdrawn = number is not None and (number >= first + len(numbers) or draw(st.integers(0, 5)) == 0)
            attempts.append(
                attempt(
                    at,
                    number,
                    seq=at * 10 + index,
                    age_seconds=draw(st.sampled_from([0, 40, 100_000])),
                    fees=Fees(draw(st.integers(10, 900)), draw(st.integers(0, 10))),
                    **({"cargo": Cargo.WITHDRAWN} if is_withdrawn else {}),
                )
            )
    return look(
        nonce,
        numbers,
        attempts,
        batch_count=first - 1,
        block_number=draw(st.integers(90, 110)),
        open_batches=[
            OpenBatch(number, draw(st.sampled_from([GAS, GAS, GAS, 2 * GAS])), draw(st.integers(0, 5)), 1.0)
            for number in numbers
        ],
        base_fee_wei=draw(st.integers(1, 900)),
        fees=draw(st.none() | st.just(FEES)),
        balance_wei=draw(st.integers(0, 10**6)),
        sent_seconds_ago={each.seq: draw(st.integers(0, 10)) for each in attempts if draw(st.booleans())},
        reverting=numbers[0] if draw(st.booleans()) and numbers else None,
        has_more=draw(st.booleans()),
    )


@given(looks())
def test_whatever_the_state_a_plan_is_safe(seen: Look) -> None:
    decided = plan(seen, TIMING)
    by_seq = {each.seq: each for each in seen.attempts}
    tops = {each.nonce: each for each in seen.attempts}
    open_numbers = {batch.number for batch in seen.open_batches}
    nonces = [order.nonce for order in decided.orders]
    assert nonces == sorted(set(nonces)), "one order for a nonce"
    for order in decided.orders:
        assert order.nonce >= seen.nonce
        assert order.fees.max_fee_wei <= seen.fee_cap_wei
        if order.nonce in tops:
            before = tops[order.nonce].fees
            assert order.fees.max_fee_wei * 8 >= before.max_fee_wei * 9
            assert order.fees.priority_fee_wei * 8 >= before.priority_fee_wei * 9
        if order.batch_number is not None:
            assert order.batch_number in open_numbers
            assert decided.withdraw_from is None or order.batch_number < decided.withdraw_from
    for seq in decided.broadcast:
        assert tops[by_seq[seq].nonce].seq == seq, "an older attempt at a nonce"
        assert by_seq[seq].cargo is not Cargo.WITHDRAWN
        assert by_seq[seq].nonce not in nonces
    assert seen.fees is not None or decided.orders == []


@given(looks())
def test_following_plans_brings_every_batch_onto_the_chain(seen: Look) -> None:
    """With money, at a fee within the cap, while nothing reverts: as the chain mines what is sent, in order."""
    seen = replace(
        seen,
        fees=FEES,
        balance_wei=10**12,
        reverting=None,
        has_more=False,
        fee_cap_wei=10**9,
        open_batches=[OpenBatch(batch.number, GAS) for batch in seen.open_batches],
    )
    for _ in range(20):
        decided = plan(seen, TIMING)
        slots = {each.nonce: each for each in seen.attempts}
        by_seq = {each.seq: each for each in seen.attempts}
        sent = {by_seq[seq].nonce for seq in decided.broadcast} | {
            each.nonce for each in seen.attempts if each.seq in seen.sent_seconds_ago
        }
        for order in decided.orders:
            slots[order.nonce] = attempt(order.nonce, order.batch_number, seq=1000 + order.nonce, age_seconds=0)
            sent.add(order.nonce)
        nonce, count = seen.nonce, seen.batch_count
        while nonce in slots and nonce in sent:
            top = slots[nonce]
            if top.cargo is Cargo.BATCH and top.batch_number == count + 1:
                count += 1
            nonce += 1
        if not seen.open_batches:
            return
        seen = replace(
            seen,
            nonce=nonce,
            batch_count=count,
            open_batches=[batch for batch in seen.open_batches if batch.number > count],
            attempts=[each for _, each in sorted(slots.items()) if each.nonce >= nonce],
            sent_seconds_ago={},
        )
    raise AssertionError(f"still open: {seen.open_batches}")


def test_fees_leave_room_for_a_rising_base_fee_within_the_cap() -> None:
    assert suggest(100, 3) == Fees(max_fee_wei=403, priority_fee_wei=3)
    assert suggest_within(1_000, 100, 3) == Fees(403, 3)
    assert suggest_within(200, 100, 3) == Fees(200, 3)
    assert suggest_within(103, 100, 3) == Fees(103, 3)
    assert suggest_within(102, 100, 3) is None


def test_a_bump_is_an_eighth_rounded_up_and_one_wei_at_least() -> None:
    assert Fees(100, 0).bumped() == Fees(113, 1)
    assert Fees(8, 1).bumped() == Fees(9, 2)
