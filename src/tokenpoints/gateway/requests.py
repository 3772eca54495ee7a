"""The shapes of what callers send."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from tokenpoints.access.keys import KeyRequest
from tokenpoints.access.member_tokens import LIFETIME_MAX
from tokenpoints.access.sign_in import SignIn
from tokenpoints.chain.signatures import SIGNATURE_BYTES_MAX
from tokenpoints.domain.accounts import IDENTIFIER_LENGTH_MAX, is_identifier, normalised
from tokenpoints.domain.entries import AwardStatus, EntryType
from tokenpoints.domain.given import PointsAtLeastOne
from tokenpoints.domain.instants import parse_rfc3339
from tokenpoints.domain.keys import OVERLAP_MAX, KeyRole, Limits, Scope
from tokenpoints.domain.operations import Kind, OperationState
from tokenpoints.domain.programs import ReceiptKind
from tokenpoints.domain.rules import UNITS_MAX
from tokenpoints.domain.sign_in_message import MESSAGE_LENGTH_MAX
from tokenpoints.domain.types import address_from_hex
from tokenpoints.domain.webhooks import EventType, MessageState
from tokenpoints.earning.intake import Draft
from tokenpoints.gateway.fields import LENGTH_MAX as FIELDS_LENGTH_MAX
from tokenpoints.gateway.fields import MEANING as FIELDS_MEANING
from tokenpoints.proofs.file import AWARDS_MAX
from tokenpoints.webhooks.sending import URL_LENGTH_MAX

BULK_COUNT_MAX = 10_000
BLOCK_NUMBER_MAX = (1 << 63) - 1
PAGE_SIZE_MAX = 500
OVERLAP_SECONDS_MAX = 7 * 86_400
_DIGIT_COUNT_MAX = len(str(UNITS_MAX))


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
    if not 1 <= number <= UNITS_MAX:
        raise PydanticCustomError("amount_out_of_range", "must be from 1 to {most}", {"most": UNITS_MAX})
    return number


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


class _Sent(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class MemberToEnrol(_Sent):
    """A customer, by the id that the brand knows them by."""

    customer_id: Identifier


class MembersToEnrol(_Sent):
    """Many customers at once."""

    customer_ids: list[Identifier] = Field(min_length=1, max_length=BULK_COUNT_MAX)


class ReceiptToRecord(_Sent):
    """What happened in the shop. Names the member by exactly one of `member` and `customer_id`."""

    reference: Identifier = Field(description="The brand's own id of this receipt, unique for ever in the program.")
    member: str | None = Field(default=None, max_length=40, description="A member's id.")
    customer_id: Identifier | None = None
    kind: Literal["purchase"]
    amount: Amount
    currency: str | None = Field(default=None, max_length=3, description="The program's own, where it is given.")
    occurred_at: Instant
    store: Identifier | None = Field(default=None, description="Where it happened. A store's key need not say it.")

    def draft(self) -> Draft:
        """The receipt as the product knows it."""
        return Draft(
            reference=self.reference,
            member_id=self.member,
            customer_id=self.customer_id,
            kind=ReceiptKind(self.kind),
            amount=self.amount,
            currency=self.currency,
            occurred_at=self.occurred_at,
            store=self.store,
        )


class ReceiptsToRecord(_Sent):
    """Many receipts at once; all are recorded or none."""

    receipts: list[ReceiptToRecord] = Field(min_length=1, max_length=BULK_COUNT_MAX)


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
    limit: int = Field(default=100, ge=1, le=PAGE_SIZE_MAX)


class MembersQuery(_Page):
    """Which members to list."""

    customer_id: Identifier | None = None


class AwardsQuery(_Page):
    """Which awards to list."""

    member: str | None = Field(default=None, max_length=40)
    status: AwardStatus | None = None
    reference: Identifier | None = None


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
