"""A program and its contracts, as the deployment file describes them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from tokenpoints.domain.points import POINTS_MAX, EpochClock
from tokenpoints.domain.tiers import padded_thresholds
from tokenpoints.domain.types import Address, Hash32, address_from_hex, hash_from_hex, hex_of


def _to_address(value: Any) -> Any:
    return address_from_hex(value) if isinstance(value, str) else value


def _to_hash(value: Any) -> Any:
    return hash_from_hex(value) if isinstance(value, str) else value


AddressField = Annotated[Address, BeforeValidator(_to_address), PlainSerializer(hex_of, when_used="json")]
HashField = Annotated[Hash32, BeforeValidator(_to_hash), PlainSerializer(hex_of, when_used="json")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$")]


ADJUSTMENT_LIMIT, ADJUSTMENT_DAYS = 1_000, 7
"""Of programs that say nothing else."""


class _Noun(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReceiptKind(StrEnum):
    """What happened: in the shop, in the app, or in the back office."""

    PURCHASE = "purchase"
    VISIT = "visit"
    SIGN_UP = "sign_up"
    BIRTHDAY = "birthday"
    ANNIVERSARY = "anniversary"
    SURVEY = "survey"
    REVIEW = "review"
    REFERRAL = "referral"
    """Earns for both members, once the friend has made a first purchase."""
    SOCIAL = "social"
    DONATION = "donation"
    ADJUSTMENT = "adjustment"
    """Points given or taken by hand."""
    REFUND = "refund"
    """Takes back what another receipt earned, and earns nothing."""


class Currency(_Noun):
    """What amounts of receipts are in. Amounts count the smallest unit, as in ISO 4217."""

    code: str = Field(pattern=r"^[A-Z]{3}$")
    exponent: int = Field(ge=0, le=4)
    """Decimal places of the smallest unit: 2 for USD, 0 for KRW."""


class ProgramRule(_Noun):
    """What the chain does not say of a rule: its name, and which receipts fall under it."""

    id: int = Field(ge=1, lt=1 << 32)
    name: str = Field(min_length=1, max_length=60)
    earns_on: ReceiptKind
    terms_document: str = Field(min_length=1, max_length=4000)
    """The text whose keccak-256 is the rule's terms hash."""


class Contract(_Noun):
    """One deployed contract."""

    address: AddressField
    block_number: int
    transaction_hash: HashField
    constructor_arguments: list[Any]
    code_hash: HashField
    """keccak-256 of the code at the address."""


class Contracts(_Noun):
    """The contracts of one program."""

    access: Contract
    token: Contract
    rules: Contract
    rewards: Contract
    vouchers: Contract
    exchange: Contract
    accounts: Contract

    @property
    def logging(self) -> tuple[Contract, ...]:
        """Those whose logs the indexer follows."""
        return self.token, self.rules, self.exchange


class Origin(_Noun):
    """Who deployed a program, and how: the contracts' addresses follow from factory, deployer and salt."""

    deployer: AddressField
    factory: AddressField
    salt: HashField
    transactions: list[HashField]
    """The creation, then one for each rule."""


class Calendar(_Noun):
    """When epochs begin, how long they are, and how many make a tier period."""

    start: int = Field(ge=0)
    length_seconds: int = Field(ge=3600)
    tier_period_epochs: int = Field(ge=1)
    points_expire: bool = True


class Tier(_Noun):
    """A standing that members reach."""

    name: str = Field(min_length=1, max_length=40)
    threshold: int = Field(default=0, ge=0, le=POINTS_MAX)
    """Points of a tier period that lead to it; 0 for the lowest."""


class Program(_Noun):
    """One brand's points on one chain."""

    slug: Slug
    name: str = Field(min_length=1, max_length=60)
    symbol: str = Field(min_length=1, max_length=11)
    decimals: int = Field(ge=0, le=6)
    currency: Currency
    accent: str = Field(pattern=r"^#[0-9a-f]{6}$")
    """The brand's colour on pages."""
    calendar: Calendar
    tiers: list[Tier] = []
    """The lowest first; empty in a program without tiers."""
    look_back_seconds: int = Field(ge=1)
    """How long ago a receipt can have occurred to fall under the version of its rule of that time."""
    adjustment_limit: int = Field(default=ADJUSTMENT_LIMIT, ge=0, le=POINTS_MAX)
    """Points above which an adjustment, either way, waits for a second approver."""
    adjustment_days: int = Field(default=ADJUSTMENT_DAYS, ge=1, le=365)
    """How long it waits at most."""
    issuer: AddressField
    """The account whose key signs this program's batches."""
    further_issuers: list[AddressField] = []
    """Others that sign batches, each with numbers of its own."""
    account_implementation: AddressField
    """What the members' accounts are clones of; part of their addresses."""
    rules: list[ProgramRule]
    contracts: Contracts
    origin: Origin

    @property
    def issuers(self) -> list[Address]:
        """All that sign batches."""
        return [self.issuer, *self.further_issuers]

    @property
    def clock(self) -> EpochClock:
        """The calendar, and what it does to points and tiers."""
        return EpochClock(
            start=self.calendar.start,
            length_seconds=self.calendar.length_seconds,
            tier_period_epochs=self.calendar.tier_period_epochs,
            points_expire=self.calendar.points_expire,
            thresholds=padded_thresholds(tier.threshold for tier in self.tiers[1:]),
        )

    def tier_name(self, tier: int) -> str | None:
        """The name of a tier; None in a program without tiers."""
        return self.tiers[tier].name if tier < len(self.tiers) else None

    def rule_for(self, kind: ReceiptKind) -> ProgramRule | None:
        """The rule that a receipt of `kind` falls under."""
        return next((rule for rule in self.rules if rule.earns_on == kind), None)

    def rule(self, rule_id: int) -> ProgramRule | None:
        return next((rule for rule in self.rules if rule.id == rule_id), None)


class Deployment(_Noun):
    """Everything that is deployed on one chain."""

    chain_id: int
    programs: dict[str, Program]

    def having(self, program: Program) -> Deployment:
        """With the program, in the place of one of the same name."""
        return self.model_copy(update={"programs": {**self.programs, program.slug: program}})

    @property
    def first_block(self) -> int:
        """No log of any program is older."""
        return min(
            contract.block_number
            for program in self.programs.values()
            for contract in (
                program.contracts.access,
                program.contracts.token,
                program.contracts.rules,
                program.contracts.accounts,
            )
        )
