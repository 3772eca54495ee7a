from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tokenpoints.explorer.remembered import Remembered

pytestmark = pytest.mark.asyncio


class Clock:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def tick(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


async def test_an_answer_is_kept_while_the_state_stands_or_it_was_costly() -> None:
    clock, computed = Clock(), 0

    async def compute() -> int:
        nonlocal computed
        clock.tick(2)
        computed += 1
        return computed

    remembered: Remembered[int] = Remembered(clock, share=10)
    assert await remembered.get("a", state=b"1", compute=compute) == 1
    clock.tick(100)
    assert await remembered.get("a", state=b"1", compute=compute) == 1
    assert await remembered.get("a", state=b"2", compute=compute) == 2
    clock.tick(19)
    assert await remembered.get("a", state=b"3", compute=compute) == 2
    clock.tick(2)
    assert await remembered.get("a", state=b"3", compute=compute) == 3
    assert await remembered.get("b", state=b"3", compute=compute) == 4
