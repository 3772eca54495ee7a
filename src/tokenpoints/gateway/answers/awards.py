"""Awards, and how far they are."""

from __future__ import annotations

from pydantic import Field

from tokenpoints.domain.entries import AwardStatus
from tokenpoints.gateway.answers.fields import AddressText, Answer, HashText, Points, Time


class ExpectedAwardAnswer(Answer):
    id: str
    rule: int
    points_expected: Points
    status: AwardStatus


class AwardAnswer(Answer):
    id: str
    receipt: str
    reference: str
    member: str
    account: AddressText
    rule: int
    status: AwardStatus
    points_expected: Points
    points: Points | None = Field(description="What was minted; null while pending, and where it was refused.")
    refusal: str | None = Field(description="Why the chain refused it.", examples=["budget_exceeded"])
    dead_letter: str | None = Field(
        description="Why the contract would revert for it; it is set aside until it is retried.",
        examples=["UnknownRule(ruleId=2)"],
    )
    created_at: Time
    rule_version: int | None
    batch_number: int | None
    batch_position: int | None
    transaction_hash: HashText | None
    block_number: int | None
    log_index: int | None


class AwardsAnswer(Answer):
    """Newest first."""

    awards: list[AwardAnswer]
    next_cursor: str | None


class AwardCountsAnswer(Answer):
    """A program's awards by status."""

    pending: int
    dead: int
    confirmed: int
    finalized: int
    refused: int
    refused_by_reason: dict[str, int]
