"""How the logs of a node are held against the headers of their blocks."""

from __future__ import annotations

from enum import StrEnum


class LogCheck(StrEnum):
    """How the logs that a node gives are checked."""

    HEAD = "head"
    """As `receipts`, where the node gives them, but as `bloom` in a long backlog of final blocks."""
    RECEIPTS = "receipts"
    """By the root of the receipts: finds every log that was left out, added or changed."""
    BLOOM = "bloom"
    """By the blooms: finds logs that were made up, and blocks whose logs were left out as a whole."""
    NONE = "none"
    """Not at all, for chains whose headers have no blooms."""
