"""The shapes of what callers send."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from tokenpoints.access.keys import KeyRequest
from tokenpoints.access.member_tokens import LIFETIME_MAX, STEP_UP_LIFETIME_MAX
from tokenpoints.access.sign_in import SignIn
from tokenpoints.actions.signing import Signed
from tokenpoints.chain.signatures import SIGNATURE_BYTES_MAX
from tokenpoints.domain.accounts import IDENTIFIER_LENGTH_MAX, is_identifier, normalised
from tokenpoints.domain.actions import StepUp
from tokenpoints.domain.adjustments import REASON_LENGTH_MAX, AdjustmentState
from tokenpoints.domain.entries import AwardStatus, EntryType
from tokenpoints.domain.erasure import PointsOnErasure
from tokenpoints.domain.given import AddressGiven, HashGiven, NumberGiven, PointsAtLeastOne, PointsGiven
from tokenpoints.domain.instants import parse_rfc3339
from tokenpoints.domain.keys import OVERLAP_MAX, KeyRole, Limits, Scope
from tokenpoints.domain.lines import LINE_COUNT_MAX, QUANTITY_MAX, Line, LineToRefund
from tokenpoints.domain.operations import Kind, OperationState
from tokenpoints.domain.points import POINTS_MAX
from tokenpoints.domain.programs import ReceiptKind
from tokenpoints.domain.rules import UNITS_MAX
from tokenpoints.domain.sign_in_message import MESSAGE_LENGTH_MAX
from tokenpoints.domain.types import address_from_hex
from tokenpoints.domain.webhooks import EventType, MessageState
from tokenpoints.earning.adjusting import AdjustmentRequest
from tokenpoints.earning.intake import Draft
from tokenpoints.earning.refunding import RefundRequest
from tokenpoints.gateway.fields import LENGTH_MAX as FIELDS_LENGTH_MAX
from tokenpoints.gateway.fields import MEANING as FIELDS_MEANING
from tokenpoints.proofs.file import AWARDS_MAX
from tokenpoints.webhooks.sending import URL_LENGTH_MAX

BULK_COUNT_MAX = 10_000
BLOCK_NUMBER_MAX = (1 << 63) - 1
PAGE_SIZE_MAX = 500
OVERLAP_SECONDS_MAX = 7 * 86_400
_DIGIT_COUNT_MAX = len(str(UNITS_MAX))
_SIGNED = re.compile(r"[+-]?[1-9][0-9]{0,18}", re.ASCII)
_REDEMPTIONS_MAX = 50


def _identifier(text: str) -> str:
    # Far longer ones are refused as they are, before anything is done with them.
    text = normalised(text) if len(text) <= 4 * IDENTIFIER_LENGTH_MAX else text
    if not is_identifier(text):
        raise PydanticCustomError(
            "invalid_input",
            "must be 1 to {length} printable characters without control characters or outer blanks",
            {"length": IDENTIFIER_LENGTH_MAX},
        )
    return text


def _amount(value: Any) -> int:
    return _amount_from(1, value)


def _line_amount(value: Any) -> int:
    return _amount_from(0, value)


def _amount_from(least: int, value: Any) -> int:
    if type(value) is str and value.isascii() and value.isdigit():
        # Without its leading zeros a longer number is too large, whatever it is.
        digits = value.lstrip("0")
        number = int(digits or 0) if len(digits) <= _DIGIT_COUNT_MAX else UNITS_MAX + 1
    elif type(value) is int:
        number = value
    else:
        raise PydanticCustomError(
            "amount_out_of_range", "must be a whole number of the currency's smallest unit, without point or exponent"
        )
    if not least <= number <= UNITS_MAX:
        raise PydanticCustomError(
            "amount_out_of_range", "must be from {least} to {most}", {"least": least, "most": UNITS_MAX}
        )
    return number


def _signed_points(value: Any) -> int:
    if type(value) is str and _SIGNED.fullmatch(value):
        value = int(value)
    if type(value) is not int or value == 0 or abs(value) > POINTS_MAX:
        raise PydanticCustomError(
            "amount_out_of_range",
            "must be a whole number of the token's base unit, other than 0, without point or exponent, and at most "
            "{most} either way",
            {"most": POINTS_MAX},
        )
    return value


def _reason(text: str) -> str:
    text = normalised(text)
    if not text.strip() or not text.isprintable():
        raise PydanticCustomError("invalid_input", "must be printable text on one line")
    return text


def _instant(value: Any) -> datetime:
    if type(value) is not str:
        raise ValueError("must be text: an RFC 3339 date and time with a zone")
    return parse_rfc3339(value)


Identifier = Annotated[
    str,
    AfterValidator(_identifier),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": IDENTIFIER_LENGTH_MAX}),
]
Amount = Annotated[
    int,
    BeforeValidator(_amount),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": UNITS_MAX},
                {"type": "string", "pattern": "^[0-9]+$"},
            ],
            "description": "A whole number of the currency's smallest unit, as a JSON integer or as digits.",
        }
    ),
]
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "RFC 3339 with a zone, from 1970."}),
]


LineAmount = Annotated[
    int,
    BeforeValidator(_line_amount),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": UNITS_MAX},
                {"type": "string", "pattern": "^[0-9]+$"},
            ],
            "description": "Of all pieces, after discounts, in the currency's smallest unit.",
        }
    ),
]
SignedPoints = Annotated[
    int,
    BeforeValidator(_signed_points),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": -POINTS_MAX, "maximum": POINTS_MAX, "not": {"const": 0}},
                {"type": "string", "pattern": "^[+-]?[1-9][0-9]{0,18}$"},
            ],
            "description": "In the token's base unit; below 0 they are taken.",
            "examples": ["-250"],
        }
    ),
]
Reason = Annotated[str, Field(min_length=1, max_length=REASON_LENGTH_MAX), AfterValidator(_reason)]
Redemption = Annotated[int, Field(ge=1, lt=1 << 63)]


class _Sent(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class MemberToEnrol(_Sent):
    """A customer, by the id that the brand knows them by."""

    customer_id: Identifier


class MembersToEnrol(_Sent):
    """Many customers at once."""

    customer_ids: list[Identifier] = Field(min_length=1, max_length=BULK_COUNT_MAX)


class MergeToMake(_Sent):
    """Who a member is."""

    into: str = Field(max_length=40, description="The id of the member that they become.")


class ErasurePolicyToSet(_Sent):
    """What becomes of points: `to` goes with `transfer`, `reward` with `redeem`."""

    points: Annotated[PointsOnErasure, Field(strict=False)]
    to: AddressGiven | None = Field(default=None, description="The account that gets them.")
    reward: NumberGiven | None = Field(
        default=None, description="A reward that takes any number of points: `price_min` 1, `price_max` at the most."
    )

    @model_validator(mode="after")
    def _whole(self) -> ErasurePolicyToSet:
        given = (self.to is not None, self.reward is not None)
        if given != (self.points is PointsOnErasure.TRANSFER, self.points is PointsOnErasure.REDEEM):
            raise PydanticCustomError("invalid_input", "to goes with transfer, reward with redeem, neither with expire")
        return self


class LineToRecord(_Sent):
    """A line of a purchase. What is sold by weight has quantity 1."""

    sku: Identifier
    category: Identifier | None = None
    quantity: int = Field(default=1, ge=1, le=QUANTITY_MAX)
    amount: LineAmount


class MemberNamed(_Sent):
    """A member, by exactly one of the two."""

    member: str | None = Field(default=None, max_length=40, description="A member's id.")
    customer_id: Identifier | None = None


class ReceiptToRecord(_Sent):
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
        member, friend = self.referrer or self, self.friend or MemberNamed()
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
            friend_member_id=friend.member,
            friend_customer_id=friend.customer_id,
        )


class ReceiptsToRecord(_Sent):
    """Many receipts at once; all are recorded or none."""

    receipts: list[ReceiptToRecord] = Field(min_length=1, max_length=BULK_COUNT_MAX)


class PiecesToRefund(_Sent):
    """Pieces of a line: exactly one of `line` and `sku`."""

    line: int | None = Field(default=None, ge=1, le=LINE_COUNT_MAX, description="Its number in the purchase, from 1.")
    sku: Identifier | None = Field(default=None, description="Where one line has it.")
    quantity: int | None = Field(default=None, ge=1, le=QUANTITY_MAX, description="Default: all that are left.")

    @model_validator(mode="after")
    def _either(self) -> PiecesToRefund:
        if (self.line is None) == (self.sku is None):
            raise PydanticCustomError("invalid_input", "must have exactly one of line and sku")
        return self


class RefundToRecord(_Sent):
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


class AdjustmentToMake(_Sent):
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


EventTypes = Annotated[list[Annotated[EventType, Field(strict=False)]], Field(min_length=1, max_length=len(EventType))]


class WebhookToCreate(_Sent):
    """A URL that is to be told what becomes final from now on."""

    url: str = Field(max_length=URL_LENGTH_MAX, description="Of the public internet, with https://, port 443.")
    events: EventTypes


class WebhookToChange(_Sent):
    """What is given is changed."""

    url: str | None = Field(default=None, max_length=URL_LENGTH_MAX)
    events: EventTypes | None = None
    enabled: bool | None = Field(
        default=None, description="True also after it was disabled for failing: it goes on where it stopped."
    )


class SecretToRotate(_Sent):
    """How a secret is replaced."""

    overlap_seconds: int = Field(
        default=86_400, ge=0, le=OVERLAP_SECONDS_MAX, description="How long the old secret signs too."
    )


class MessagesToReplay(_Sent):
    """One message, or all since a time. Exactly one of `message` and `since`."""

    message: str | None = Field(default=None, max_length=40, description="A message's id.")
    since: Instant | None = Field(default=None, description="Messages made then or later.")
    state: Literal["waiting", "delivered", "dead"] | None = Field(
        default=None, description="With `since`: only those in this state."
    )

    @model_validator(mode="after")
    def _either(self) -> MessagesToReplay:
        if (self.message is None) == (self.since is None):
            raise PydanticCustomError("invalid_input", "must have exactly one of message and since")
        if self.message is not None and self.state is not None:
            raise PydanticCustomError("invalid_input", "state goes with since")
        return self


class KeyLimits(_Sent):
    """The most that a store's or a cashier's key records. Amounts are in the currency's smallest unit."""

    receipt_amount: Amount | None = Field(default=None, description="Of one receipt.")
    day_amount: Amount | None = Field(default=None, description="Of all new receipts of a day of the program.")
    day_count: int | None = Field(default=None, ge=1, le=UNITS_MAX, description="New receipts of such a day.")


class KeyToCreate(_Sent):
    """An API key, and what it is for."""

    name: Identifier = Field(description="For your own use, like the till's number.", examples=["till 7"])
    role: Literal["store", "cashier", "integration", "read", "admin"]
    scopes: Annotated[list[Annotated[Scope, Field(strict=False)]], Field(min_length=1)] | None = Field(
        default=None, description="Fewer than all of the role's."
    )
    store: Identifier | None = Field(default=None, description="Of the roles `store` and `cashier`.")
    member: str | None = Field(
        default=None, max_length=40, description="Who the cashier is as a member: the key awards nothing to them."
    )
    limits: KeyLimits | None = None
    expires_at: Instant | None = None

    def request(self) -> KeyRequest:
        """The key as the product knows it."""
        limits = self.limits or KeyLimits()
        return KeyRequest(
            name=self.name,
            role=KeyRole(self.role),
            scopes=None if self.scopes is None else frozenset(self.scopes),
            store=self.store,
            member_id=self.member,
            limits=Limits(limits.receipt_amount, limits.day_amount, limits.day_count),
            expires_at=self.expires_at,
        )


class KeyToRotate(_Sent):
    """How an API key is replaced."""

    overlap_seconds: int = Field(
        default=86_400, ge=0, le=int(OVERLAP_MAX.total_seconds()), description="How long the old key works on."
    )


class _Page(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    cursor: str | None = Field(default=None, max_length=100, description="`next_cursor` of the page before.")
    fields: str | None = Field(default=None, max_length=FIELDS_LENGTH_MAX, description=FIELDS_MEANING)
    limit: int = Field(default=50, ge=1, le=PAGE_SIZE_MAX)


class MembersQuery(_Page):
    """Which members to list."""

    customer_id: Identifier | None = None


class AwardsQuery(_Page):
    """Which awards to list."""

    member: str | None = Field(default=None, max_length=40)
    status: AwardStatus | None = None
    reference: Identifier | None = None
    since: Instant | None = Field(default=None, alias="from", description="Recorded then or later.")
    until: Instant | None = Field(default=None, alias="to", description="Recorded before.")


class ReceiptsQuery(_Page):
    """Which receipts to list."""

    member: str | None = Field(default=None, max_length=40)
    reference: Identifier | None = None
    store: Identifier | None = Field(default=None, description="A store's key lists its own store's.")
    kind: ReceiptKind | None = None
    since: Instant | None = Field(default=None, alias="from", description="Occurred then or later.")
    until: Instant | None = Field(default=None, alias="to", description="Occurred before.")


class ActionsQuery(_Page):
    """Which actions to list."""

    state: OperationState | None = None
    kind: Literal["redeem", "transfer", "convert", "donate", "claim"] | None = None


class AdjustmentsQuery(_Page):
    """Which adjustments to list."""

    state: AdjustmentState | None = None


class OperationsQuery(_Page):
    """Which operations to list."""

    state: OperationState | None = None
    kind: Kind | None = None


class RewardsQuery(_Page):
    """Which rewards to list."""


class WebhooksQuery(_Page):
    """Which webhooks to list."""


class MessagesQuery(_Page):
    """Which messages to list."""

    state: MessageState | None = None


class KeysQuery(_Page):
    """Which API keys to list."""


class AuditLogQuery(_Page):
    """Which entries of the audit log to list."""

    key: str | None = Field(default=None, max_length=40, pattern="^[ -~]*$", description="An API key's id.")


class ProofQuery(BaseModel):
    """What to prove of a member."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    block: int | None = Field(default=None, ge=0, le=BLOCK_NUMBER_MAX, description="Default: the last indexed one.")
    award: list[Annotated[str, Field(max_length=40)]] = Field(
        default=[], max_length=AWARDS_MAX, description="An award's id; can be repeated."
    )
    latest: int = Field(default=0, ge=0, le=AWARDS_MAX, description="Without `award`: how many of the latest awards.")
    reveal: bool = Field(
        default=False, description="Whether to show the receipts' bodies, and the member's salt, which links them."
    )


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EntriesQuery(_Page):
    """Which entries to list."""

    type: list[EntryType] = Field(default=[], max_length=len(EntryType), description="Can be repeated.")
    since: Instant | None = Field(default=None, alias="from", description="Recorded then or later.")
    until: Instant | None = Field(default=None, alias="to", description="Recorded before.")
    reference: Identifier | None = Field(default=None, description="Of the receipt.")


class MomentQuery(_Query):
    """At which moment."""

    at: Instant | None = Field(default=None, description="Past, or to come; default: now.")


class PeriodQuery(_Query):
    """Of which period."""

    since: Instant | None = Field(default=None, alias="from", description="Default: the beginning of the calendar.")
    until: Instant | None = Field(default=None, alias="to", description="Not included. Default: now.")


class VouchersQuery(_Page):
    """Which vouchers to list."""

    limit: int = Field(default=50, ge=1, le=100)


class StepUpToGrant(_Sent):
    """What the customer has confirmed to the brand's app: one action, of so many points at most."""

    kind: Literal["redeem", "transfer", "convert", "donate", "claim"]
    points: PointsGiven = Field(default=0, description="0 for a claim.")


class PartnersQuery(_Page):
    """Which partners to list."""

    limit: int = Field(default=20, ge=1, le=50)


class AgreementsQuery(_Page):
    """Which agreements to list."""

    limit: int = Field(default=50, ge=1, le=100)


class AgreementQuery(_Query):
    """Where to look for an agreement."""

    fields: str | None = Field(default=None, max_length=FIELDS_LENGTH_MAX, description=FIELDS_MEANING)
    counterpart: str | None = Field(
        default=None,
        pattern="^0x[0-9a-fA-F]{40}$",
        description="The other program's PartnerExchange, where this gateway does not serve that program.",
    )


class QuoteQuery(_Query):
    """What is to be converted."""

    fields: str | None = Field(default=None, max_length=FIELDS_LENGTH_MAX, description=FIELDS_MEANING)
    points: Annotated[PointsAtLeastOne, Field(strict=True, description="Of the program whose points are burned.")]


class MonthQuery(_Query):
    """Of which month."""

    month: str = Field(
        pattern="^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])$",
        description="In UTC. This month's statement is that of its blocks so far.",
        examples=["2026-11"],
    )


class MonthFieldsQuery(MonthQuery):
    """Of which month, and how much of the answer."""

    fields: str | None = Field(default=None, max_length=FIELDS_LENGTH_MAX, description=FIELDS_MEANING)


class TokenToIssue(_Sent):
    """How long a member's token is to work."""

    lifetime_seconds: int = Field(default=900, ge=30, le=int(LIFETIME_MAX.total_seconds()))
    step_up: StepUpToGrant | None = Field(
        default=None,
        description="For one action; ask the customer once more before. Such a token works for five minutes at most.",
    )

    def lifetime(self) -> timedelta:
        """At most what a step-up allows."""
        chosen = timedelta(seconds=self.lifetime_seconds)
        return chosen if self.step_up is None else min(chosen, STEP_UP_LIFETIME_MAX)

    def granted(self) -> StepUp | None:
        """As the product knows it."""
        return None if self.step_up is None else StepUp(self.step_up.kind, self.step_up.points)


class SignedData(_Sent):
    """What the member's key or wallet signed: `to_sign` of a dry run, as it was signed."""

    typed_data: dict[str, Any] = Field(description="EIP-712: types, primaryType, domain and message.")
    signature: str = Field(pattern="^0x(?:[0-9a-fA-F]{2})+$", max_length=2 + 2 * SIGNATURE_BYTES_MAX)

    def signed(self) -> Signed:
        """As the product knows it."""
        return Signed(self.typed_data, bytes.fromhex(self.signature[2:]))


class _ActionToDo(_Sent):
    signed: SignedData | None = Field(default=None, description="Of an account that is claimed.")


_To = Annotated[str, Field(min_length=3, max_length=42, pattern="^(mem_|0x)[0-9A-Za-z]+$")]


class RedemptionToMake(_ActionToDo):
    """Points for a reward."""

    reward: NumberGiven
    quantity: NumberGiven = 1
    points: PointsGiven | None = Field(
        default=None, description="Where the member chooses how many; else the reward's price."
    )


class TransferToMake(_ActionToDo):
    """Points for somebody else."""

    to: _To = Field(description="A member's id, or the address of an account.")
    points: PointsAtLeastOne


class ConversionToMake(_ActionToDo):
    """Points for a partner's points."""

    agreement: HashGiven = Field(description="Of the brand and the partner, by its id.")
    points: PointsAtLeastOne = Field(description="At most; what makes no whole point of the partner's stays.")
    to: _To = Field(description="A member's id in the partner's program, or the address of an account there.")


class DonationToMake(_ActionToDo):
    """Points for a charity."""

    charity: AddressGiven = Field(description="One that the program lists.")
    points: PointsAtLeastOne


class ClaimToMake(_Sent):
    """The account for a key or wallet of the member's own."""

    member: AddressGiven = Field(description="The key's address, or the wallet's.")
    signed: SignedData | None = Field(default=None, description="Its consent; needed for all but a dry run.")


class LimitsToSet(_Sent):
    """Points that a member's plain token moves; what is more takes a step-up."""

    action_points: PointsGiven
    day_points: PointsGiven = Field(description="Of the last 24 hours.")


class CharityToList(_Sent):
    """How members know the charity."""

    name: Identifier


class SignInToCheck(_Sent):
    """A message of EIP-4361 and its signature."""

    message: str = Field(min_length=1, max_length=MESSAGE_LENGTH_MAX, description="As it was signed, byte for byte.")
    signature: str = Field(
        pattern="^0x(?:[0-9a-fA-F]{2})+$",
        max_length=2 + 2 * SIGNATURE_BYTES_MAX,
        description="Of a key, of a contract (ERC-1271), or of one that does not exist yet (ERC-6492).",
    )
    account: str | None = Field(
        default=None,
        pattern="^0x[0-9a-fA-F]{40}$",
        description="The member's account, where the message is signed by the key or wallet that claimed it.",
    )

    def sign_in(self) -> SignIn:
        """As the product knows it."""
        account = None if self.account is None else address_from_hex(self.account)
        return SignIn(self.message, bytes.fromhex(self.signature[2:]), account)
