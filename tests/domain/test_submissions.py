from tokenpoints.domain.submissions import Attempt, Plan, free_nonce, plan


def decide(
    chain_nonce: int, open_batches: list[int], attempts: list[tuple[int, int]], sent: dict[int, float] | None = None
) -> Plan:
    return plan(
        chain_nonce=chain_nonce,
        open_batches=open_batches,
        attempts=[Attempt(number, nonce) for number, nonce in attempts],
        broadcast_at=sent or {},
        now=100.0,
        resend_seconds=5.0,
    )


def test_what_was_signed_and_not_sent_is_sent() -> None:
    assert decide(7, [1, 2], [(1, 7), (2, 8)]) == Plan([7, 8], [])


def test_what_was_sent_a_moment_ago_is_not_sent_again() -> None:
    assert decide(7, [1, 2], [(1, 7), (2, 8)], {7: 99.0, 8: 94.0}) == Plan([8], [])


def test_a_batch_whose_nonce_was_used_by_something_else_is_signed_again() -> None:
    assert decide(8, [1, 2], [(2, 8)]) == Plan([8], [1])


def test_every_nonce_is_filled_when_the_chain_goes_back_even_that_of_a_failed_attempt() -> None:
    # Batch 2 failed with nonce 8 and was signed again with 9; then the chain lost all of it.
    assert decide(7, [1, 2], [(1, 7), (2, 8), (2, 9)]) == Plan([7, 8, 9], [])


def test_nothing_is_done_when_all_is_mined() -> None:
    assert decide(9, [], []) == Plan([], [])


def test_a_free_nonce_below_the_attempts_is_filled_with_the_first_open_batch() -> None:
    # Something else used nonce 7, batch 1 was signed with 8, and a reorg undid both.
    assert decide(7, [1, 2], [(1, 8), (2, 9)]) == Plan([8, 9], [1])
    assert decide(7, [1, 2], [(1, 7), (1, 8), (2, 9)]) == Plan([7, 8, 9], [])
    assert decide(7, [], [(1, 8)]) == Plan([8], [])


def test_a_nonce_is_never_used_twice_and_none_is_left_out() -> None:
    assert free_nonce(chain_nonce=4, signed=set()) == 4
    assert free_nonce(chain_nonce=4, signed={4, 5, 6}) == 7
    assert free_nonce(chain_nonce=4, signed={4, 6}) == 5
    assert free_nonce(chain_nonce=9, signed={4, 6}) == 9
