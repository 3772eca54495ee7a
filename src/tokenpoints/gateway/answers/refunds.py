"""What was given back, taken, or given by hand."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tokenpoints.domain.adjustments import AdjustmentState
from tokenpoints.domain.clawbacks import ClawbackState
from tokenpoints.gateway.answers.awards import AwardAnswer
from tokenpoints.gateway.answers.fields import Answer, Points, Time


class RefundedLineAnswer(Answer):
    line: int
    quantity: int


class RestoredAnswer(Answer):
    """A redemption that a refund restores."""

    redemption: int
    state: Literal["waiting", "restoring", "done", "refused"]
    detail: str | None = Field(description="Why it waits or was refused.")
    operation: str | None
    award: str | None = Field(description="That stands in its place, where its vouchers are used.")


class RefundAnswer(Answer):
    """A refund, and how far it is that points go back."""

    id: str = Field(examples=["rcp_01JD2Y6X9V5T3Q8R7W4Z1B0CDE"])
    reference: str
    amount: int = Field(description="Given back, in the currency's smallest unit.")
    lines: list[RefundedLineAnswer]
    state: ClawbackState = Field(
        description="`waiting`: for the awards to be final, or for what `detail` says; `taking`: on its way; `done`."
    )
    detail: str | None = Field(description="Why it waits.")
    points_due: Points | None = Field(description="What it takes back. Null until the awards are final.")
    points_taken: Points = Field(description="What was there of it, so far.")
    points_short: Points | None = Field(description="What was due and not there. Null until it is done.")
    operations: list[str]
    redemptions: list[RestoredAnswer]


class RecordedRefundAnswer(RefundAnswer):
    receipt: str = Field(description="What is refunded.")
    replayed: bool = Field(description="True where the same refund was recorded before.")


class AdjustmentAnswer(Answer):
    """Points given or taken by hand."""

    id: str | None = Field(examples=["adj_01JD2Y6X9V5T3Q8R7W4Z1B0CDE"])
    receipt: str
    reference: str
    member: str
    points: Points = Field(description="Below 0: taken.")
    reason: str
    state: AdjustmentState = Field(description="`pending`: it waits for a second approver, until `expires_at`.")
    requested_by: str = Field(description="An API key's id.")
    requested_at: Time
    expires_at: Time
    decided_by: str | None
    decided_at: Time | None
    awards: list[AwardAnswer] = Field(description="Of points that are given.")
    clawback: ClawbackState | None = Field(description="How far it is that points are taken.")
    detail: str | None = Field(description="Why that waits.")
    points_taken: Points
    points_short: Points | None = Field(description="What was not there. Null until it is done.")
    operations: list[str]
    replayed: bool


class AdjustmentsAnswer(Answer):
    """Newest first."""

    adjustments: list[AdjustmentAnswer]
    next_cursor: str | None
