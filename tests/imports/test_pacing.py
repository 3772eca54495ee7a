"""How an import keeps from running ahead of the chain."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.imports.conftest import LiveGateway
from tokenpoints.client import Client, models
from tokenpoints.client.models import RecordedReceiptAnswer
from tokenpoints.imports.pacing import Pace


def record(client: Client, first: int, count: int = 10) -> list[RecordedReceiptAnswer]:
    receipts = [
        models.ReceiptToRecord(
            reference=f"r{number}",
            kind="purchase",
            customer_id="c1",
            amount=500,
            occurred_at="2026-01-01T00:00:00Z",
        )
        for number in range(first, first + count)
    ]
    return client.record_receipts("demo", models.ReceiptsToRecord(receipts=receipts)).receipts


def never(_seconds: float) -> None:
    pytest.fail("it is not waited for")


def test_no_more_awards_than_that_wait_when_the_next_are_sent(gateway: LiveGateway, client: Client) -> None:
    client.enrol_members("demo", models.MembersToEnrol(customer_ids=["c1"]))
    mined = 0

    def mine(_seconds: float) -> None:
        nonlocal mined
        mined += 1
        gateway.put_on_chain(mined, limit=7)

    pace = Pace(client, "demo", ahead_max=20, on_standstill=never, sleep=mine)
    waiting = []
    for first in range(0, 60, 10):
        pace.hold()
        waiting.append(client.count_awards("demo").pending)
        pace.count(record(client, first))
    assert waiting == [0, 10, 20, 16, 19, 15]  # batches of 7, until a whole sending has got there
    assert mined == 5


def test_what_was_recorded_before_is_not_waited_for(client: Client) -> None:
    client.enrol_members("demo", models.MembersToEnrol(customer_ids=["c1"]))
    record(client, 0)
    pace = Pace(client, "demo", ahead_max=1, on_standstill=never, sleep=never)
    pace.count(record(client, 0))
    pace.hold()


class StillClient:
    """A gateway whose chain does not move."""

    asked = 0

    def get_award(self, _program: str, _award: str) -> Any:
        self.asked += 1
        return SimpleNamespace(status="pending")


def test_on_a_chain_that_stands_still_nothing_is_held_back_for_more_than_a_minute() -> None:
    told: list[float] = []
    now, client = 0.0, StillClient()

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    pace = Pace(cast(Client, client), "demo", 1, told.append, sleep=sleep, monotonic=lambda: now)
    sent = SimpleNamespace(replayed=False, awards=[SimpleNamespace(id="awd_1"), SimpleNamespace(id="awd_2")])
    pace.count([cast(RecordedReceiptAnswer, sent)])
    pace.hold()
    assert told == [pytest.approx(60, abs=1)]
    asked = client.asked
    pace.count([cast(RecordedReceiptAnswer, sent)])
    pace.hold()
    assert (len(told), client.asked) == (1, asked)
