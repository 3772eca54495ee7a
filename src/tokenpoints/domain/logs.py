"""How the logs of a node are held against the headers of their blocks."""

from __future__ import annotations

from enum import StrEnum


class LogCheck(StrEnum):
    """How the logs that a node gives are checked."""

    BLOOM = "bloom"
    """Against the blooms: finds logs that were made up, and blocks whose logs were left out as a whole."""
    RECEIPTS = "receipts"
    """Against the receipts' root besides: finds every log that was left out, added or changed."""
    NONE = "none"
    """Not at all, for chains whose headers have no blooms."""
