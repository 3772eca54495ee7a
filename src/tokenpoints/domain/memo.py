"""Answers of a function that is asked the same things again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memo(dict[K, V]):
    """What `function` answers, by its argument: `memo[argument]`. Forgets all once it knows `count_max`.

    `functools.lru_cache` keeps an order as well, which costs more than it saves where arguments come at random.
    """

    __slots__ = ("_count_max", "_function")

    def __init__(self, function: Callable[[K], V], count_max: int) -> None:
        super().__init__()
        self._function, self._count_max = function, count_max

    def __missing__(self, argument: K) -> V:
        answer = self._function(argument)
        if len(self) >= self._count_max:
            self.clear()
        self[argument] = answer
        return answer
