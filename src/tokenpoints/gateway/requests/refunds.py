"""Points given back, taken and given by hand."""

from __future__ import annotations

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tokenpoints.domain.adjustments import AdjustmentState
from tokenpoints.domain.lines import LINE_COUNT_MAX, QUANTITY_MAX, LineToRefund
from tokenpoints.earning.adjusting import AdjustmentRequest
from tokenpoints.earning.refunding import RefundRequest
from tokenpoints.gateway.requests.fields import Amount, Identifier, Instant, Page, Reason, Sent, SignedPoints
from tokenpoints.gateway.requests.receipts import _REDEMPTIONS_MAX, Redemption


class PiecesToRefund(Sent):
    """Pieces of a line: exactly one of `line` and `sku`."""

    line: int | None = Field(default=None, ge=1, le=LINE_COUNT_MAX, description="Its number in the purchase, from 1.")
    sku: Identifier | None = Field(default=None, description="Where one line has it.")
    quantity: int | None = Field(default=None, ge=1, le=QUANTITY_MAX, description="Default: all that are left.")

    @model_validator(mode="after")
    def _either(self) -> PiecesToRefund:
        if (self.line is None) == (self.sku is None):
            raise PydanticCustomError("invalid_input", "must have exactly one of line and sku")
        return self


class RefundToRecord(Sent):
    """What is given back: `lines`, an `amount` of a receipt without lines, or with neither all that is left."""

    reference: Identifier = Field(description="The brand's own id of the refund, unique among all receipts.")
    lines: list[PiecesToRefund] | None = Field(default=None, min_length=1, max_length=LINE_COUNT_MAX)
    amount: Amount | None = None
    redemptions: list[Redemption] | None = Field(
        default=None,
        max_length=_REDEMPTIONS_MAX,
        description="Which of the purchase's are restored. Default: all of them once nothing of it is left.",
    )
    occurred_at: Instant | None = Field(default=None, description="Default: now.")
    store: Identifier | None = None
    channel: Identifier | None = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def _one_way(self) -> RefundToRecord:
        if self.lines is not None and self.amount is not None:
            raise PydanticCustomError("invalid_input", "lines and amount do not go together")
        if self.redemptions is not None and len(set(self.redemptions)) < len(self.redemptions):
            raise PydanticCustomError("invalid_input", "redemptions names one twice")
        return self

    def request(self, own_store: str | None) -> RefundRequest:
        """The refund as the product knows it."""
        lines = self.lines
        return RefundRequest(
            reference=self.reference,
            lines=None if lines is None else [LineToRefund(each.line, each.sku, each.quantity) for each in lines],
            amount=self.amount,
            redemptions=self.redemptions,
            occurred_at=self.occurred_at,
            store=self.store or own_store,
            channel=self.channel,
            reason=self.reason,
        )


class AdjustmentToMake(Sent):
    """Points to give or to take by hand. Names the member by exactly one of `member` and `customer_id`."""

    reference: Identifier = Field(description="The brand's own id of it, unique among all receipts.")
    member: str | None = Field(default=None, max_length=40, description="A member's id.")
    customer_id: Identifier | None = None
    points: SignedPoints
    reason: Reason = Field(description="Why. Keep personal data out of it.", examples=["goodwill: late delivery"])
    occurred_at: Instant | None = Field(default=None, description="Default: now.")

    def request(self) -> AdjustmentRequest:
        """The adjustment as the product knows it."""
        return AdjustmentRequest(
            reference=self.reference,
            member_id=self.member,
            customer_id=self.customer_id,
            points=self.points,
            reason=self.reason,
            occurred_at=self.occurred_at,
        )


class AdjustmentsQuery(Page):
    """Which adjustments to list."""

    state: AdjustmentState | None = None
