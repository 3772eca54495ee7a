"""The account word: one account's points in 256 bits, as `PointsToken` stores them.

From the top: epoch (16 bits), flags (6), tier (4), tier-period total (46), then four lots of
46 bits by age, the newest (age 0) lowest. Points earned in epoch *e* are live through epoch
*e* + 3, or for ever in a program whose points never expire: there they are carried from epoch to epoch in the newest
lot. This module mirrors what `Accounts` and `AccountWordLibrary` do bit by bit; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tokenpoints.domain.tiers import NO_TIERS, Thresholds, tier_of
from tokenpoints.domain.types import Points

LOT_BITS = 46
LOT_COUNT = 4
EPOCH_MAX = (1 << 16) - 1
"""The last epoch has no end."""
POINTS_MAX = (1 << LOT_BITS) - 1
"""The most that a program can ever issue, so that no lot, total or supply can overflow."""
FROZEN = 1
"""The flag of an account that was frozen; the freeze may have come to its end."""
PARTNER = 2
"""The flag of a partner's account."""

Lots = tuple[int, int, int, int]


class InsufficientLots(ValueError):
    """More points were to be taken than are live."""


@dataclass(frozen=True, slots=True)
class EpochClock:
    """A program's calendar, and what its turning does to points and tiers.

    Epochs are numbered from 1 and include their first second only.
    """

    start: int
    """Unix time in seconds at which epoch 1 begins."""
    length_seconds: int
    tier_period_epochs: int
    points_expire: bool = True
    thresholds: Thresholds = NO_TIERS

    def epoch_at(self, timestamp: int) -> int:
        """The epoch in which `timestamp` falls. Raises ValueError before epoch 1."""
        if timestamp < self.start:
            raise ValueError(f"{timestamp} is before the first epoch, {self.start}")
        return min(1 + (timestamp - self.start) // self.length_seconds, EPOCH_MAX)

    def expires_at(self, epoch: int) -> int:
        """The first second at which points earned in `epoch` no longer count, in a program whose points expire."""
        return self.start + (epoch + LOT_COUNT - 1) * self.length_seconds

    def tier_period(self, epoch: int) -> int:
        """The tier period of `epoch`; the empty word's epoch 0 is in no period."""
        return (epoch - 1) // self.tier_period_epochs


@dataclass(frozen=True, slots=True)
class AccountWord:
    """An account's points, as of the epoch to which it was last rolled."""

    epoch: int = 0
    flags: int = 0
    tier: int = 0
    total: int = 0
    """Points earned in the tier period."""
    lots: Lots = (0, 0, 0, 0)
    """By age in epochs: `lots[0]` was earned in `epoch`."""

    @classmethod
    def unpack(cls, word: int) -> AccountWord:
        """Read the contract's 256-bit word."""
        return cls(
            epoch=word >> 240,
            flags=word >> 234 & 0x3F,
            tier=word >> 230 & 0xF,
            total=word >> 184 & POINTS_MAX,
            lots=(
                word & POINTS_MAX,
                word >> 46 & POINTS_MAX,
                word >> 92 & POINTS_MAX,
                word >> 138 & POINTS_MAX,
            ),
        )

    def pack(self) -> int:
        """The contract's 256-bit word."""
        lots = sum(points << LOT_BITS * age for age, points in enumerate(self.lots))
        return self.epoch << 240 | self.flags << 234 | self.tier << 230 | self.total << 184 | lots

    @property
    def balance(self) -> Points:
        """Live points as of `epoch`."""
        return Points(sum(self.lots))

    def rolled(self, epoch: int, clock: EpochClock) -> AccountWord:
        """The word as it stands in `epoch`, which is not before its own."""
        passed = epoch - self.epoch
        if passed < 0:
            raise ValueError(f"epoch {epoch} is before the word's {self.epoch}")
        if passed == 0:
            return self
        aged = passed if clock.points_expire else 0
        kept = ((0,) * min(aged, LOT_COUNT) + self.lots)[:LOT_COUNT]
        same_period = clock.tier_period(epoch) == clock.tier_period(self.epoch)
        return replace(
            self,
            epoch=epoch,
            tier=self.tier_in(epoch, clock),
            total=self.total if same_period else 0,
            lots=_lots(list(kept)),
        )

    def at(self, timestamp: int, clock: EpochClock) -> AccountWord:
        """The word as it stands at `timestamp`."""
        # A chain's clock may run ahead of the reader's; time never goes back behind what it wrote.
        return self.rolled(max(clock.epoch_at(max(timestamp, clock.start)), self.epoch), clock)

    def tier_in(self, epoch: int, clock: EpochClock) -> int:
        """The tier in `epoch`: at a tier period's end it becomes what that period's points led to, and after a period
        without a point the lowest."""
        match clock.tier_period(epoch) - clock.tier_period(self.epoch):
            case 0:
                return self.tier
            case 1:
                return tier_of(self.total, clock.thresholds)
            case _:
                return 0

    def awarded(self, points: Points) -> AccountWord:
        """With `points` earned in the word's own epoch."""
        newest, *older = self.lots
        return replace(
            self,
            total=self.total + points,
            lots=(newest + points, older[0], older[1], older[2]),
        )

    def spent(self, points: Points) -> tuple[AccountWord, Lots]:
        """Take `points`, oldest lots first. Returns the rest and what was taken, by age.

        Raises InsufficientLots.
        """
        if points > self.balance:
            raise InsufficientLots(f"balance {self.balance} is below {points}")
        left, taken = int(points), [0, 0, 0, 0]
        for age in reversed(range(LOT_COUNT)):
            taken[age] = min(left, self.lots[age])
            left -= taken[age]
        return replace(self, lots=_minus(self.lots, taken)), _lots(taken)

    def spent_at(self, epoch: int, points: Points) -> tuple[AccountWord, Lots]:
        """Take `points` that were earned in `epoch`, and no others. Returns the rest and what was taken, by age.

        Raises InsufficientLots.
        """
        age = self.epoch - epoch
        held = self.lots[age] if 0 <= age < LOT_COUNT else 0
        if points > held:
            raise InsufficientLots(f"{held} of epoch {epoch} are below {points}")
        taken = [int(points) if at == age else 0 for at in range(LOT_COUNT)]
        return replace(self, lots=_minus(self.lots, taken)), _lots(taken)

    def spent_lots(self, lots: Lots) -> AccountWord:
        """Take exactly these lots. Raises InsufficientLots."""
        if any(lot < part for lot, part in zip(self.lots, lots, strict=True)):
            raise InsufficientLots(f"lots {self.lots} are below {lots}")
        return replace(self, lots=_minus(self.lots, list(lots)))

    def received(self, lots: Lots) -> AccountWord:
        """With lots of another account merged in, age by age."""
        return replace(self, lots=_lots([a + b for a, b in zip(self.lots, lots, strict=True)]))

    def unearned(self, points: int) -> AccountWord:
        """With `points` less in the tier period's total; the tier stays until its end. Raises InsufficientLots."""
        if points > self.total:
            raise InsufficientLots(f"the total {self.total} is below {points}")
        return replace(self, total=self.total - points)

    def with_flag(self, flag: int, value: bool) -> AccountWord:
        """With `flag` set or not."""
        return replace(self, flags=self.flags | flag if value else self.flags & ~flag)


def _minus(lots: Lots, taken: list[int]) -> Lots:
    return _lots([lot - part for lot, part in zip(lots, taken, strict=True)])


def _lots(values: list[int]) -> Lots:
    return values[0], values[1], values[2], values[3]
