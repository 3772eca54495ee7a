"""When a receipt counts as having occurred, and which awards therefore share a group of a batch.

A receipt falls under the version of its rule that was in force when it occurred. The contract goes back as far as its
look-back and not into the future, and refuses a whole group that does. So a receipt from before the look-back, less a
safety margin for batches that wait, counts as occurring when its batch is signed; and so does one that is dated later
than that. The date in the receipt's own body, which the batch commits to, stays what it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import NamedTuple

from tokenpoints.domain.batches import GROUPS_MAX, BatchEntry, BatchGroup
from tokenpoints.domain.rules import RuleVersion, version_at

MARGIN_SECONDS_MAX = 14 * 86_400
"""The longest that a token can stand still."""
_CLOCKS_APART_SECONDS = 60
_ROUNDING_SECONDS = 5


class DatedAward(NamedTuple):
    """An award on its way into a batch."""

    rule_id: int
    occurred: int
    """Unix seconds, as its receipt says."""
    entry: BatchEntry


@dataclass(frozen=True, slots=True)
class Moment:
    """What sealing and signing go by."""

    now: int
    """Unix seconds; no later than the time of the block that will hold the batch."""
    look_back_seconds: int
    end_announced_at: int | None
    """From then on nothing earns."""
    versions: Mapping[int, Sequence[RuleVersion]]
    """By rule, all of them by number."""

    def knows(self, awards: Sequence[DatedAward]) -> bool:
        """Whether all the awards' rules are known."""
        return all(award.rule_id in self.versions for award in awards)

    def counted_at(self, occurred: int) -> int:
        """When a receipt counts as having occurred."""
        earliest = self.now - self.look_back_seconds + margin_seconds(self.look_back_seconds)
        return occurred if earliest <= occurred <= self.now else self.now

    def group_of(self, award: DatedAward) -> tuple[int, int, bool]:
        """Awards that differ in this cannot share a group: rule, version, and whether the receipt earns."""
        counted = self.counted_at(award.occurred)
        version = version_at(self.versions[award.rule_id], counted)
        is_before_end = self.end_announced_at is None or counted < self.end_announced_at
        return award.rule_id, version.number, version.terms.is_open(counted) and is_before_end

    def together(self, awards: Sequence[DatedAward]) -> list[int]:
        """The indexes of the awards that go into the next batch: the groups that have waited longest, each together."""
        by_group: dict[tuple[int, int, bool], list[int]] = {}
        for index, award in enumerate(awards):
            by_group.setdefault(self.group_of(award), []).append(index)
        return [index for group in islice(by_group.values(), GROUPS_MAX) for index in group]


def margin_seconds(look_back_seconds: int) -> int:
    """How long a batch may wait until a receipt in it that counts as old is older than the look-back."""
    return min(look_back_seconds // 2, MARGIN_SECONDS_MAX)


class ChainClock:
    """What the next block's time will at least be.

    That is the latest block's time, or about the clock's where a chain mines on demand. By how much the chain's clock
    is behind, each new block tells: so a batch fails for that reason once at most.
    """

    def __init__(self) -> None:
        self._block_number: int | None = None
        self._behind_seconds = _CLOCKS_APART_SECONDS

    def saw(self, block_number: int, block_timestamp: int, clock_timestamp: int) -> None:
        """Learn from the latest block. Only a new one tells when it was mined."""
        if self._block_number is not None and block_number > self._block_number:
            behind = clock_timestamp - block_timestamp + _ROUNDING_SECONDS
            self._behind_seconds = max(_CLOCKS_APART_SECONDS, behind)
        self._block_number = block_number

    def present(self, block_timestamp: int, clock_timestamp: int) -> int:
        """Unix seconds."""
        return max(block_timestamp, clock_timestamp - self._behind_seconds)


def groups_of(awards: Sequence[DatedAward], moment: Moment) -> list[BatchGroup]:
    """The groups of a batch with these awards in this order."""
    groups = []
    for (rule_id, version, _), members in groupby(awards, key=moment.group_of):
        run = list(members)
        counted = [moment.counted_at(award.occurred) for award in run]
        groups.append(BatchGroup(rule_id, version, min(counted), max(counted), [award.entry for award in run]))
    return groups
