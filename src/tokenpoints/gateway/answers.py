"""The shapes of what callers get. Points are decimal strings, times RFC 3339 in UTC, hashes hex."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tokenpoints.domain.actions import Reason
from tokenpoints.domain.adjustments import AdjustmentState
from tokenpoints.domain.catalogue import VoucherKind, VoucherState
from tokenpoints.domain.clawbacks import ClawbackState
from tokenpoints.domain.entries import AwardStatus, EntryType
from tokenpoints.domain.keys import KeyRole, Scope
from tokenpoints.domain.operations import Role
from tokenpoints.domain.programs import ReceiptKind
from tokenpoints.domain.reconciliation import DifferenceKind
from tokenpoints.domain.submissions import Wait
from tokenpoints.domain.webhooks import DisabledWhy, EventType, MessageState
from tokenpoints.earning.recording import WithoutAward

Points = Annotated[str, Field(pattern=r"^-?[0-9]+$", examples=["1177"])]
"""In the token's base unit."""
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2017-01-07T18:55:24Z"])]
AddressText = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$")]
"""With the checksum of EIP-55."""
HashText = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]

Wei = Annotated[str, Field(pattern=r"^[0-9]+$", examples=["1000000000"])]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProblemFault(_Answer):
    """One thing that is wrong with the request."""

    pointer: str = Field(description="A JSON pointer into the body, or the name of a parameter.")
    detail: str


class StepUpAnswer(_Answer):
    """What a token has to be issued for."""

    kind: str = Field(examples=["redeem"])
    points: Points


class ProblemAnswer(BaseModel):
    """A problem (RFC 9457)."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(examples=["/problems/reference_conflict"])
    title: str
    status: int
    detail: str
    code: str = Field(examples=["reference_conflict"])
    errors: list[ProblemFault] = Field(description="At most 100.")
    errors_omitted: int | None = Field(default=None, description="How many more there are, if any.")
    subjects: list[str] | None = Field(
        default=None, description="With `idempotency_answer_not_kept`: the ids of what was made."
    )
    reason: Reason | None = Field(default=None, description="With `action_refused`: why.")
    step_up: StepUpAnswer | None = Field(default=None, description="With `step_up_required`: what to ask for.")


class CurrencyAnswer(_Answer):
    code: str = Field(examples=["USD"])
    exponent: int = Field(description="Decimal places of the smallest unit, which amounts count.")


class TermsAnswer(_Answer):
    """A version of a rule, as it is read from the chain."""

    version: int
    effective_at: Time | None = Field(description="When it is in force from; null for the first version.")
    opens_at: Time | None
    closes_at: Time | None = Field(description="Null where the rule does not close.")
    numerator: str
    denominator: str
    fixed_points: Points
    multipliers: list[str] = Field(description="By tier, the lowest first.", examples=[["1", "1", "1.25", "1.5"]])
    cap_per_award: Points
    budget: Points
    budget_window_seconds: int
    terms_hash: HashText


class RuleAnswer(_Answer):
    id: int
    name: str
    earns_on: ReceiptKind
    terms_document: str
    terms: TermsAnswer | None = Field(
        description="The version in force. Null before the indexer has read it; receipts wait for it."
    )
    announced: TermsAnswer | None = Field(description="The version that is announced, if any.")


class ContractsAnswer(_Answer):
    access: AddressText
    token: AddressText
    rules: AddressText
    rewards: AddressText
    vouchers: AddressText
    exchange: AddressText
    accounts: AddressText


class ProgramAnswer(_Answer):
    slug: str
    name: str
    symbol: str
    decimals: int = Field(description="Decimal places of a point.")
    currency: CurrencyAnswer
    chain_id: int
    issuer: AddressText
    contracts: ContractsAnswer
    rules: list[RuleAnswer]


class ProgramsAnswer(_Answer):
    programs: list[ProgramAnswer]


class MemberAnswer(_Answer):
    id: str = Field(examples=["mem_01JD2Y6X9V5T3Q8R7W4Z1B0CDE"])
    customer_id: str
    account: AddressText
    created_at: Time


class EnrolledAnswer(MemberAnswer):
    created: bool = Field(description="False where the customer was a member already.")


class EnrolledMembersAnswer(_Answer):
    """In the order of the customer ids."""

    members: list[EnrolledAnswer]
    created: int


class MembersAnswer(_Answer):
    members: list[MemberAnswer]
    next_cursor: str | None


class LotAnswer(_Answer):
    points: Points
    expires_at: Time | None = Field(
        description="The first moment at which they no longer count; null where they always will."
    )


class TierAnswer(_Answer):
    number: int = Field(description="From 0, the lowest.")
    name: str
    points: Points = Field(description="Awarded in the present tier period.")


class BalanceAnswer(_Answer):
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


class ExpiriesAnswer(_Answer):
    member: str
    expiries: list[LotAnswer] = Field(description="What ends together, the next first.")
    lasting: Points = Field(description="Points that never expire.")


class NextTierAnswer(_Answer):
    number: int
    name: str
    threshold: Points = Field(description="Points of a tier period that lead to it.")
    missing: Points = Field(description="Of these, those that are missing in the present period.")


class TierStandingAnswer(_Answer):
    number: int = Field(description="From 0, the lowest.")
    name: str
    points: Points = Field(description="Awarded in the present tier period.")
    period_ends_at: Time | None = Field(description="Null beyond the calendar.")
    effective_until: Time | None = Field(description="The tier holds at least until then. Null beyond the calendar.")
    after_period: str = Field(description="The tier to which the points so far lead when the period ends.")
    next: NextTierAnswer | None = Field(description="Null in the highest tier.")


class TierStatusAnswer(_Answer):
    member: str
    tier: TierStandingAnswer | None = Field(description="Null in a program without tiers.")


class VoucherAnswer(_Answer):
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


class VouchersAnswer(_Answer):
    """Newest first."""

    vouchers: list[VoucherAnswer]
    next_cursor: str | None


class MeAnswer(_Answer):
    """The member whose token it is."""

    id: str
    customer_id: str
    account: AddressText
    created_at: Time
    program: str
    program_name: str


class MemberTokenAnswer(_Answer):
    """With `Authorization: Bearer`, for `/v1/me`."""

    token: str = Field(description="A JWT. It is not shown again.")
    token_type: Literal["Bearer"]
    member: str
    expires_at: Time


class NonceAnswer(_Answer):
    """What a message of EIP-4361 has to say."""

    nonce: str
    expires_at: Time
    chain_id: int
    domains: list[str] = Field(description="On which members sign in.")


class ExportedReceiptAnswer(_Answer):
    id: str
    reference: str
    kind: str
    amount: int = Field(description="In the currency's smallest unit.")
    currency: str
    store: str | None
    occurred_at: Time
    received_at: Time


class EntryReceiptAnswer(_Answer):
    reference: str
    amount: int | None
    occurred_at: Time | None


class EntryAnswer(_Answer):
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


class EntriesAnswer(_Answer):
    """Newest first."""

    entries: list[EntryAnswer]
    next_cursor: str | None


class ExpectedAwardAnswer(_Answer):
    id: str
    rule: int
    points_expected: Points
    status: AwardStatus


class RecordedReceiptAnswer(_Answer):
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


class RecordedReceiptsAnswer(_Answer):
    """In the order in which they were sent."""

    receipts: list[RecordedReceiptAnswer]
    recorded: int
    replayed: int


class AwardAnswer(_Answer):
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


class ExportAnswer(_Answer):
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


class AwardsAnswer(_Answer):
    """Newest first."""

    awards: list[AwardAnswer]
    next_cursor: str | None


class AwardCountsAnswer(_Answer):
    """A program's awards by status."""

    pending: int
    dead: int
    confirmed: int
    finalized: int
    refused: int
    refused_by_reason: dict[str, int]


class LineAnswer(_Answer):
    """A line of a purchase, and how much of it was given back."""

    line: int = Field(description="Its number, from 1.")
    sku: str
    category: str | None
    quantity: int
    amount: int
    refunded_quantity: int


class RefundedLineAnswer(_Answer):
    line: int
    quantity: int


class RestoredAnswer(_Answer):
    """A redemption that a refund restores."""

    redemption: int
    state: Literal["waiting", "restoring", "done", "refused"]
    detail: str | None = Field(description="Why it waits or was refused.")
    operation: str | None
    award: str | None = Field(description="That stands in its place, where its vouchers are used.")


class RefundAnswer(_Answer):
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


class AdjustmentAnswer(_Answer):
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


class AdjustmentsAnswer(_Answer):
    """Newest first."""

    adjustments: list[AdjustmentAnswer]
    next_cursor: str | None


class ReceiptAnswer(_Answer):
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


class ListedReceiptAnswer(ExportedReceiptAnswer):
    member: str


class ReceiptsAnswer(_Answer):
    """The last recorded first."""

    receipts: list[ListedReceiptAnswer]
    next_cursor: str | None


class DifferenceAnswer(_Answer):
    kind: DifferenceKind
    subject: str = Field(
        description="The account, the token of the supply, `rule 1 version 2` or `<issuer> batch 7`.",
        examples=["0x7c5e36951decdef58d70d8651bdba893e852b1ae"],
    )
    in_database: str
    on_chain: str


class ReconciliationAnswer(_Answer):
    """What the last comparison of the database with the chain found."""

    block_number: int = Field(description="The block at which everything was compared.")
    block_hash: HashText
    compared_at: Time
    accounts: int = Field(description="How many accounts were compared, those without points included.")
    rule_versions: int
    batches: int
    difference_count: int
    differences: list[DifferenceAnswer] = Field(description="The first hundred.")


class SubmitterAnswer(_Answer):
    """How the submitter of one issuer's key is doing, as it last said."""

    issuer: AddressText
    state: Literal["working", "waiting", "silent"] = Field(
        description="`silent`: it has said nothing for a minute. Receipts are accepted in every state."
    )
    wait: Wait | None = Field(description="Why it sends nothing new.")
    detail: str
    since: Time = Field(description="When it began to wait, or to work.")
    observed_at: Time
    batches_in_flight: int = Field(description="Sealed and not on chain.")
    oldest_unsealed_at: Time | None = Field(description="Since when an award waits for a batch, if any does.")
    balance_wei: str = Field(pattern=r"^[0-9]+$", examples=["9998300000000000000"])
    base_fee_wei: str = Field(pattern=r"^[0-9]+$", examples=["1000000000"])
    nonce: int


class OperatorAnswer(_Answer):
    """How the key of a role is doing, as its process last said."""

    role: Role
    address: AddressText
    delay_seconds: int
    state: Literal["working", "waiting", "silent"] = Field(
        description="`silent`: it has said nothing for a minute. Operations are recorded in every state."
    )
    wait: Wait | None
    detail: str
    operations_open: int = Field(description="Of the key, in all programs: not final yet.")
    balance_wei: Wei
    observed_at: Time


class StatusAnswer(_Answer):
    """Whether awards reach the chain."""

    submitters: list[SubmitterAnswer] = Field(description="Empty before the first has looked at the chain.")
    operators: list[OperatorAnswer] = Field(description="The keys that make operations, by role.")


class WebhookAnswer(_Answer):
    id: str = Field(examples=["whk_01JD2Y6X9V5T3Q8R7W4Z1B0CDE"])
    url: str = Field(examples=["https://shop.example.com/hooks/points"])
    events: list[EventType]
    created_at: Time
    failing_since: Time | None = Field(description="Since when every attempt failed; null while it is well.")
    disabled_at: Time | None = Field(description="Since when nothing is sent to it.")
    disabled_why: DisabledWhy | None
    previous_secret_until: Time | None = Field(description="Until when the secret before this one signs too.")


class WebhookWithSecretAnswer(WebhookAnswer):
    """The only answers that show the secret."""

    secret: str | None = Field(
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="], description="None in a dry run."
    )


class WebhooksAnswer(_Answer):
    """Newest first."""

    webhooks: list[WebhookAnswer]
    next_cursor: str | None


class MessageAnswer(_Answer):
    id: str = Field(description="The `webhook-id`.", examples=["msg_5RZQ3M7PYXG2A4TBWJ6KCNDLFVOEHSUI"])
    type: EventType
    state: MessageState
    created_at: Time
    attempts: int = Field(description="Since it was made, or replayed.")
    next_attempt_at: Time | None = Field(description="Null where none is to come.")
    last_attempt_at: Time | None
    last_status: int | None = Field(description="Of the last answer; null where there was none.")
    last_error: str | None
    body: dict[str, Any] = Field(description="What is sent.")


class MessagesAnswer(_Answer):
    """Newest first."""

    messages: list[MessageAnswer]
    next_cursor: str | None


class ReplayedAnswer(_Answer):
    replayed: int = Field(description="How many messages are sent again.")


class KeyLimitsAnswer(_Answer):
    """Null where it is not limited."""

    receipt_amount: int | None
    day_amount: int | None
    day_count: int | None


class KeyAnswer(_Answer):
    id: str = Field(description="Also stands in the key's text.", examples=["key_01JD2Y6X9V5T3Q8R7W4Z1B0CDE"])
    name: str = Field(examples=["till 7"])
    role: KeyRole
    scopes: list[Scope]
    store: str | None
    member: str | None = Field(description="The cashier, to whom it awards nothing.")
    limits: KeyLimitsAnswer
    created_at: Time
    expires_at: Time | None
    revoked_at: Time | None
    last_used_at: Time | None = Field(description="To the minute.")
    replaced_by: str | None = Field(description="The id of the key for which it was rotated.")


class KeyWithTextAnswer(KeyAnswer):
    """The only answers that show the key itself."""

    key: str | None = Field(examples=["tp_test_01JD2Y6X9V5T3Q8R7W4Z1B0CDE…"], description="None in a dry run.")


class KeysAnswer(_Answer):
    """Newest first."""

    keys: list[KeyAnswer]
    next_cursor: str | None


class AuditEntryAnswer(_Answer):
    number: int = Field(description="In the program, from 1, without gaps.")
    at: Time
    key: str | None = Field(description="The API key's id; null for the installation's command line.")
    action: str = Field(examples=["record_receipts"])
    outcome: str = Field(description="`done`, or the code of the problem for which nothing was.", examples=["done"])
    subjects: list[str] = Field(description="The first 20 ids of what it was done to.")
    subject_count: int
    subjects_hash: HashText = Field(description="SHA-256 of all these ids, one a line.")
    request: str | None = Field(description="The `X-Request-Id`.")
    previous_hash: HashText
    hash: HashText


class AuditLogAnswer(_Answer):
    """Newest first."""

    entries: list[AuditEntryAnswer]
    next_cursor: str | None


class LiveAnswer(_Answer):
    status: Literal["live"] = "live"


class CheckpointAnswer(_Answer):
    block_number: int
    head_number: int
    finalized_number: int
    observed_at: Time
    age_seconds: float


class ReadyAnswer(_Answer):
    status: Literal["ready"] = "ready"
    database: Literal["reachable"] = "reachable"
    checkpoint: CheckpointAnswer
