"""Where a member stands among the tiers, until when, and what leads further."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from tokenpoints.domain.points import EPOCH_MAX, AccountWord
from tokenpoints.domain.programs import Program
from tokenpoints.domain.tiers import tier_of

_LAST_SECOND = 253_402_300_799
"""Of the year 9999."""


@dataclass(frozen=True, slots=True)
class NextTier:
    """The tier above, and the points of this period that are missing to it."""

    number: int
    name: str
    threshold: int
    missing: int


@dataclass(frozen=True, slots=True)
class TierStanding:
    """A member's tier at one moment."""

    number: int
    name: str
    points: int
    """Awarded in the tier period."""
    period_ends_at: datetime | None
    """None beyond the calendar, as `effective_until`."""
    effective_until: datetime | None
    """The tier holds until then at least, whatever comes."""
    after_period: int
    """The tier to which the points so far lead when the period ends."""
    after_period_name: str
    next: NextTier | None
    """None in the highest."""


def standing(word: AccountWord, program: Program) -> TierStanding | None:
    """By a word as it stands at the moment in question; None in a program without tiers."""
    if not program.tiers:
        return None
    clock = program.clock
    period = clock.tier_period(word.epoch)
    led_to = tier_of(word.total, clock.thresholds)
    ends = _end_of(period, program)
    above = word.tier + 1
    next_tier = None
    if above < len(program.tiers):
        tier = program.tiers[above]
        next_tier = NextTier(above, tier.name, tier.threshold, max(0, tier.threshold - word.total))
    return TierStanding(
        number=word.tier,
        name=program.tiers[word.tier].name,
        points=word.total,
        period_ends_at=ends,
        # Points of a period hold their tier through the period after it.
        effective_until=_end_of(period + 1, program) if led_to >= word.tier else ends,
        after_period=led_to,
        after_period_name=program.tiers[led_to].name,
        next=next_tier,
    )


def _end_of(period: int, program: Program) -> datetime | None:
    clock = program.clock
    first_epoch_after = (period + 1) * clock.tier_period_epochs + 1
    at = clock.start + (first_epoch_after - 1) * clock.length_seconds
    # The last epoch has no end.
    return datetime.fromtimestamp(at, UTC) if first_epoch_after <= EPOCH_MAX and at <= _LAST_SECOND else None
