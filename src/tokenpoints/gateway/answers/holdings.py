"""What a member holds, and how it came to be."""

from __future__ import annotations

from pydantic import Field

from tokenpoints.domain.catalogue import VoucherKind, VoucherState
from tokenpoints.domain.entries import AwardStatus, EntryType
from tokenpoints.gateway.answers.awards import AwardAnswer
from tokenpoints.gateway.answers.fields import AddressText, Answer, HashText, Points, Time
from tokenpoints.gateway.answers.members import MeAnswer
from tokenpoints.gateway.answers.receipts import ExportedReceiptAnswer


class LotAnswer(Answer):
    points: Points
    expires_at: Time | None = Field(
        description="The first moment at which they no longer count; null where they always will."
    )


class TierAnswer(Answer):
    number: int = Field(description="From 0, the lowest.")
    name: str
    points: Points = Field(description="Awarded in the present tier period.")


class BalanceAnswer(Answer):
    member: str
    account: AddressText
    active: Points = Field(description="Live now and confirmed on chain.")
    pending: Points = Field(description="Expected from awards that are not on chain yet.")
    expiring_next: LotAnswer | None
    lots: list[LotAnswer] = Field(description="The live lots, oldest first.")
    tier: TierAnswer | None = Field(description="Null in a program without tiers.")
    block_number: int | None = Field(description="The block up to which this is true.")
    at: Time | None = Field(
        description="The moment that was asked for; null for now. What is `pending` is so now, whatever the moment."
    )


class ExpiriesAnswer(Answer):
    member: str
    expiries: list[LotAnswer] = Field(description="What ends together, the next first.")
    lasting: Points = Field(description="Points that never expire.")


class NextTierAnswer(Answer):
    number: int
    name: str
    threshold: Points = Field(description="Points of a tier period that lead to it.")
    missing: Points = Field(description="Of these, those that are missing in the present period.")


class TierStandingAnswer(Answer):
    number: int = Field(description="From 0, the lowest.")
    name: str
    points: Points = Field(description="Awarded in the present tier period.")
    period_ends_at: Time | None = Field(description="Null beyond the calendar.")
    effective_until: Time | None = Field(description="The tier holds at least until then. Null beyond the calendar.")
    after_period: str = Field(description="The tier to which the points so far lead when the period ends.")
    next: NextTierAnswer | None = Field(description="Null in the highest tier.")


class TierStatusAnswer(Answer):
    member: str
    tier: TierStandingAnswer | None = Field(description="Null in a program without tiers.")


class VoucherAnswer(Answer):
    id: str = Field(description="The redemption's number, and the ERC-1155 id.")
    reward: int
    kind: VoucherKind
    state: VoucherState
    quantity: int = Field(description="That was redeemed.")
    left: int = Field(description="That the account still holds.")
    use_count: int = Field(description="Uses of a season pass.")
    number: int | None = Field(description="Of the piece in a limited edition.")
    points: Points = Field(description="That were paid.")
    soulbound: bool = Field(description="Whether it stays with the account.")
    redeemed_at: Time
    expires_at: Time | None
    transaction_hash: HashText


class VouchersAnswer(Answer):
    """Newest first."""

    vouchers: list[VoucherAnswer]
    next_cursor: str | None


class EntryReceiptAnswer(Answer):
    reference: str
    amount: int | None
    occurred_at: Time | None


class EntryAnswer(Answer):
    id: str
    account: AddressText = Field(description="The member's, or that of somebody who was merged with them.")
    type: EntryType
    amount: Points
    balance_after: Points
    status: AwardStatus
    recorded_at: Time = Field(description="The block's time.")
    rule: int | None
    rule_version: int | None
    rule_name: str | None
    reference: str | None = Field(description="Of the receipt that was awarded.")
    receipt: EntryReceiptAnswer | None
    counterparty: AddressText | None
    batch_number: int | None
    batch_position: int | None
    transaction_hash: HashText | None = Field(description="None where points ended with an epoch, by the calendar.")
    log_index: int | None
    block_number: int
    confirmations: int


class EntriesAnswer(Answer):
    """Newest first."""

    entries: list[EntryAnswer]
    next_cursor: str | None


class ExportAnswer(Answer):
    """Everything of one member, as of one moment."""

    exported_at: Time
    program: str
    member: MeAnswer
    balance: BalanceAnswer
    tier: TierStandingAnswer | None
    receipts: list[ExportedReceiptAnswer] = Field(description="Oldest first.")
    awards: list[AwardAnswer] = Field(description="Newest first, as are the two below.")
    entries: list[EntryAnswer]
    vouchers: list[VoucherAnswer]
