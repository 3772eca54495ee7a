# Made by scripts/generate_client.py out of the gateway's OpenAPI document: `make client` makes it again.
"""What is sent to the gateway, and what it answers."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from tokenpoints.client.model import Model

AdjustmentState: TypeAlias = Literal["pending", "approved", "rejected", "expired"]
"""How far an adjustment is."""


class AdjustmentToMake(Model, frozen=True, kw_only=True):
    """Points to give or to take by hand. Names the member by exactly one of `member` and `customer_id`."""

    reference: str
    """The brand's own id of it, unique among all receipts."""
    points: int | str
    """In the token's base unit; below 0 they are taken."""
    reason: str
    """Why. Keep personal data out of it."""
    member: str | UnsetType | None = UNSET
    """A member's id."""
    customer_id: str | UnsetType | None = UNSET
    occurred_at: str | UnsetType | None = UNSET
    """Default: now."""


AgreementState: TypeAlias = Literal["proposed_by_us", "proposed_to_us", "agreed", "in_force", "notice", "ended"]
"""Where an agreement stands, as one of its sides sees it."""


class AgreementToAccept(Model, frozen=True, kw_only=True):
    """Where the other side's signature is."""

    counterpart: str
    """The other program's PartnerExchange."""


class AgreementToSign(Model, frozen=True, kw_only=True):
    """What two brands agree on; the other signs the very same. Amounts are base units of the tokens."""

    source: str
    """PartnerExchange of the program whose points are burned."""
    source_points: str | int
    """Burned for each `target_points`."""
    target: str
    """PartnerExchange of the program whose points are minted."""
    target_points: str | int
    quota: str | int
    """Most points minted in any window."""
    quota_window_seconds: int
    opens_at: str
    """RFC 3339 with a zone, from 1970."""
    terms_hash: str
    closes_at: str | UnsetType | None = UNSET
    settlement: str | int | UnsetType = UNSET
    """Of the settlement token, for each `source_points`."""
    settlement_token: str | UnsetType | None = UNSET
    beneficiary: str | UnsetType | None = UNSET


Approval: TypeAlias = Literal["token", "step_up", "signature", "brand"]
"""What proved that a member wants an action."""


class AuditEntryAnswer(Model, frozen=True, kw_only=True):
    number: int
    """In the program, from 1, without gaps."""
    at: str
    key: str | None
    """The API key's id; null for the installation's command line."""
    action: str
    outcome: str
    """`done`, or the code of the problem for which nothing was."""
    subjects: list[str]
    """The first 20 ids of what it was done to."""
    subject_count: int
    subjects_hash: str
    """SHA-256 of all these ids, one a line."""
    request: str | None
    """The `X-Request-Id`."""
    previous_hash: str
    hash: str


class AuditLogAnswer(Model, frozen=True, kw_only=True):
    """Newest first."""

    entries: list[AuditEntryAnswer]
    next_cursor: str | None


class AwardCountsAnswer(Model, frozen=True, kw_only=True):
    """A program's awards by status."""

    pending: int
    dead: int
    confirmed: int
    finalized: int
    refused: int
    refused_by_reason: dict[str, int]


AwardStatus: TypeAlias = Literal["pending", "confirmed", "finalized", "refused", "dead"]
"""
How far an award has come. What is confirmed can still be undone by a reorg; what is finalized cannot. What is
dead the contract would revert for; it waits until somebody retries it.
"""


class CharityAnswer(Model, frozen=True, kw_only=True):
    """An account to which members can donate."""

    account: str
    name: str


class CharityToList(Model, frozen=True, kw_only=True):
    """How members know the charity."""

    name: str


class CheckpointAnswer(Model, frozen=True, kw_only=True):
    block_number: int
    head_number: int
    finalized_number: int
    observed_at: str
    age_seconds: float


ClawbackState: TypeAlias = Literal["waiting", "taking", "done"]
"""How far a clawback is."""


class ComparedAnswer(Model, frozen=True, kw_only=True):
    """The contract's own figures at the last block."""

    agrees: bool
    burned: str
    escrow: str
    owed: str


class ContractsAnswer(Model, frozen=True, kw_only=True):
    access: str
    token: str
    rules: str
    rewards: str
    vouchers: str
    exchange: str
    accounts: str


class Currency(Model, frozen=True, kw_only=True):
    """What amounts of receipts are in. Amounts count the smallest unit, as in ISO 4217."""

    code: str
    exponent: int


class CurrencyAnswer(Model, frozen=True, kw_only=True):
    code: str
    exponent: int
    """Decimal places of the smallest unit, which amounts count."""


DifferenceKind: TypeAlias = Literal["account", "supply", "rule", "batch"]
"""What differs."""


DisabledWhy: TypeAlias = Literal["requested", "gone", "failing"]
"""Why nothing is sent to an endpoint."""


class EnrolledAnswer(Model, frozen=True, kw_only=True):
    id: str
    customer_id: str
    account: str
    created_at: str
    created: bool
    """False where the customer was a member already."""


class EnrolledMembersAnswer(Model, frozen=True, kw_only=True):
    """In the order of the customer ids."""

    members: list[EnrolledAnswer]
    created: int


class EntryReceiptAnswer(Model, frozen=True, kw_only=True):
    reference: str
    amount: int | None
    occurred_at: str | None


EntryType: TypeAlias = Literal[
    "award",
    "transfer_in",
    "transfer_out",
    "expiry",
    "redemption",
    "refund",
    "conversion_in",
    "conversion_out",
    "clawback",
    "tier",
    "freeze",
    "unfreeze",
    "partner",
    "expiry_logged",
]
"""Why an account changed. The last five change no balance."""


class ErasedAccountAnswer(Model, frozen=True, kw_only=True):
    """An account that nobody is known to have any more."""

    account: str
    points: str
    """That it has now."""
    points_become: Literal["transfer", "redeem", "expire", "kept"] | None
    """`kept`: the member has claimed the account. Null where there are none."""


ErasureState: TypeAlias = Literal["waiting", "erased", "failed"]
"""How far an erasure is."""


class ErasureStatusAnswer(Model, frozen=True, kw_only=True):
    """How far an erasure is."""

    id: str | None
    """Null in a dry run."""
    state: ErasureState | None
    requested_at: str | None
    erased_at: str | None
    erased: dict[str, int]
    """How many rows of what are gone."""


class EscrowToDeposit(Model, frozen=True, kw_only=True):
    """What is paid into an escrow, out of the operator's own."""

    amount: str | int


class EscrowToWithdraw(Model, frozen=True, kw_only=True):
    """What is taken out of an escrow, and where it goes."""

    amount: str | int
    to: str


EventType: TypeAlias = Literal["award.minted", "award.refused", "award.clawed_back", "entry.created"]
"""What can be told. Everything on chain is told by exactly one of these, once its block is finalized."""


class ExpectedAwardAnswer(Model, frozen=True, kw_only=True):
    id: str
    rule: int
    points_expected: str
    status: AwardStatus


class ExportedMessageAnswer(Model, frozen=True, kw_only=True):
    """A webhook's message that names the member."""

    id: str
    webhook: str
    type: EventType
    created_at: str
    delivered_at: str | None
    body: dict[str, Any]


class ExportedReceiptAnswer(Model, frozen=True, kw_only=True):
    id: str
    reference: str
    kind: str
    amount: int
    """In the currency's smallest unit."""
    currency: str
    store: str | None
    occurred_at: str
    received_at: str


FreezeReason: TypeAlias = Literal["member_request", "suspected_fraud", "legal_order"]
"""Why an account is frozen, in the order of the contract's numbers."""


GrantedRole: TypeAlias = Literal["owner", "operator", "issuer", "guardian", "custodian", "adjuster"]
"""Roles of a program, in the order of the contract's numbers."""


Hindrance: TypeAlias = Literal["not_in_force", "too_small", "quota", "escrow", "program_ended", "end_announced"]
"""Why a conversion would be refused now."""


class IssuerToSet(Model, frozen=True, kw_only=True):
    """How much a key can mint."""

    cap: str | int
    """Most points in any day; 0 stops it."""


class KeyLimits(Model, frozen=True, kw_only=True):
    """The most that a store's or a cashier's key records. Amounts are in the currency's smallest unit."""

    receipt_amount: int | str | UnsetType | None = UNSET
    """Of one receipt."""
    day_amount: int | str | UnsetType | None = UNSET
    """Of all new receipts of a day of the program."""
    day_count: int | UnsetType | None = UNSET
    """New receipts of such a day."""


class KeyLimitsAnswer(Model, frozen=True, kw_only=True):
    """Null where it is not limited."""

    receipt_amount: int | None
    day_amount: int | None
    day_count: int | None


KeyRole: TypeAlias = Literal["admin", "integration", "store", "cashier", "read", "platform"]
"""Whom a key is for."""


class KeyToRotate(Model, frozen=True, kw_only=True):
    """How an API key is replaced."""

    overlap_seconds: int | UnsetType = UNSET
    """How long the old key works on."""


class KeysOfProgram(Model, frozen=True, kw_only=True):
    """Who will act for a program, by role. Without owner, operator, guardian or adjuster, the deployer's key does."""

    issuer: str
    custodian: str
    owner: str | UnsetType | None = UNSET
    operator: str | UnsetType | None = UNSET
    guardian: str | UnsetType | None = UNSET
    adjuster: str | UnsetType | None = UNSET
    owner_delay_seconds: int | UnsetType = UNSET
    operator_delay_seconds: int | UnsetType = UNSET


Kind: TypeAlias = Literal[
    "set_rule",
    "cancel_rule_change",
    "add_reward",
    "change_reward",
    "close_reward",
    "freeze",
    "unfreeze",
    "pause",
    "unpause",
    "set_issuer",
    "revoke_issuer",
    "grant_role",
    "revoke_role",
    "set_notice_period",
    "announce_end",
    "cancel_end",
    "set_partner",
    "remove_partner",
    "open_transfers",
    "set_metadata",
    "sign_agreement",
    "terminate_agreement",
    "withdraw_escrow",
    "move_points",
    "deposit_escrow",
    "collect_settlement",
    "create_program",
    "redeem",
    "transfer",
    "convert",
    "donate",
    "claim",
    "claw_back",
    "refund_redemption",
]
"""What is changed."""


class LimitsToSet(Model, frozen=True, kw_only=True):
    """Points that a member's plain token moves; what is more takes a step-up."""

    action_points: str | int
    day_points: str | int
    """Of the last 24 hours."""


class LineAnswer(Model, frozen=True, kw_only=True):
    """A line of a purchase, and how much of it was given back."""

    line: int
    """Its number, from 1."""
    sku: str
    category: str | None
    quantity: int
    amount: int
    refunded_quantity: int


LineKind: TypeAlias = Literal["conversion", "deposit", "withdrawal", "collection", "other_settlement", "termination"]
"""What a line says."""


class LineToRecord(Model, frozen=True, kw_only=True):
    """A line of a purchase. What is sold by weight has quantity 1."""

    sku: str
    amount: int | str
    """Of all pieces, after discounts, in the currency's smallest unit."""
    category: str | UnsetType | None = UNSET
    quantity: int | UnsetType = UNSET


class ListedReceiptAnswer(Model, frozen=True, kw_only=True):
    id: str
    reference: str
    kind: str
    amount: int
    """In the currency's smallest unit."""
    currency: str
    store: str | None
    occurred_at: str
    received_at: str
    member: str


class LiveAnswer(Model, frozen=True, kw_only=True):
    status: Literal["live"] | UnsetType = UNSET


class LotAnswer(Model, frozen=True, kw_only=True):
    points: str
    expires_at: str | None
    """The first moment at which they no longer count; null where they always will."""


class MeAnswer(Model, frozen=True, kw_only=True):
    """The member whose token it is."""

    id: str
    customer_id: str
    account: str
    created_at: str
    program: str
    program_name: str


class MemberAnswer(Model, frozen=True, kw_only=True):
    id: str
    customer_id: str
    account: str
    created_at: str


class MemberDetailAnswer(Model, frozen=True, kw_only=True):
    id: str
    customer_id: str
    account: str
    created_at: str
    merged: list[MemberAnswer]
    """Those who became this member, with the accounts that they had."""


class MemberNamed(Model, frozen=True, kw_only=True):
    """A member, by exactly one of the two."""

    member: str | UnsetType | None = UNSET
    """A member's id."""
    customer_id: str | UnsetType | None = UNSET


class MemberToEnrol(Model, frozen=True, kw_only=True):
    """A customer, by the id that the brand knows them by."""

    customer_id: str


class MemberTokenAnswer(Model, frozen=True, kw_only=True):
    """With `Authorization: Bearer`, for `/v1/me`."""

    token: str
    """A JWT. It is not shown again."""
    token_type: Literal["Bearer"]
    member: str
    expires_at: str


class MembersAnswer(Model, frozen=True, kw_only=True):
    members: list[MemberAnswer]
    next_cursor: str | None


class MembersToEnrol(Model, frozen=True, kw_only=True):
    """Many customers at once."""

    customer_ids: list[str]


class MergeToMake(Model, frozen=True, kw_only=True):
    """Who a member is."""

    into: str
    """The id of the member that they become."""


MessageState: TypeAlias = Literal["waiting", "delivered", "dead"]
"""How far a message has come."""


class MessagesToReplay(Model, frozen=True, kw_only=True):
    """One message, or all since a time. Exactly one of `message` and `since`."""

    message: str | UnsetType | None = UNSET
    """A message's id."""
    since: str | UnsetType | None = UNSET
    """Messages made then or later."""
    state: Literal["waiting", "delivered", "dead"] | UnsetType | None = UNSET
    """With `since`: only those in this state."""


Metadata: TypeAlias = Literal["points", "vouchers", "voucher_contract"]
"""Texts that say where metadata is."""


class MetadataToSet(Model, frozen=True, kw_only=True):
    """Where the metadata is, or the metadata as a `data:` URI."""

    uri: str


class NetAnswer(Model, frozen=True, kw_only=True):
    """Between the two programs, in one token."""

    settlement_token: str
    we_owe: str
    they_owe: str
    net: str
    """What they owe, less what we owe."""


class NextTierAnswer(Model, frozen=True, kw_only=True):
    number: int
    name: str
    threshold: str
    """Points of a tier period that lead to it."""
    missing: str
    """Of these, those that are missing in the present period."""


class NonceAnswer(Model, frozen=True, kw_only=True):
    """What a message of EIP-4361 has to say."""

    nonce: str
    expires_at: str
    chain_id: int
    domains: list[str]
    """On which members sign in."""


class NoticePeriodToSet(Model, frozen=True, kw_only=True):
    """A longer one holds at once, a shorter one after the present one."""

    notice_period_seconds: int


OperationState: TypeAlias = Literal["pending", "scheduled", "sent", "confirmed", "finalized", "failed", "cancelled"]
"""How far an operation has come."""


class PartyAnswer(Model, frozen=True, kw_only=True):
    """A program, as its contracts say."""

    exchange: str
    token: str
    name: str
    symbol: str
    decimals: int


class Pausing(Model, frozen=True, kw_only=True):
    """Until when: 14 days at most."""

    until: str
    """RFC 3339 with a zone, from 1970."""


class PiecesToRefund(Model, frozen=True, kw_only=True):
    """Pieces of a line: exactly one of `line` and `sku`."""

    line: int | UnsetType | None = UNSET
    """Its number in the purchase, from 1."""
    sku: str | UnsetType | None = UNSET
    """Where one line has it."""
    quantity: int | UnsetType | None = UNSET
    """Default: all that are left."""


class PlannedStepAnswer(Model, frozen=True, kw_only=True):
    """One transaction."""

    title: str
    to: str
    gas: int
    """0 where the node cannot tell before the steps ahead of it are made."""
    refusal: str | None
    """The contract's error, where it would refuse it."""


PointsOnErasure: TypeAlias = Literal["transfer", "redeem", "expire"]
"""What becomes of the points of whoever is erased."""


class PositionAnswer(Model, frozen=True, kw_only=True):
    """One direction, since it was signed."""

    agreement: str
    direction: Literal["out", "in"]
    state: AgreementState
    burned: str
    minted: str | None
    """Null where neither side's logs are indexed."""
    settled: str
    """What all conversions came to, collected or not."""
    settlement_token: str | None
    beneficiary: str | None
    escrow_free: str
    """Can be withdrawn, and pays for the next conversions."""
    owed: str
    """Bound: can be collected by the beneficiary. For all agreements of the source in that token."""
    collected: str | None
    """By the beneficiary, likewise. Null where this gateway does not serve the source."""


class ProblemFault(Model, frozen=True, kw_only=True):
    """One thing that is wrong with the request."""

    pointer: str
    """A JSON pointer into the body, or the name of a parameter."""
    detail: str


class ProblemText(Model, frozen=True, kw_only=True):
    """What all problems of one code share."""

    code: str
    status: int
    title: str
    meaning: str
    retryable: bool


class RateAnswer(Model, frozen=True, kw_only=True):
    """What points become, exactly."""

    source_points: str
    """Burned for each `target_points`."""
    target_points: str
    fraction: str
    """Minted for each one burned, in lowest terms."""
    text: str
    """In the caller's language."""


class ReadyAnswer(Model, frozen=True, kw_only=True):
    checkpoint: CheckpointAnswer
    status: Literal["ready"] | UnsetType = UNSET
    database: Literal["reachable"] | UnsetType = UNSET


Reason: TypeAlias = Literal[
    "insufficient_points",
    "unknown_reward",
    "reward_not_open",
    "out_of_stock",
    "limit_reached",
    "tier_too_low",
    "quantity_not_allowed",
    "price_differs",
    "transfer_not_allowed",
    "account_frozen",
    "program_paused",
    "program_ended",
    "agreement_not_in_force",
    "quota_used_up",
    "escrow_used_up",
    "amount_too_small",
    "points_end_too_soon",
    "partner_ending",
    "account_is_claimed",
    "no_custodian",
    "signature_expired",
    "signature_not_accepted",
    "nothing_done",
    "refused_by_contract",
]
"""Why an action is refused, or failed."""


ReceiptKind: TypeAlias = Literal[
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
    "adjustment",
    "refund",
]
"""What happened: in the shop, in the app, or in the back office."""


class ReceiptToRecord(Model, frozen=True, kw_only=True):
    """What happened. Names the member by exactly one of `member` and `customer_id`; a referral by `referrer`."""

    reference: str
    """The brand's own id of this receipt, unique for ever in the program."""
    kind: Literal[
        "purchase", "visit", "sign_up", "birthday", "anniversary", "survey", "review", "referral", "social", "donation"
    ]
    occurred_at: str
    """RFC 3339 with a zone, from 1970."""
    member: str | UnsetType | None = UNSET
    """A member's id."""
    customer_id: str | UnsetType | None = UNSET
    amount: int | str | UnsetType = UNSET
    """Of a purchase or a donation."""
    currency: str | UnsetType | None = UNSET
    """The program's own, where it is given."""
    store: str | UnsetType | None = UNSET
    """Where it happened. A store's key need not say it."""
    channel: str | UnsetType | None = UNSET
    """What sent it, like `pos` or `web`; no part of the receipt."""
    lines: list[LineToRecord] | UnsetType | None = UNSET
    """Of a purchase. They add up to its amount; a refund can name them."""
    redemptions: list[int] | UnsetType | None = UNSET
    """Of a purchase: redemptions whose vouchers were used in it. A refund can restore them."""
    subject: str | UnsetType | None = UNSET
    """Which survey, product, post or cause it was."""
    referrer: MemberNamed | UnsetType | None = UNSET
    """Of a referral: who brought the friend."""
    friend: MemberNamed | UnsetType | None = UNSET
    """Of a referral: who has not bought anything yet."""


class ReceiptsAnswer(Model, frozen=True, kw_only=True):
    """The last recorded first."""

    receipts: list[ListedReceiptAnswer]
    next_cursor: str | None


class ReceiptsToRecord(Model, frozen=True, kw_only=True):
    """Many receipts at once; all are recorded or none."""

    receipts: list[ReceiptToRecord]


class RefundToRecord(Model, frozen=True, kw_only=True):
    """What is given back: `lines`, an `amount` of a receipt without lines, or with neither all that is left."""

    reference: str
    """The brand's own id of the refund, unique among all receipts."""
    lines: list[PiecesToRefund] | UnsetType | None = UNSET
    amount: int | str | UnsetType | None = UNSET
    redemptions: list[int] | UnsetType | None = UNSET
    """Which of the purchase's are restored. Default: all of them once nothing of it is left."""
    occurred_at: str | UnsetType | None = UNSET
    """Default: now."""
    store: str | UnsetType | None = UNSET
    channel: str | UnsetType | None = UNSET
    reason: str | UnsetType | None = UNSET


class RefundedLineAnswer(Model, frozen=True, kw_only=True):
    line: int
    quantity: int


class RefusalAnswer(Model, frozen=True, kw_only=True):
    """Why an action cannot be done."""

    reason: Reason
    text: str
    """In the language of `Accept-Language`."""
    error: str
    """The contract's."""


class ReplayedAnswer(Model, frozen=True, kw_only=True):
    replayed: int
    """How many messages are sent again."""


class RestoredAnswer(Model, frozen=True, kw_only=True):
    """A redemption that a refund restores."""

    redemption: int
    state: Literal["waiting", "restoring", "done", "refused"]
    detail: str | None
    """Why it waits or was refused."""
    operation: str | None
    award: str | None
    """That stands in its place, where its vouchers are used."""


class RevealedReceipt(Model, frozen=True, kw_only=True):
    """What makes a receipt's hash, `keccak256(salt ‖ sha256(body))`."""

    body: str
    """The canonical body."""
    salt: str
    """The member's own. Who has it can recognise all receipts of the member."""


Role: TypeAlias = Literal["owner", "operator", "guardian", "custodian", "adjuster", "deployer"]
"""Whose key makes a change."""


class RoleToGrant(Model, frozen=True, kw_only=True):
    """How long what the key does has to wait."""

    delay_seconds: int | UnsetType = UNSET


class RoundingAnswer(Model, frozen=True, kw_only=True):
    """What is left over, and who has it."""

    left_over: str
    """Of the points asked for: not burned, so that they stay with the member."""
    minted_exact: str
    """What all points would become, as a fraction."""
    lost: str
    """What the burned points are worth beyond those minted, as a fraction of one: less than one."""
    favours: Literal["nobody", "programs"]
    """Whom `lost` favours."""
    text: str
    """In the caller's language."""


class RuleSpec(Model, frozen=True, kw_only=True):
    """One rule, with either a rate or fixed points."""

    id: int
    name: str
    earns_on: ReceiptKind
    terms_document: str
    cap_per_award: int
    budget: int
    budget_window_seconds: int
    rate: str | UnsetType | None = UNSET
    fixed_points: int | UnsetType | None = UNSET
    opens_at: str | UnsetType | None = UNSET
    closes_at: str | UnsetType | None = UNSET
    multipliers: list[float | str] | UnsetType = UNSET


class RuleToSet(Model, frozen=True, kw_only=True):
    """All terms of a rule, with either a rate or fixed points."""

    terms_document: str
    """The text that members are shown; its hash is in the terms."""
    cap_per_award: str | int
    budget: str | int
    budget_window_seconds: int
    opens_at: str
    """RFC 3339 with a zone, from 1970."""
    rate: str | UnsetType | None = UNSET
    """Points per unit as a fraction: `1/100` gives one point for each 100 of the smallest unit."""
    fixed_points: str | int | UnsetType | None = UNSET
    closes_at: str | UnsetType = UNSET
    """Without one, in 2100."""
    multipliers: list[float | str] | UnsetType = UNSET
    """By tier, the lowest first; without them, 1 in every tier."""


class RuleVersionAnswer(Model, frozen=True, kw_only=True):
    version: int
    effective_at: str | None
    """When it is in force from; null for the first version."""
    opens_at: str | None
    closes_at: str | None
    """Null where the rule does not close."""
    numerator: str
    denominator: str
    fixed_points: str
    multipliers: list[str]
    """By tier, the lowest first."""
    cap_per_award: str
    budget: str
    budget_window_seconds: int
    terms_hash: str
    terms_document: str | None
    """The text with that hash, where this gateway knows it."""


class RuleVersionsAnswer(Model, frozen=True, kw_only=True):
    """From the first on; the last may be announced."""

    rule: int
    versions: list[RuleVersionAnswer]


Scope: TypeAlias = Literal[
    "programs:read",
    "members:read",
    "members:write",
    "members:merge",
    "members:erase",
    "members:sign-in",
    "members:act",
    "receipts:read",
    "receipts:write",
    "adjustments:write",
    "adjustments:approve",
    "awards:read",
    "awards:retry",
    "webhooks:read",
    "webhooks:write",
    "operations:read",
    "operations:cancel",
    "rules:write",
    "rewards:write",
    "partners:write",
    "safety:write",
    "governance:write",
    "programs:create",
    "keys:read",
    "keys:write",
    "audit:read",
    "metrics:read",
]
"""What an operation asks of the key that calls it."""


class SecretToRotate(Model, frozen=True, kw_only=True):
    """How a secret is replaced."""

    overlap_seconds: int | UnsetType = UNSET
    """How long the old secret signs too."""


class SettlementAnswer(Model, frozen=True, kw_only=True):
    """Positions of all agreements with one partner, that of the path first."""

    partner: PartyAnswer
    positions: list[PositionAnswer]
    net: list[NetAnswer]
    block_number: int
    block_hash: str


class SignInToCheck(Model, frozen=True, kw_only=True):
    """A message of EIP-4361 and its signature."""

    message: str
    """As it was signed, byte for byte."""
    signature: str
    """Of a key, of a contract (ERC-1271), or of one that does not exist yet (ERC-6492)."""
    account: str | UnsetType | None = UNSET
    """The member's account, where the message is signed by the key or wallet that claimed it."""


class SignatureAnswer(Model, frozen=True, kw_only=True):
    """Where a side signed."""

    block_number: int
    transaction_hash: str
    explorer: str
    """Its page, below the explorer's address."""


class SignedData(Model, frozen=True, kw_only=True):
    """What the member's key or wallet signed: `to_sign` of a dry run, as it was signed."""

    typed_data: dict[str, Any]
    """EIP-712: types, primaryType, domain and message."""
    signature: str


class StatementPositionAnswer(Model, frozen=True, kw_only=True):
    """Sums since the agreement was signed, and what is kept at the source."""

    burned: str
    minted: str
    settled: str
    escrow: str | None
    """Null where this gateway does not serve the source, as `owed`."""
    owed: str | None


class StatementTotalAnswer(Model, frozen=True, kw_only=True):
    """All lines of a kind."""

    kind: LineKind
    count: int
    change: StatementPositionAnswer


class StaysAnswer(Model, frozen=True, kw_only=True):
    """Something that an erasure leaves."""

    what: Literal["account", "entries", "transactions", "batches", "references", "audit_log", "backups"]
    why: str


class StepUpAnswer(Model, frozen=True, kw_only=True):
    """What a token has to be issued for."""

    kind: str
    points: str


class StepUpLimitsAnswer(Model, frozen=True, kw_only=True):
    """Points that a member's plain token moves."""

    action_points: str
    day_points: str
    is_default: bool
    """Whether the program has set nothing."""


class StepUpToGrant(Model, frozen=True, kw_only=True):
    """What the customer has confirmed to the brand's app: one action, of so many points at most."""

    kind: Literal["redeem", "transfer", "convert", "donate", "claim"]
    points: str | int | UnsetType = UNSET
    """0 for a claim."""


class TermsAnswer(Model, frozen=True, kw_only=True):
    """A version of a rule, as it is read from the chain."""

    version: int
    effective_at: str | None
    """When it is in force from; null for the first version."""
    opens_at: str | None
    closes_at: str | None
    """Null where the rule does not close."""
    numerator: str
    denominator: str
    fixed_points: str
    multipliers: list[str]
    """By tier, the lowest first."""
    cap_per_award: str
    budget: str
    budget_window_seconds: int
    terms_hash: str


class Tier(Model, frozen=True, kw_only=True):
    """A standing that members reach."""

    name: str
    threshold: int | UnsetType = UNSET


class TierAnswer(Model, frozen=True, kw_only=True):
    number: int
    """From 0, the lowest."""
    name: str
    points: str
    """Awarded in the present tier period."""


class TierStandingAnswer(Model, frozen=True, kw_only=True):
    number: int
    """From 0, the lowest."""
    name: str
    points: str
    """Awarded in the present tier period."""
    period_ends_at: str | None
    """Null beyond the calendar."""
    effective_until: str | None
    """The tier holds at least until then. Null beyond the calendar."""
    after_period: str
    """The tier to which the points so far lead when the period ends."""
    next: NextTierAnswer | None
    """Null in the highest tier."""


class TierStatusAnswer(Model, frozen=True, kw_only=True):
    member: str
    tier: TierStandingAnswer | None
    """Null in a program without tiers."""


class TokenToIssue(Model, frozen=True, kw_only=True):
    """How long a member's token is to work."""

    lifetime_seconds: int | UnsetType = UNSET
    step_up: StepUpToGrant | UnsetType | None = UNSET
    """For one action; ask the customer once more before. Such a token works for five minutes at most."""


TransferPolicy: TypeAlias = Literal["partners", "members", "open"]
"""Between whom points may be transferred; each policy allows what those before it allow."""


class TransferToMake(Model, frozen=True, kw_only=True):
    """Points for somebody else."""

    to: str
    """A member's id, or the address of an account."""
    points: str | int
    signed: SignedData | UnsetType | None = UNSET
    """Of an account that is claimed."""


VoucherKind: TypeAlias = Literal["coupon", "season_pass", "invitation", "limited_edition"]
"""What a voucher is, in the order of the contract's numbers."""


VoucherState: TypeAlias = Literal["live", "gone", "expired", "refunded"]
"""What a voucher is still good for."""


Wait: TypeAlias = Literal[
    "token_paused",
    "issuer_refused",
    "rules_not_indexed",
    "fee_over_cap",
    "purse_empty",
    "batch_fails",
    "block_too_small",
    "signer_unavailable",
    "withdrawing",
    "nonce_used",
]
"""Why nothing new is sent."""


class WebhookAnswer(Model, frozen=True, kw_only=True):
    id: str
    url: str
    events: list[EventType]
    created_at: str
    failing_since: str | None
    """Since when every attempt failed; null while it is well."""
    disabled_at: str | None
    """Since when nothing is sent to it."""
    disabled_why: DisabledWhy | None
    previous_secret_until: str | None
    """Until when the secret before this one signs too."""


class WebhookToChange(Model, frozen=True, kw_only=True):
    """What is given is changed."""

    url: str | UnsetType | None = UNSET
    events: list[EventType] | UnsetType | None = UNSET
    enabled: bool | UnsetType | None = UNSET
    """True also after it was disabled for failing: it goes on where it stopped."""


class WebhookToCreate(Model, frozen=True, kw_only=True):
    """A URL that is to be told what becomes final from now on."""

    url: str
    """Of the public internet, with https://, port 443."""
    events: list[EventType]


class WebhookWithSecretAnswer(Model, frozen=True, kw_only=True):
    """The only answers that show the secret."""

    id: str
    url: str
    events: list[EventType]
    created_at: str
    failing_since: str | None
    """Since when every attempt failed; null while it is well."""
    disabled_at: str | None
    """Since when nothing is sent to it."""
    disabled_why: DisabledWhy | None
    previous_secret_until: str | None
    """Until when the secret before this one signs too."""
    secret: str | None
    """None in a dry run."""


class WebhooksAnswer(Model, frozen=True, kw_only=True):
    """Newest first."""

    webhooks: list[WebhookAnswer]
    next_cursor: str | None


class WindDown(Model, frozen=True, kw_only=True):
    """When the program ends: a notice period from now or later. Earning ends at once."""

    ends_at: str
    """RFC 3339 with a zone, from 1970."""


WithoutAward: TypeAlias = Literal["no_rule", "too_small", "awaits_purchase"]
"""Why a receipt has no award."""


class AccountToFreeze(Model, frozen=True, kw_only=True):
    """Why, and until when: 90 days at most."""

    reason: FreezeReason
    until: str
    """RFC 3339 with a zone, from 1970."""


class ActionAnswer(Model, frozen=True, kw_only=True):
    """An action. In the answer to a dry run there is none: `id` and `state` are null."""

    id: str | None
    dry_run: bool
    program: str
    member: str
    account: str
    kind: Literal["redeem", "transfer", "convert", "donate", "claim"]
    asked: dict[str, Any]
    """What is done, with the names looked up."""
    points: str
    """That it takes."""
    lots: list[LotAnswer]
    """Those points, oldest first."""
    remaining: str
    """What was left when it was asked for."""
    receives: str | None
    """Of a conversion: the partner's points."""
    fee: str
    """Always 0: the program pays for the transaction."""
    approval: Approval | None
    """What proved that the member wants it."""
    needs_step_up: bool | None
    """Of a dry run: whether a plain token is not enough."""
    to_sign: dict[str, Any] | None
    """Of a dry run: EIP-712 data for the member to sign, where the account is claimed; of a claim, for the new key."""
    state: OperationState | None
    refusal: RefusalAnswer | None
    """Why it would be refused, or failed."""
    transaction_hash: str | None
    requested_at: str | None
    updated_at: str | None


class ActionsAnswer(Model, frozen=True, kw_only=True):
    """Newest first."""

    actions: list[ActionAnswer]
    next_cursor: str | None


class AgreementAnswer(Model, frozen=True, kw_only=True):
    """An agreement, as both exchanges say at `block_number`."""

    id: str
    direction: Literal["out", "in"]
    """`out` where our points are burned, `in` where they are minted."""
    state: AgreementState
    partner: PartyAnswer
    rate: RateAnswer
    quota: str
    """Most points minted in any window, and in one conversion."""
    quota_window_seconds: int
    quota_left: str
    opens_at: str | None
    closes_at: str | None
    """Null where it was signed without an end."""
    ends_at: str | None
    """When the first side stops keeping it. Null for never."""
    settlement: str
    """For each `source_points`."""
    settlement_token: str | None
    beneficiary: str | None
    escrow: str
    """What is left at the source for the settlement of conversions."""
    terms_hash: str
    signed_by_us: SignatureAnswer | None
    signed_by_them: SignatureAnswer | None
    """Null also where this gateway does not serve them."""
    explorer: str
    """The source's exchange, below the explorer's address."""
    block_number: int
    block_hash: str


class AgreementsAnswer(Model, frozen=True, kw_only=True):
    """Newest first."""

    agreements: list[AgreementAnswer]
    next_cursor: str | None


class AwardAnswer(Model, frozen=True, kw_only=True):
    id: str
    receipt: str
    reference: str
    member: str
    account: str
    rule: int
    status: AwardStatus
    points_expected: str
    points: str | None
    """What was minted; null while pending, and where it was refused."""
    refusal: str | None
    """Why the chain refused it."""
    dead_letter: str | None
    """Why the contract would revert for it; it is set aside until it is retried."""
    created_at: str
    rule_version: int | None
    batch_number: int | None
    batch_position: int | None
    transaction_hash: str | None
    block_number: int | None
    log_index: int | None


class AwardsAnswer(Model, frozen=True, kw_only=True):
    """Newest first."""

    awards: list[AwardAnswer]
    next_cursor: str | None


class BalanceAnswer(Model, frozen=True, kw_only=True):
    member: str
    account: str
    active: str
    """Live now and confirmed on chain."""
    pending: str
    """Expected from awards that are not on chain yet."""
    expiring_next: LotAnswer | None
    lots: list[LotAnswer]
    """The live lots, oldest first."""
    tier: TierAnswer | None
    """Null in a program without tiers."""
    block_number: int | None
    """The block up to which this is true."""
    at: str | None
    """The moment that was asked for; null for now. What is `pending` is so now, whatever the moment."""


class CharitiesAnswer(Model, frozen=True, kw_only=True):
    """By name."""

    charities: list[CharityAnswer]


class ClaimToMake(Model, frozen=True, kw_only=True):
    """The account for a key or wallet of the member's own."""

    member: str
    """The key's address, or the wallet's."""
    signed: SignedData | UnsetType | None = UNSET
    """Its consent; needed for all but a dry run."""


class ConversionToMake(Model, frozen=True, kw_only=True):
    """Points for a partner's points."""

    agreement: str
    """Of the brand and the partner, by its id."""
    points: str | int
    """At most; what makes no whole point of the partner's stays."""
    to: str
    """A member's id in the partner's program, or the address of an account there."""
    signed: SignedData | UnsetType | None = UNSET
    """Of an account that is claimed."""


class DifferenceAnswer(Model, frozen=True, kw_only=True):
    kind: DifferenceKind
    subject: str
    """The account, the token of the supply, `rule 1 version 2` or `<issuer> batch 7`."""
    in_database: str
    on_chain: str


class DonationToMake(Model, frozen=True, kw_only=True):
    """Points for a charity."""

    charity: str
    """One that the program lists."""
    points: str | int
    signed: SignedData | UnsetType | None = UNSET
    """Of an account that is claimed."""


class EntryAnswer(Model, frozen=True, kw_only=True):
    id: str
    account: str
    """The member's, or that of somebody who was merged with them."""
    type: EntryType
    amount: str
    balance_after: str
    status: AwardStatus
    recorded_at: str
    """The block's time."""
    rule: int | None
    rule_version: int | None
    rule_name: str | None
    reference: str | None
    """Of the receipt that was awarded."""
    receipt: EntryReceiptAnswer | None
    counterparty: str | None
    batch_number: int | None
    batch_position: int | None
    transaction_hash: str | None
    """None where points ended with an epoch, by the calendar."""
    log_index: int | None
    block_number: int
    confirmations: int


class ErasurePolicyAnswer(Model, frozen=True, kw_only=True):
    """What becomes of the points of whoever is erased."""

    points: PointsOnErasure | None
    """Null where the program has not said; then nobody with points is erased."""
    to: str | None
    """With `transfer`."""
    reward: int | None
    """With `redeem`."""


class ErasurePolicyToSet(Model, frozen=True, kw_only=True):
    """What becomes of points: `to` goes with `transfer`, `reward` with `redeem`."""

    points: PointsOnErasure
    to: str | UnsetType | None = UNSET
    """The account that gets them."""
    reward: int | UnsetType | None = UNSET
    """A reward that takes any number of points: `price_min` 1, `price_max` at the most."""


class ExpiriesAnswer(Model, frozen=True, kw_only=True):
    member: str
    expiries: list[LotAnswer]
    """What ends together, the next first."""
    lasting: str
    """Points that never expire."""


class KeyAnswer(Model, frozen=True, kw_only=True):
    id: str
    """Also stands in the key's text."""
    name: str
    role: KeyRole
    scopes: list[Scope]
    store: str | None
    member: str | None
    """The cashier, to whom it awards nothing."""
    limits: KeyLimitsAnswer
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    """To the minute."""
    replaced_by: str | None
    """The id of the key for which it was rotated."""


class KeyToCreate(Model, frozen=True, kw_only=True):
    """An API key, and what it is for."""

    name: str
    """For your own use, like the till's number."""
    role: Literal["store", "cashier", "integration", "read", "admin"]
    scopes: list[Scope] | UnsetType | None = UNSET
    """Fewer than all of the role's."""
    store: str | UnsetType | None = UNSET
    """Of the roles `store` and `cashier`."""
    member: str | UnsetType | None = UNSET
    """Who the cashier is as a member: the key awards nothing to them."""
    limits: KeyLimits | UnsetType | None = UNSET
    expires_at: str | UnsetType | None = UNSET


class KeyWithTextAnswer(Model, frozen=True, kw_only=True):
    """The only answers that show the key itself."""

    id: str
    """Also stands in the key's text."""
    name: str
    role: KeyRole
    scopes: list[Scope]
    store: str | None
    member: str | None
    """The cashier, to whom it awards nothing."""
    limits: KeyLimitsAnswer
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    """To the minute."""
    replaced_by: str | None
    """The id of the key for which it was rotated."""
    key: str | None
    """None in a dry run."""


class KeysAnswer(Model, frozen=True, kw_only=True):
    """Newest first."""

    keys: list[KeyAnswer]
    next_cursor: str | None


class MessageAnswer(Model, frozen=True, kw_only=True):
    id: str
    """The `webhook-id`."""
    type: EventType
    state: MessageState
    created_at: str
    attempts: int
    """Since it was made, or replayed."""
    next_attempt_at: str | None
    """Null where none is to come."""
    last_attempt_at: str | None
    last_status: int | None
    """Of the last answer; null where there was none."""
    last_error: str | None
    body: dict[str, Any]
    """What is sent."""


class MessagesAnswer(Model, frozen=True, kw_only=True):
    """Newest first."""

    messages: list[MessageAnswer]
    next_cursor: str | None


class OperatorAnswer(Model, frozen=True, kw_only=True):
    """How the key of a role is doing, as its process last said."""

    role: Role
    address: str
    delay_seconds: int
    state: Literal["working", "waiting", "silent"]
    """`silent`: it has said nothing for a minute. Operations are recorded in every state."""
    wait: Wait | None
    detail: str
    operations_open: int
    """Of the key, in all programs: not final yet."""
    balance_wei: str
    observed_at: str


class PlanAnswer(Model, frozen=True, kw_only=True):
    """What an operation does, as things stood when it was asked for."""

    role: Role
    sender: str
    """The key that makes it."""
    delay_seconds: int
    """How long the role has to wait, before anything else counts."""
    steps: list[PlannedStepAnswer]
    gas: int
    fee_wei: str
    """Of a unit of gas, at present."""
    cost_wei: str
    refusal: str | None
    """Why the contracts would refuse it; then it is not recorded."""
    worse_for_members: bool
    worse_fields: list[str]
    """In what it is worse."""
    effective_at: str | None
    """From when on it holds. Null beyond the calendar."""
    members_affected: int


class PolicyToOpen(Model, frozen=True, kw_only=True):
    """Between whom points may be transferred. There is no way back."""

    policy: TransferPolicy


class PostedRateAnswer(Model, frozen=True, kw_only=True):
    """An agreement that a partner signed: with us in any state, with others those that hold."""

    agreement: str
    with_us: bool
    source: str
    """The exchange whose points are burned."""
    target: str
    rate: RateAnswer
    settlement: str
    """For each `source_points`."""
    settlement_token: str | None
    state: AgreementState


class Problem(Model, frozen=True, kw_only=True):
    """A problem (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemFault]
    """At most 100."""
    errors_omitted: int | UnsetType | None = UNSET
    """How many more there are, if any."""
    subjects: list[str] | UnsetType | None = UNSET
    """With `idempotency_answer_not_kept`: the ids of what was made."""
    reason: Reason | UnsetType | None = UNSET
    """With `action_refused`: why."""
    step_up: StepUpAnswer | UnsetType | None = UNSET
    """With `step_up_required`: what to ask for."""


class ProgramSpec(Model, frozen=True, kw_only=True):
    """A program to be."""

    slug: str
    name: str
    symbol: str
    decimals: int
    currency: Currency
    accent: str
    epoch_days: int
    tier_period_epochs: int
    transfer_policy: TransferPolicy
    notice_period_days: int
    look_back_days: int
    issuer_cap: int
    rules: list[RuleSpec]
    points_expire: bool | UnsetType = UNSET
    tiers: list[Tier] | UnsetType = UNSET
    adjustment_limit: int | UnsetType = UNSET
    adjustment_days: int | UnsetType = UNSET
    contract_uri: str | UnsetType = UNSET
    par_value: int | UnsetType = UNSET
    voucher_uri: str | UnsetType = UNSET


class ProgramToCreate(Model, frozen=True, kw_only=True):
    """A program file as JSON, and who will act for it."""

    program: ProgramSpec
    keys: KeysOfProgram


class ProvenAward(Model, frozen=True, kw_only=True):
    """One award: its leaf in the tree of its batch's receipts, and where the chain says what it minted."""

    transaction_hash: str
    issuer: str
    batch_number: int
    position: int
    units: int
    receipt_hash: str
    receipt: RevealedReceipt | None
    leaf: str
    path: list[str]
    receipts_root: str
    rule: int
    rule_version: int
    log_index: int
    """Of the transfer that minted it, or of its refusal."""
    points: str
    """0 where the chain refused it."""


class QuoteAnswer(Model, frozen=True, kw_only=True):
    """What a conversion would do at `block_number`."""

    agreement: str
    points: str
    """That were asked for."""
    burned: str
    minted: str
    settlement: str
    settlement_token: str | None
    rate: RateAnswer
    rounding: RoundingAnswer
    possible: bool
    """Whether a conversion by a member who has the points would go through now."""
    hindrance: Hindrance | None
    """Why not."""
    expires_at: str | None
    """
    Until then the rate holds: within an agreement it cannot change, and neither side can end the agreement
    sooner. Null where it has ended or is not signed.
    """
    reserved: bool
    """
    Nothing is set aside: quota and escrow are whoever's converts first, either program can announce its end or
    pause, and the last unit of the settlement depends on conversions before.
    """
    block_number: int
    block_hash: str
    block_time: str | None


class ReconciliationAnswer(Model, frozen=True, kw_only=True):
    """What the last comparison of the database with the chain found."""

    block_number: int
    """The block at which everything was compared."""
    block_hash: str
    compared_at: str
    accounts: int
    """How many accounts were compared, those without points included."""
    rule_versions: int
    batches: int
    difference_count: int
    differences: list[DifferenceAnswer]
    """The first hundred."""


class RecordedReceiptAnswer(Model, frozen=True, kw_only=True):
    id: str
    reference: str
    member: str
    account: str
    replayed: bool
    """True where the same receipt was recorded before."""
    awards: list[ExpectedAwardAnswer]
    without_award: WithoutAward | None
    """
    Why there is no award: the program has no rule for this kind, the amount is too small to earn a point, or the
    friend of a referral has not bought anything yet.
    """


class RecordedReceiptsAnswer(Model, frozen=True, kw_only=True):
    """In the order in which they were sent."""

    receipts: list[RecordedReceiptAnswer]
    recorded: int
    replayed: int


class RecordedRefundAnswer(Model, frozen=True, kw_only=True):
    id: str
    reference: str
    amount: int
    """Given back, in the currency's smallest unit."""
    lines: list[RefundedLineAnswer]
    state: ClawbackState
    """`waiting`: for the awards to be final, or for what `detail` says; `taking`: on its way; `done`."""
    detail: str | None
    """Why it waits."""
    points_due: str | None
    """What it takes back. Null until the awards are final."""
    points_taken: str
    """What was there of it, so far."""
    points_short: str | None
    """What was due and not there. Null until it is done."""
    operations: list[str]
    redemptions: list[RestoredAnswer]
    receipt: str
    """What is refunded."""
    replayed: bool
    """True where the same refund was recorded before."""


class RedemptionToMake(Model, frozen=True, kw_only=True):
    """Points for a reward."""

    reward: int
    signed: SignedData | UnsetType | None = UNSET
    """Of an account that is claimed."""
    quantity: int | UnsetType = UNSET
    points: str | int | UnsetType | None = UNSET
    """Where the member chooses how many; else the reward's price."""


class RefundAnswer(Model, frozen=True, kw_only=True):
    """A refund, and how far it is that points go back."""

    id: str
    reference: str
    amount: int
    """Given back, in the currency's smallest unit."""
    lines: list[RefundedLineAnswer]
    state: ClawbackState
    """`waiting`: for the awards to be final, or for what `detail` says; `taking`: on its way; `done`."""
    detail: str | None
    """Why it waits."""
    points_due: str | None
    """What it takes back. Null until the awards are final."""
    points_taken: str
    """What was there of it, so far."""
    points_short: str | None
    """What was due and not there. Null until it is done."""
    operations: list[str]
    redemptions: list[RestoredAnswer]


class RewardAnswer(Model, frozen=True, kw_only=True):
    """A reward, as the contract has it now."""

    id: int
    version: int
    voucher: VoucherKind
    soulbound: bool
    tier_min: int
    price_min: str
    price_max: str
    stock: int | None
    """Null without a limit."""
    stock_left: int | None
    limit_per_member: int | None
    opens_at: str | None
    closes_at: str | None
    voucher_expires_at: str | None
    valid_for_seconds: int | None
    terms_hash: str
    terms_document: str | None
    """The text with that hash, where this gateway knows it."""


class RewardToSet(Model, frozen=True, kw_only=True):
    """All of a reward. What is left out has no limit or no end."""

    voucher: VoucherKind
    price_min: str | int
    """Points for one voucher."""
    opens_at: str
    """RFC 3339 with a zone, from 1970."""
    terms_document: str
    soulbound: bool | UnsetType = UNSET
    """Whether its vouchers stay with the account."""
    tier_min: int | UnsetType = UNSET
    price_max: str | int | UnsetType | None = UNSET
    """Where the member chooses how many points one voucher is for."""
    stock: int | UnsetType | None = UNSET
    limit_per_member: int | UnsetType | None = UNSET
    closes_at: str | UnsetType | None = UNSET
    voucher_expires_at: str | UnsetType | None = UNSET
    valid_for_seconds: int | UnsetType | None = UNSET


class RewardsAnswer(Model, frozen=True, kw_only=True):
    """In the order of their numbers."""

    rewards: list[RewardAnswer]
    next_cursor: str | None


class RuleAnswer(Model, frozen=True, kw_only=True):
    id: int
    name: str
    earns_on: ReceiptKind
    terms_document: str
    terms: TermsAnswer | None
    """The version in force. Null before the indexer has read it; receipts wait for it."""
    announced: TermsAnswer | None
    """The version that is announced, if any."""


class StatementLineAnswer(Model, frozen=True, kw_only=True):
    """One log."""

    kind: LineKind
    at: str
    agreement: str | None
    """Null of a collection, which is for all agreements."""
    account: str | None
    recipient: str | None
    change: StatementPositionAnswer
    after: StatementPositionAnswer
    block_number: int
    transaction_hash: str
    log_index: int
    explorer: str
    """Its page, below the explorer's address."""


class SubmitterAnswer(Model, frozen=True, kw_only=True):
    """How the submitter of one issuer's key is doing, as it last said."""

    issuer: str
    state: Literal["working", "waiting", "silent"]
    """`silent`: it has said nothing for a minute. Receipts are accepted in every state."""
    wait: Wait | None
    """Why it sends nothing new."""
    detail: str
    since: str
    """When it began to wait, or to work."""
    observed_at: str
    batches_in_flight: int
    """Sealed and not on chain."""
    oldest_unsealed_at: str | None
    """Since when an award waits for a batch, if any does."""
    balance_wei: str
    base_fee_wei: str
    nonce: int


class VoucherAnswer(Model, frozen=True, kw_only=True):
    id: str
    """The redemption's number, and the ERC-1155 id."""
    reward: int
    kind: VoucherKind
    state: VoucherState
    quantity: int
    """That was redeemed."""
    left: int
    """That the account still holds."""
    use_count: int
    """Uses of a season pass."""
    number: int | None
    """Of the piece in a limited edition."""
    points: str
    """That were paid."""
    soulbound: bool
    """Whether it stays with the account."""
    redeemed_at: str
    expires_at: str | None
    transaction_hash: str


class VouchersAnswer(Model, frozen=True, kw_only=True):
    """Newest first."""

    vouchers: list[VoucherAnswer]
    next_cursor: str | None


class AdjustmentAnswer(Model, frozen=True, kw_only=True):
    """Points given or taken by hand."""

    id: str | None
    receipt: str
    reference: str
    member: str
    points: str
    """Below 0: taken."""
    reason: str
    state: AdjustmentState
    """`pending`: it waits for a second approver, until `expires_at`."""
    requested_by: str
    """An API key's id."""
    requested_at: str
    expires_at: str
    decided_by: str | None
    decided_at: str | None
    awards: list[AwardAnswer]
    """Of points that are given."""
    clawback: ClawbackState | None
    """How far it is that points are taken."""
    detail: str | None
    """Why that waits."""
    points_taken: str
    points_short: str | None
    """What was not there. Null until it is done."""
    operations: list[str]
    replayed: bool


class AdjustmentsAnswer(Model, frozen=True, kw_only=True):
    """Newest first."""

    adjustments: list[AdjustmentAnswer]
    next_cursor: str | None


class AgreementStatementAnswer(Model, frozen=True, kw_only=True):
    """A month of an agreement."""

    agreement: str
    direction: Literal["out", "in"]
    source: str
    target: str
    settlement_token: str | None
    beneficiary: str | None
    month: str
    since: str
    until: str
    """Not included."""
    opening: StatementPositionAnswer
    lines: list[StatementLineAnswer]
    totals: list[StatementTotalAnswer]
    closing: StatementPositionAnswer
    block_number: int | None
    """The last one of the month that was read."""
    block_hash: str | None
    complete: bool
    """False while blocks of the month can come or be undone."""
    on_chain: ComparedAnswer | None
    """At `block_number`. Null where the node no longer keeps that block's state."""


class EntriesAnswer(Model, frozen=True, kw_only=True):
    """Newest first."""

    entries: list[EntryAnswer]
    next_cursor: str | None


class ExportAnswer(Model, frozen=True, kw_only=True):
    """Everything of one member, as of one moment."""

    exported_at: str
    program: str
    member: MeAnswer
    balance: BalanceAnswer
    tier: TierStandingAnswer | None
    receipts: list[ExportedReceiptAnswer]
    """Oldest first."""
    awards: list[AwardAnswer]
    """Newest first, as are the two below."""
    entries: list[EntryAnswer]
    vouchers: list[VoucherAnswer]


class OperationAnswer(Model, frozen=True, kw_only=True):
    """An operation. In the answer to a dry run there is none: `id` and `state` are null."""

    id: str | None
    dry_run: bool
    program: str
    kind: Kind
    change: dict[str, Any]
    """What was asked for."""
    plan: PlanAnswer
    state: OperationState | None
    error: str | None
    """The contract's error, where it refused it."""
    cancel_requested_at: str | None
    due_at: str | None
    """When the role's delay is over, once it runs."""
    effective_at: str | None
    """From when on it holds, as the chain says once it is confirmed."""
    transaction_hash: str | None
    """Of its last transaction."""
    requested_at: str | None
    updated_at: str | None


class OperationsAnswer(Model, frozen=True, kw_only=True):
    """Newest first."""

    operations: list[OperationAnswer]
    next_cursor: str | None


class PartnerAnswer(Model, frozen=True, kw_only=True):
    """A program with which ours can make agreements."""

    exchange: str
    token: str
    name: str
    symbol: str
    decimals: int
    par_value: str
    """Of its point, in the unit that all programs share."""
    rate_at_par_out: RateAnswer
    """The best that the contracts allow where our points are burned."""
    rate_at_par_in: RateAnswer
    """The same where theirs are."""
    posted: list[PostedRateAnswer] | None
    """The newest 20. Null where the node does not look so far back."""


class PartnersAnswer(Model, frozen=True, kw_only=True):
    """In the order in which the programs were created."""

    partners: list[PartnerAnswer]
    complete: bool
    """False where the node does not look far enough back: then these are those that this gateway serves."""
    block_number: int
    next_cursor: str | None


class PersonExportAnswer(Model, frozen=True, kw_only=True):
    """Everything that the database has of one person."""

    exported_at: str
    program: str
    member: MeAnswer
    balance: BalanceAnswer
    tier: TierStandingAnswer | None
    receipts: list[ExportedReceiptAnswer]
    """Oldest first."""
    awards: list[AwardAnswer]
    """Newest first, as are the two below."""
    entries: list[EntryAnswer]
    vouchers: list[VoucherAnswer]
    merged: list[MemberAnswer]
    """Those who became them, whose records are in all lists."""
    salts: list[str]
    """The member's, then those of the merged. Whoever has a salt recognises the receipts on the chain."""
    commitments: list[str]
    keys: list[str]
    """API keys of the cashier who they are."""
    messages: list[ExportedMessageAnswer] | None
    """Webhooks' messages that name them. Null for a key without `webhooks:read`."""
    audit_entries: list[AuditEntryAnswer] | None
    """Those that name the member or one of the receipts. Null for a key without `audit:read`."""


class ProgramAnswer(Model, frozen=True, kw_only=True):
    slug: str
    name: str
    symbol: str
    decimals: int
    """Decimal places of a point."""
    currency: CurrencyAnswer
    chain_id: int
    issuer: str
    contracts: ContractsAnswer
    rules: list[RuleAnswer]


class ProgramsAnswer(Model, frozen=True, kw_only=True):
    programs: list[ProgramAnswer]


class Proof(Model, frozen=True, kw_only=True):
    """A member's points at one block, and awards that earned them."""

    format: Literal["tokenpoints-proof/1"]
    chain_id: int
    token: str
    rules: str
    account: str
    block_number: int
    block_hash: str
    header: str
    """The block's header in RLP."""
    account_proof: list[str]
    """Of the token in the block's state (EIP-1186)."""
    storage_proof: list[str]
    """Of the account's word in the token's storage."""
    word: str
    balance: str
    """What the word means at the block's time, in the token's base unit."""
    awards: list[ProvenAward]


class ReceiptAnswer(Model, frozen=True, kw_only=True):
    id: str
    reference: str
    member: str
    kind: ReceiptKind
    amount: int
    """In the currency's smallest unit; 0 where nothing was paid."""
    currency: str
    occurred_at: str
    received_at: str
    body_hash: str
    """SHA-256 of the canonical body."""
    store: str | None
    channel: str | None
    subject: str | None
    friend: str | None
    """Of a referral: the friend's account."""
    lines: list[LineAnswer]
    redemptions: list[int]
    awards: list[AwardAnswer]
    refunds: list[RefundAnswer]
    """What was given back of it; of a refund, itself."""
    refunded_amount: int


class StatusAnswer(Model, frozen=True, kw_only=True):
    """Whether awards reach the chain."""

    submitters: list[SubmitterAnswer]
    """Empty before the first has looked at the chain."""
    operators: list[OperatorAnswer]
    """The keys that make operations, by role."""


class ErasureAnswer(Model, frozen=True, kw_only=True):
    id: str | None
    """Null in a dry run."""
    state: ErasureState | None
    requested_at: str | None
    erased_at: str | None
    erased: dict[str, int]
    """How many rows of what are gone."""
    dry_run: bool
    member: str
    accounts: list[ErasedAccountAnswer]
    operation: OperationAnswer | None
    """That moves the points; a dry run has its plan."""
    stays: list[StaysAnswer]


class MergeAnswer(Model, frozen=True, kw_only=True):
    """Two members who are one."""

    dry_run: bool
    member: MemberAnswer
    """Who they are from now on."""
    merged: list[MemberAnswer]
    """Who became them."""
    points: str
    """That move from the accounts of those to the member's."""
    operation: OperationAnswer | None
    """That moves them. Null where there are none."""
