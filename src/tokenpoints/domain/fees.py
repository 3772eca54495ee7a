"""EIP-1559 fees (https://eips.ethereum.org/EIPS/eip-1559)."""

from __future__ import annotations

from dataclasses import dataclass

_BASE_FEE_HEADROOM = 4
"""The base fee can double in six full blocks; twice that is waited out without a new signature."""


@dataclass(frozen=True, slots=True)
class Fees:
    """What a transaction offers, in wei a unit of gas."""

    max_fee_wei: int
    priority_fee_wei: int

    def bumped(self) -> Fees:
        """An eighth more of both, rounded up: nodes take a replacement from a tenth more on."""
        return Fees(_eighth_more(self.max_fee_wei), _eighth_more(self.priority_fee_wei))

    def at_least(self, other: Fees) -> Fees:
        """The greater of each."""
        return Fees(max(self.max_fee_wei, other.max_fee_wei), max(self.priority_fee_wei, other.priority_fee_wei))


def suggest(base_fee_wei: int, priority_fee_wei: int) -> Fees:
    """Fees that stay valid while the base fee rises fourfold."""
    return Fees(base_fee_wei * _BASE_FEE_HEADROOM + priority_fee_wei, priority_fee_wei)


def suggest_within(cap_wei: int, base_fee_wei: int, priority_fee_wei: int) -> Fees | None:
    """As `suggest`, with no more than `cap_wei` a unit of gas; None where the next block may cost more than that."""
    if base_fee_wei + priority_fee_wei > cap_wei:
        return None
    return Fees(min(suggest(base_fee_wei, priority_fee_wei).max_fee_wei, cap_wei), priority_fee_wei)


def _eighth_more(wei: int) -> int:
    # One wei more at least, or a fee of nothing would stay nothing for ever.
    return max(wei + 1, -(-wei * 9 // 8))
