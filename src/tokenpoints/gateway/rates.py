"""How often one may call. Counted by each gateway in its own memory.

What a key may still do stands in the headers of draft-ietf-httpapi-ratelimit-headers-10.
"""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from tokenpoints.gateway.moving_window import MovingWindow, Place
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
        self._key_per_minute, self._member_per_minute = key_per_minute, member_per_minute
        self._of_keys = MovingWindow(seconds=WINDOW_SECONDS, timer=time.time)
        self._of_members = MovingWindow(seconds=WINDOW_SECONDS, timer=time.time)
        self._refusals = RateLimitItemPerMinute(refusals_per_minute)
        self._sign_ins = RateLimitItemPerMinute(sign_ins_per_minute, namespace="sign-in")
        # Two counters for each address, however often it calls: there are far more addresses than keys.
        self._of_addresses = SlidingWindowCounterRateLimiter(MemoryStorage())

    def count(self, key: str) -> dict[str, str]:
        """Count a request of a key. Returns its answer's headers. Raises Problem where it is too many."""
        return _told(self._of_keys.call(key, limit=self._key_per_minute), self._key_per_minute, "key", "the API key")

    def count_member(self, member_id: str) -> dict[str, str]:
        """The same of a member, whatever their tokens."""
        limit = self._member_per_minute
        return _told(self._of_members.call(member_id, limit=limit), limit, "member", "the member")

    def count_sign_in(self, address: str) -> None:
        """Count a step of a sign-in from an address. Raises Problem where it is too many."""
        if not self._of_addresses.hit(self._sign_ins, address):
            seconds = _seconds_until(self._of_addresses.get_window_stats(self._sign_ins, address).reset_time)
            raise Problem(
                "too_many_requests",
                "too many sign-ins from this address",
                headers={"Retry-After": str(max(1, seconds))},
            )

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


def _told(place: Place, limit: int, policy: str, name: str) -> dict[str, str]:
    seconds = _seconds_until(place.free_at)
    headers = {
        "RateLimit-Policy": f'"{policy}";q={limit};w={WINDOW_SECONDS}',
        "RateLimit": f'"{policy}";r={place.remaining};t={seconds}',
    }
    if not place.is_allowed:
        raise Problem(
            "too_many_requests",
            f"{name} makes at most {limit} requests a minute",
            headers=headers | {"Retry-After": str(max(1, seconds))},
        )
    return headers


def _seconds_until(moment: float) -> int:
    return max(0, math.ceil(moment - time.time()))
