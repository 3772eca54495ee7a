"""Tiers: what leads to them, and what they multiply points by."""

from __future__ import annotations

from collections.abc import Iterable

TIERS = 4
"""Numbered from 0, the lowest."""
MULTIPLIER_ONE = 1_000
"""The multiplier that changes nothing: multipliers count thousandths."""

Thresholds = tuple[int, int, int]
"""Points of a tier period that lead to tiers 1, 2 and 3; rising, and 0 where there is no such tier."""
Multipliers = tuple[int, int, int, int]
"""By tier, in thousandths."""

NO_TIERS: Thresholds = (0, 0, 0)
SAME_FOR_ALL: Multipliers = (MULTIPLIER_ONE,) * 4


def tier_of(total: int, thresholds: Thresholds) -> int:
    """The tier to which `total` points of a tier period lead."""
    return sum(1 for threshold in thresholds if threshold and total >= threshold)


def packed(multipliers: Multipliers) -> int:
    """The contract's word: 16 bits for each tier, the lowest tier lowest."""
    return sum(multiplier << 16 * tier for tier, multiplier in enumerate(multipliers))


def unpacked(word: int) -> Multipliers:
    """The multipliers in the contract's word."""
    return (word & 0xFFFF, word >> 16 & 0xFFFF, word >> 32 & 0xFFFF, word >> 48 & 0xFFFF)


def padded_thresholds(thresholds: Iterable[int]) -> Thresholds:
    """The thresholds of at most three tiers, with 0 for those that are not."""
    first, second, third, *_ = [*thresholds, 0, 0, 0]
    return first, second, third
