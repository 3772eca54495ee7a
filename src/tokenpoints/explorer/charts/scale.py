"""From values to places."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from the domain onto the range; a domain of no width maps to the range's start."""

    domain_start: float
    domain_end: float
    range_start: float
    range_end: float

    def __call__(self, value: float) -> float:
        width = self.domain_end - self.domain_start
        if width == 0:
            return self.range_start
        share = (value - self.domain_start) / width
        return self.range_start + share * (self.range_end - self.range_start)
