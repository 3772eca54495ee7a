"""How often one may call. Counted by each gateway in its own memory.

What a key may still do stands in the headers of draft-ietf-httpapi-ratelimit-headers-10.
"""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, SlidingWindowCounterRateLimiter

from tokenpoints.gateway.problems import Problem

WINDOW_SECONDS = 60


class Rates:
    """Requests of a key, and requests without a valid key of an address."""

    def __init__(self, *, key_per_minute: int, refusals_per_minute: int) -> None:
        self._key, self._refusals = RateLimitItemPerMinute(key_per_minute), RateLimitItemPerMinute(refusals_per_minute)
        storage = MemoryStorage()
        self._of_keys = MovingWindowRateLimiter(storage)
        # Two counters, which are forgotten: a window would stay in memory for every address that ever called.
        self._of_addresses = SlidingWindowCounterRateLimiter(storage)

    def count(self, key: str) -> dict[str, str]:
        """Count a request of a key. Returns its answer's headers. Raises Problem where it is too many."""
        is_allowed = self._of_keys.hit(self._key, key)
        stats = self._of_keys.get_window_stats(self._key, key)
        seconds = _seconds_until(stats.reset_time)
        headers = {
            "RateLimit-Policy": f'"key";q={self._key.amount};w={WINDOW_SECONDS}',
            "RateLimit": f'"key";r={max(0, stats.remaining)};t={seconds}',
        }
        if not is_allowed:
            raise Problem(
                "too_many_requests",
                f"the API key makes at most {self._key.amount} requests a minute",
                headers=headers | {"Retry-After": str(max(1, seconds))},
            )
        return headers

    def check_address(self, address: str) -> None:
        """Raises Problem where too many requests of an address had no valid key."""
        if not self._of_addresses.test(self._refusals, address):
            seconds = _seconds_until(self._of_addresses.get_window_stats(self._refusals, address).reset_time)
            raise Problem(
                "too_many_requests",
                "too many requests of this address had no valid API key",
                headers={"Retry-After": str(max(1, seconds))},
            )

    def refused(self, address: str) -> None:
        """Count a request without a valid key."""
        self._of_addresses.hit(self._refusals, address)


def _seconds_until(moment: float) -> int:
    return max(0, math.ceil(moment - time.time()))
