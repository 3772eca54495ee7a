"""Adjustments: points given or taken by hand, by one or by two. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

REASON_LENGTH_MAX = 500


class AdjustmentState(StrEnum):
    """How far an adjustment is."""

    PENDING = "pending"
    """It waits for a second approver."""
    APPROVED = "approved"
    """Its award or its clawback is on its way."""
    REJECTED = "rejected"
    EXPIRED = "expired"
    """Nobody decided in time."""


def needs_second(points: int, limit: int) -> bool:
    """Whether somebody else has to agree."""
    return abs(points) > limit


def state_at(state: AdjustmentState, expires_at: datetime, now: datetime) -> AdjustmentState:
    """What waits for too long has expired, whether or not anybody looked."""
    return AdjustmentState.EXPIRED if state is AdjustmentState.PENDING and now >= expires_at else state
