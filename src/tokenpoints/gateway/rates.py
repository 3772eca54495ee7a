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
    """Requests of a key or a member, and of an address: those without a valid key, and its sign-ins."""

    def __init__(
        self,
        *,
        key_per_minute: int,
        refusals_per_minute: int,
        member_per_minute: int = 300,
        sign_ins_per_minute: int = 120,
    ) -> None:
        self._key, self._refusals = RateLimitItemPerMinute(key_per_minute), RateLimitItemPerMinute(refusals_per_minute)
        self._member, self._sign_ins = (
            RateLimitItemPerMinute(member_per_minute, namespace="member"),
            RateLimitItemPerMinute(sign_ins_per_minute, namespace="sign-in"),
        )
        storage = MemoryStorage()
        self._of_keys = MovingWindowRateLimiter(storage)
        # Two counters, which are forgotten: a window would stay in memory for every address that ever called.
        self._of_addresses = SlidingWindowCounterRateLimiter(storage)

    def count(self, key: str) -> dict[str, str]:
        """Count a request of a key. Returns its answer's headers. Raises Problem where it is too many."""
        return self._count(self._key, key, "key", "the API key")

    def count_member(self, member_id: str) -> dict[str, str]:
        """The same of a member, whatever their tokens."""
        return self._count(self._member, member_id, "member", "the member")

    def count_sign_in(self, address: str) -> None:
        """Count a step of a sign-in from an address. Raises Problem where it is too many."""
        if not self._of_addresses.hit(self._sign_ins, address):
            seconds = _seconds_until(self._of_addresses.get_window_stats(self._sign_ins, address).reset_time)
            raise Problem(
                "too_many_requests",
                "too many sign-ins from this address",
                headers={"Retry-After": str(max(1, seconds))},
            )

    def _count(self, item: RateLimitItemPerMinute, who: str, policy: str, name: str) -> dict[str, str]:
        is_allowed = self._of_keys.hit(item, who)
        stats = self._of_keys.get_window_stats(item, who)
        seconds = _seconds_until(stats.reset_time)
        headers = {
            "RateLimit-Policy": f'"{policy}";q={item.amount};w={WINDOW_SECONDS}',
            "RateLimit": f'"{policy}";r={max(0, stats.remaining)};t={seconds}',
        }
        if not is_allowed:
            raise Problem(
                "too_many_requests",
                f"{name} makes at most {item.amount} requests a minute",
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
