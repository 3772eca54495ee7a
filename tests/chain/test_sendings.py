"""What a process remembers of what it sent."""

from __future__ import annotations

import pytest

from tokenpoints.chain.sendings import Sendings


@pytest.mark.parametrize(
    ("objection", "is_too_cheap"),
    [
        (None, False),
        ("already known", False),
        ("transaction underpriced", False),
        ("max fee per gas less than block base fee", True),  # geth, reth, anvil
        ("fee cap less than block base fee: address 0x01, feeCap: 1 baseFee: 7", True),  # erigon
        ("GAS_PRICE_BELOW_CURRENT_BASE_FEE", True),  # besu
    ],
)
def test_a_refusal_for_the_fee_is_remembered_until_the_next_sending(objection: str | None, is_too_cheap: bool) -> None:
    now = 0.0
    sent = Sendings(lambda: now)
    sent.note(1, objection)
    assert sent.too_cheap() == ({1} if is_too_cheap else set())
    sent.note(1)
    assert sent.too_cheap() == set()


def test_it_tells_how_long_ago_each_was_sent_and_forgets_the_others() -> None:
    now = 5.0
    sent = Sendings(lambda: now)
    sent.note(1)
    now = 7.0
    sent.note(2)
    assert sent.seconds_ago() == {1: 2.0, 2: 0.0}
    sent.keep([2, 3])
    assert 1 not in sent and 2 in sent and 3 not in sent
