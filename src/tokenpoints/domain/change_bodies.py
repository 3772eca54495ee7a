"""What is asked for where a brand changes its program: the bodies of requests, and the terms that they come to."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)

from tokenpoints.domain.catalogue import NEVER, UNLIMITED, Reward, VoucherKind
from tokenpoints.domain.given import (
    AddressGiven,
    Body,
    HashGiven,
    MomentGiven,
    PointsAtLeastOne,
    PointsGiven,
    Text,
    TokenAmount,
)
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.rules import Terms
from tokenpoints.domain.specs import ProgramSpec, TransferPolicy
from tokenpoints.domain.tiers import MULTIPLIER_ONE, SAME_FOR_ALL, TIERS, Multipliers
from tokenpoints.domain.types import Hash32

DELAY_SECONDS_MAX = 365 * 86_400
_UINT32_MAX = (1 << 32) - 1
_CLOSES_AT_DEFAULT = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())


class FreezeReason(StrEnum):
    """Why an account is frozen, in the order of the contract's numbers."""

    MEMBER_REQUEST = "member_request"
    SUSPECTED_FRAUD = "suspected_fraud"
    LEGAL_ORDER = "legal_order"

    @property
    def number(self) -> int:
        """The contract's."""
        return list(FreezeReason).index(self)


class GrantedRole(StrEnum):
    """Roles of a program, in the order of the contract's numbers."""

    OWNER = "owner"
    OPERATOR = "operator"
    ISSUER = "issuer"
    GUARDIAN = "guardian"
    CUSTODIAN = "custodian"
    ADJUSTER = "adjuster"

    @property
    def number(self) -> int:
        """The contract's."""
        return list(GrantedRole).index(self)


class Metadata(StrEnum):
    """Texts that say where metadata is."""

    POINTS = "points"
    """ERC-7572, of the token."""
    VOUCHERS = "vouchers"
    """ERC-1155, of each voucher, with {id} in it."""
    VOUCHER_CONTRACT = "voucher_contract"
    """ERC-7572, of the vouchers."""


class RuleToSet(Body):
    """All terms of a rule, with either a rate or fixed points."""

    terms_document: Text = Field(description="The text that members are shown; its hash is in the terms.")
    rate: str | None = Field(
        default=None,
        pattern=r"^[1-9][0-9]{0,9}/[1-9][0-9]{0,9}$",
        description="Points per unit as a fraction: `1/100` gives one point for each 100 of the smallest unit.",
        examples=["1/100"],
    )
    fixed_points: PointsAtLeastOne | None = None
    cap_per_award: PointsAtLeastOne
    budget: PointsAtLeastOne
    budget_window_seconds: int = Field(ge=3600, le=_UINT32_MAX)
    opens_at: MomentGiven
    closes_at: MomentGiven = Field(default=_CLOSES_AT_DEFAULT, description="Without one, in 2100.")
    multipliers: list[Annotated[Decimal, Field(ge=0, le=Decimal("65.535"), decimal_places=3, strict=False)]] = Field(
        default=[], max_length=TIERS, description="By tier, the lowest first; without them, 1 in every tier."
    )

    @model_validator(mode="after")
    def _one_way_to_earn(self) -> Self:
        if (self.rate is None) == (self.fixed_points is None):
            raise ValueError("a rule has either a rate or fixed_points")
        if self.rate is not None and max(map(int, self.rate.split("/"))) > _UINT32_MAX:
            raise ValueError("rate: numerator and denominator are below 2^32")
        if self.multipliers and not any(self.multipliers):
            raise ValueError("multipliers are 0 in every tier, so that nothing is earned")
        if self.closes_at <= self.opens_at:
            raise ValueError("closes_at is not after opens_at")
        return self

    @property
    def terms(self) -> Terms:
        """As the contract takes it."""
        numerator, denominator = (int(part) for part in self.rate.split("/")) if self.rate else (0, 1)
        return Terms(
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            numerator=numerator,
            denominator=denominator,
            fixed_points=self.fixed_points or 0,
            cap_per_award=self.cap_per_award,
            budget=self.budget,
            budget_window_seconds=self.budget_window_seconds,
            multipliers=_thousandths(self.multipliers),
            terms_hash=Hash32(keccak(self.terms_document.encode())),
        )


def _thousandths(multipliers: list[Decimal]) -> Multipliers:
    """Beyond the highest tier that is named, its multiplier."""
    if not multipliers:
        return SAME_FOR_ALL
    known = [int(multiplier * MULTIPLIER_ONE) for multiplier in multipliers]
    first, second, third, fourth, *_ = [*known, *[known[-1]] * TIERS]
    return first, second, third, fourth


class RewardToSet(Body):
    """All of a reward. What is left out has no limit or no end."""

    voucher: Annotated[VoucherKind, Field(strict=False)]
    soulbound: bool = Field(default=False, description="Whether its vouchers stay with the account.")
    tier_min: int = Field(default=0, ge=0, lt=TIERS)
    price_min: PointsGiven = Field(description="Points for one voucher.")
    price_max: PointsGiven | None = Field(
        default=None, description="Where the member chooses how many points one voucher is for."
    )
    stock: int | None = Field(default=None, ge=1, lt=UNLIMITED)
    limit_per_member: int | None = Field(default=None, ge=1, lt=UNLIMITED)
    opens_at: MomentGiven
    closes_at: MomentGiven | None = None
    voucher_expires_at: MomentGiven | None = None
    valid_for_seconds: int | None = Field(default=None, ge=1, lt=UNLIMITED)
    terms_document: Text

    @property
    def reward(self) -> Reward:
        """As the contract takes it."""
        return Reward(
            kind=self.voucher,
            soulbound=self.soulbound,
            tier_min=self.tier_min,
            price_min=self.price_min,
            price_max=self.price_min if self.price_max is None else self.price_max,
            stock=UNLIMITED if self.stock is None else self.stock,
            limit_per_member=UNLIMITED if self.limit_per_member is None else self.limit_per_member,
            opens_at=self.opens_at,
            closes_at=NEVER if self.closes_at is None else self.closes_at,
            voucher_expires_at=NEVER if self.voucher_expires_at is None else self.voucher_expires_at,
            valid_for_seconds=UNLIMITED if self.valid_for_seconds is None else self.valid_for_seconds,
            terms_hash=Hash32(keccak(self.terms_document.encode())),
        )


class AccountToFreeze(Body):
    """Why, and until when: 90 days at most."""

    reason: Annotated[FreezeReason, Field(strict=False)]
    until: MomentGiven


class Pausing(Body):
    """Until when: 14 days at most."""

    until: MomentGiven


class IssuerToSet(Body):
    """How much a key can mint."""

    cap: PointsGiven = Field(description="Most points in any day; 0 stops it.")


class RoleToGrant(Body):
    """How long what the key does has to wait."""

    delay_seconds: int = Field(default=0, ge=0, le=DELAY_SECONDS_MAX)


class NoticePeriodToSet(Body):
    """A longer one holds at once, a shorter one after the present one."""

    notice_period_seconds: int = Field(ge=3600, le=730 * 86_400)


class WindDown(Body):
    """When the program ends: a notice period from now or later. Earning ends at once."""

    ends_at: MomentGiven


class PolicyToOpen(Body):
    """Between whom points may be transferred. There is no way back."""

    policy: Annotated[TransferPolicy, Field(strict=False)]


class MetadataToSet(Body):
    """Where the metadata is, or the metadata as a `data:` URI."""

    uri: str = Field(max_length=2000)


class AgreementToSign(Body):
    """What two brands agree on; the other signs the very same. Amounts are base units of the tokens."""

    source: AddressGiven = Field(description="PartnerExchange of the program whose points are burned.")
    source_points: PointsAtLeastOne = Field(description="Burned for each `target_points`.")
    target: AddressGiven = Field(description="PartnerExchange of the program whose points are minted.")
    target_points: PointsAtLeastOne
    quota: PointsAtLeastOne = Field(description="Most points minted in any window.")
    quota_window_seconds: int = Field(ge=3600, le=_UINT32_MAX)
    opens_at: MomentGiven
    closes_at: MomentGiven | None = None
    settlement: TokenAmount = Field(default=0, description="Of the settlement token, for each `source_points`.")
    settlement_token: AddressGiven | None = None
    beneficiary: AddressGiven | None = None
    terms_hash: HashGiven

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.settlement == 0) != (self.settlement_token is None) or (self.settlement == 0) != (
            self.beneficiary is None
        ):
            raise ValueError("settlement, settlement_token and beneficiary go together")
        if self.source == self.target:
            raise ValueError("source and target are the same")
        return self


class AgreementToAccept(Body):
    """Where the other side's signature is."""

    counterpart: AddressGiven = Field(description="The other program's PartnerExchange.")


class EscrowToWithdraw(Body):
    """What is taken out of an escrow, and where it goes."""

    amount: TokenAmount
    to: AddressGiven


class EscrowToDeposit(Body):
    """What is paid into an escrow, out of the operator's own."""

    amount: Annotated[TokenAmount, Field(ge=1)]


class KeysOfProgram(Body):
    """Who will act for a program, by role. Without owner, operator, guardian or adjuster, the deployer's key does."""

    issuer: AddressGiven
    custodian: AddressGiven
    owner: AddressGiven | None = None
    operator: AddressGiven | None = None
    guardian: AddressGiven | None = None
    adjuster: AddressGiven | None = None
    owner_delay_seconds: int = Field(default=0, ge=0, le=DELAY_SECONDS_MAX)
    operator_delay_seconds: int = Field(default=0, ge=0, le=DELAY_SECONDS_MAX)


class ProgramToCreate(BaseModel):
    """A program file as JSON, and who will act for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    program: ProgramSpec
    keys: KeysOfProgram
