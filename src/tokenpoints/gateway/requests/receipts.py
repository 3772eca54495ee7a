"""What happened in the shop, and what is asked about it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tokenpoints.domain.entries import AwardStatus
from tokenpoints.domain.lines import LINE_COUNT_MAX, QUANTITY_MAX, Line
from tokenpoints.domain.programs import ReceiptKind
from tokenpoints.earning.intake import Draft
from tokenpoints.gateway.requests.fields import BULK_COUNT_MAX, Amount, Identifier, Instant, LineAmount, Page, Sent

_REDEMPTIONS_MAX = 50


Redemption = Annotated[int, Field(ge=1, lt=1 << 63)]


class LineToRecord(Sent):
    """A line of a purchase. What is sold by weight has quantity 1."""

    sku: Identifier
    category: Identifier | None = None
    quantity: int = Field(default=1, ge=1, le=QUANTITY_MAX)
    amount: LineAmount


class MemberNamed(Sent):
    """A member, by exactly one of the two."""

    member: str | None = Field(default=None, max_length=40, description="A member's id.")
    customer_id: Identifier | None = None


class ReceiptToRecord(Sent):
    """What happened. Names the member by exactly one of `member` and `customer_id`; a referral by `referrer`."""

    reference: Identifier = Field(description="The brand's own id of this receipt, unique for ever in the program.")
    member: str | None = Field(default=None, max_length=40, description="A member's id.")
    customer_id: Identifier | None = None
    kind: Literal[
        "purchase",
        "visit",
        "sign_up",
        "birthday",
        "anniversary",
        "survey",
        "review",
        "referral",
        "social",
        "donation",
    ]
    amount: Amount = Field(default_factory=int, description="Of a purchase or a donation.")
    currency: str | None = Field(default=None, max_length=3, description="The program's own, where it is given.")
    occurred_at: Instant
    store: Identifier | None = Field(default=None, description="Where it happened. A store's key need not say it.")
    channel: Identifier | None = Field(
        default=None, description="What sent it, like `pos` or `web`; no part of the receipt.", examples=["pos"]
    )
    lines: list[LineToRecord] | None = Field(
        default=None,
        min_length=1,
        max_length=LINE_COUNT_MAX,
        description="Of a purchase. They add up to its amount; a refund can name them.",
    )
    redemptions: list[Redemption] | None = Field(
        default=None,
        min_length=1,
        max_length=_REDEMPTIONS_MAX,
        description="Of a purchase: redemptions whose vouchers were used in it. A refund can restore them.",
    )
    subject: Identifier | None = Field(
        default=None, description="Which survey, product, post or cause it was.", examples=["spring-survey"]
    )
    referrer: MemberNamed | None = Field(default=None, description="Of a referral: who brought the friend.")
    friend: MemberNamed | None = Field(default=None, description="Of a referral: who has not bought anything yet.")

    @model_validator(mode="after")
    def _of_one_kind(self) -> ReceiptToRecord:
        is_referral = self.kind == "referral"
        if is_referral != (self.referrer is not None) or is_referral != (self.friend is not None):
            raise PydanticCustomError(
                "invalid_input", "referrer and friend go with the kind referral, which needs both"
            )
        if is_referral and (self.member is not None or self.customer_id is not None):
            raise PydanticCustomError("invalid_input", "a referral names its member as referrer")
        if self.redemptions is not None and len(set(self.redemptions)) < len(self.redemptions):
            raise PydanticCustomError("invalid_input", "redemptions names one twice")
        return self

    def draft(self) -> Draft:
        """The receipt as the product knows it."""
        member = self.referrer or self
        details: dict[str, Any] = {}
        if self.lines is not None:
            details["lines"] = [
                Line(line.sku, line.quantity, line.amount, line.category).as_json() for line in self.lines
            ]
        if self.redemptions is not None:
            details["redemptions"] = self.redemptions
        if self.subject is not None:
            details["subject"] = self.subject
        return Draft(
            reference=self.reference,
            member_id=member.member,
            customer_id=member.customer_id,
            kind=ReceiptKind(self.kind),
            amount=self.amount,
            currency=self.currency,
            occurred_at=self.occurred_at,
            store=self.store,
            channel=self.channel,
            details=details,
            friend_member_id=None if self.friend is None else self.friend.member,
            friend_customer_id=None if self.friend is None else self.friend.customer_id,
        )


class ReceiptsToRecord(Sent):
    """Many receipts at once; all are recorded or none."""

    receipts: list[ReceiptToRecord] = Field(min_length=1, max_length=BULK_COUNT_MAX)


class AwardsQuery(Page):
    """Which awards to list."""

    member: str | None = Field(default=None, max_length=40)
    status: AwardStatus | None = None
    reference: Identifier | None = None
    since: Instant | None = Field(default=None, alias="from", description="Recorded then or later.")
    until: Instant | None = Field(default=None, alias="to", description="Recorded before.")


class ReceiptsQuery(Page):
    """Which receipts to list."""

    member: str | None = Field(default=None, max_length=40)
    reference: Identifier | None = None
    store: Identifier | None = Field(default=None, description="A store's key lists its own store's.")
    kind: ReceiptKind | None = None
    since: Instant | None = Field(default=None, alias="from", description="Occurred then or later.")
    until: Instant | None = Field(default=None, alias="to", description="Occurred before.")
