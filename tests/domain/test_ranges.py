import pytest

from tokenpoints.chain.limits import is_size_limit
from tokenpoints.domain.ranges import ANSWER_BYTES_WANTED, LOGS_WANTED, RangeSize


def test_ranges_grow_until_they_hold_the_logs_that_are_wanted() -> None:
    size = RangeSize(10_000)
    for _ in range(10):
        size.answered(size.block_count, log_count=size.block_count * 100, answer_bytes=size.block_count * 100)
    assert size.block_count == LOGS_WANTED // 100


def test_ranges_shrink_where_logs_are_dense() -> None:
    size = RangeSize(10_000, block_count=1_000)
    size.answered(1_000, log_count=4 * LOGS_WANTED, answer_bytes=0)
    assert size.block_count == 250
    size.answered(250, log_count=0, answer_bytes=10 * ANSWER_BYTES_WANTED)
    assert size.block_count == 25


def test_empty_blocks_are_read_as_many_as_allowed() -> None:
    size = RangeSize(300)
    for _ in range(10):
        size.answered(size.block_count, log_count=0, answer_bytes=2)
    assert size.block_count == 300


def test_what_was_refused_is_halved_and_not_soon_asked_for_again() -> None:
    size = RangeSize(10_000, block_count=1_000)
    size.refused(1_000)
    assert size.block_count == 500
    size.answered(500, log_count=0, answer_bytes=2)
    assert size.block_count == 999
    for _ in range(40):
        size.answered(size.block_count, log_count=0, answer_bytes=2)
    assert size.block_count > 1_000


def test_a_range_that_was_cut_short_by_the_head_says_nothing() -> None:
    size = RangeSize(10_000, block_count=1_000)
    size.answered(3, log_count=1, answer_bytes=600)
    assert size.block_count == 1_000


@pytest.mark.parametrize(
    ("rpc_code", "message"),
    [
        (-32005, "query returned more than 10000 results"),
        (-32602, "query returned more than 10000 results. Try with this block range [0x1, 0x2]."),
        (-32602, "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range"),
        (-32600, "eth_getLogs is limited to a 10,000 range"),
        (-32000, "block range is too wide"),
        (-32000, "exceed maximum block range: 5000"),
        (-32000, "query timeout exceeded"),
        (-32614, "eth_getLogs and eth_newFilter are limited to a 10,000 blocks range"),
        (-32000, "too many results, limit is 20000"),
        (-32000, "backend response too large"),
    ],
)
def test_limits_of_nodes_are_known(rpc_code: int, message: str) -> None:
    assert is_size_limit(rpc_code, message)


@pytest.mark.parametrize(
    ("rpc_code", "message"),
    [
        (3, "execution reverted"),
        (-32000, "nonce too low"),
        (-32005, "rate limit exceeded"),
        (429, "Your app has exceeded its compute units per second capacity"),
        (-32000, "header not found"),
        (-32000, "intrinsic gas too low"),
    ],
)
def test_other_errors_are_no_limits(rpc_code: int, message: str) -> None:
    assert not is_size_limit(rpc_code, message)
