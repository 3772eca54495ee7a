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


def suggest(base_fee_wei: int, priority_fee_wei: int) -> Fees:
    """Fees that stay valid while the base fee rises fourfold."""
    return Fees(base_fee_wei * _BASE_FEE_HEADROOM + priority_fee_wei, priority_fee_wei)
