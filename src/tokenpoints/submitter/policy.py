"""How a submitter works: what it seals, what it pays, and how long it waits."""

from __future__ import annotations

from dataclasses import dataclass

from tokenpoints.domain.batches import TRANSACTION_GAS_MAX
from tokenpoints.domain.submissions import Timing

_RESEND_SECONDS = 5.0
_BUMP_BLOCK_COUNT = 3
_WEI_PER_GWEI = 10**9


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """What is set."""

    size: int
    """Most awards in a batch."""
    age_seconds: float
    """An award waits no longer for others."""
    in_flight_max: int
    idle_age_seconds: float = 0
    """Nor longer than this while no batch is on its way."""
    gas_limit_max: int = TRANSACTION_GAS_MAX
    fee_cap_wei: int = 500 * _WEI_PER_GWEI
    """Most to offer for a unit of gas."""
    bump_seconds: float = 30.0

    def timing(self, *, stale_seconds: float) -> Timing:
        """How patient to be, where attempts are signed anew after `stale_seconds`."""
        return Timing(_RESEND_SECONDS, self.bump_seconds, _BUMP_BLOCK_COUNT, stale_seconds)
