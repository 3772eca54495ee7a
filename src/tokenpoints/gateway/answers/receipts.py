"""Receipts."""

from __future__ import annotations

from pydantic import Field

from tokenpoints.domain.programs import ReceiptKind
from tokenpoints.earning.recording import WithoutAward
from tokenpoints.gateway.answers.awards import AwardAnswer, ExpectedAwardAnswer
from tokenpoints.gateway.answers.fields import AddressText, Answer, HashText, Time
from tokenpoints.gateway.answers.refunds import RefundAnswer


class RecordedReceiptAnswer(Answer):
    id: str = Field(examples=["rcp_01JD2Y6X9V5T3Q8R7W4Z1B0CDE"])
    reference: str
    member: str
    account: AddressText
    replayed: bool = Field(description="True where the same receipt was recorded before.")
    awards: list[ExpectedAwardAnswer]
    without_award: WithoutAward | None = Field(
        description="Why there is no award: the program has no rule for this kind, the amount is too small to earn a "
        "point, or the friend of a referral has not bought anything yet."
    )


class RecordedReceiptsAnswer(Answer):
    """In the order in which they were sent."""

    receipts: list[RecordedReceiptAnswer]
    recorded: int
    replayed: int


class LineAnswer(Answer):
    """A line of a purchase, and how much of it was given back."""

    line: int = Field(description="Its number, from 1.")
    sku: str
    category: str | None
    quantity: int
    amount: int
    refunded_quantity: int


class ReceiptAnswer(Answer):
    id: str
    reference: str
    member: str
    kind: ReceiptKind
    amount: int = Field(description="In the currency's smallest unit; 0 where nothing was paid.")
    currency: str
    occurred_at: Time
    received_at: Time
    body_hash: HashText = Field(description="SHA-256 of the canonical body.")
    store: str | None
    channel: str | None
    subject: str | None
    friend: AddressText | None = Field(description="Of a referral: the friend's account.")
    lines: list[LineAnswer]
    redemptions: list[int]
    awards: list[AwardAnswer]
    refunds: list[RefundAnswer] = Field(description="What was given back of it; of a refund, itself.")
    refunded_amount: int


class ExportedReceiptAnswer(Answer):
    id: str
    reference: str
    kind: str
    amount: int = Field(description="In the currency's smallest unit.")
    currency: str
    store: str | None
    occurred_at: Time
    received_at: Time


class ListedReceiptAnswer(ExportedReceiptAnswer):
    member: str


class ReceiptsAnswer(Answer):
    """The last recorded first."""

    receipts: list[ListedReceiptAnswer]
    next_cursor: str | None
