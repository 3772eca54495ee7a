"""What a memo keeps."""

from __future__ import annotations

import pytest

from tokenpoints.domain.memo import Memo


def test_an_answer_is_computed_once_until_there_are_too_many() -> None:
    asked: list[int] = []

    def double(number: int) -> int:
        asked.append(number)
        return 2 * number

    memo = Memo(double, count_max=2)
    assert [memo[number] for number in (1, 2, 1, 2)] == [2, 4, 2, 4]
    assert asked == [1, 2]
    assert [memo[number] for number in (3, 3, 1)] == [6, 6, 2]
    assert asked == [1, 2, 3, 1]
    assert len(memo) == 2


def test_what_fails_is_not_kept() -> None:
    memo = Memo(int, count_max=2)
    for _ in range(2):
        with pytest.raises(ValueError, match="invalid literal"):
            memo["x"]
    assert not memo
