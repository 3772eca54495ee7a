"""A program, its contracts and rules, and how its processes are doing."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tokenpoints.domain.operations import Role
from tokenpoints.domain.programs import ReceiptKind
from tokenpoints.domain.reconciliation import DifferenceKind
from tokenpoints.domain.submissions import Wait
from tokenpoints.gateway.answers.fields import AddressText, Answer, HashText, Points, Time, Wei


class CurrencyAnswer(Answer):
    code: str = Field(examples=["USD"])
    exponent: int = Field(description="Decimal places of the smallest unit, which amounts count.")


class TermsAnswer(Answer):
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


class RuleAnswer(Answer):
    id: int
    name: str
    earns_on: ReceiptKind
    terms_document: str
    terms: TermsAnswer | None = Field(
        description="The version in force. Null before the indexer has read it; receipts wait for it."
    )
    announced: TermsAnswer | None = Field(description="The version that is announced, if any.")


class ContractsAnswer(Answer):
    access: AddressText
    token: AddressText
    rules: AddressText
    rewards: AddressText
    vouchers: AddressText
    exchange: AddressText
    accounts: AddressText


class ProgramAnswer(Answer):
    slug: str
    name: str
    symbol: str
    decimals: int = Field(description="Decimal places of a point.")
    currency: CurrencyAnswer
    chain_id: int
    issuer: AddressText
    contracts: ContractsAnswer
    rules: list[RuleAnswer]


class ProgramsAnswer(Answer):
    programs: list[ProgramAnswer]


class DifferenceAnswer(Answer):
    kind: DifferenceKind
    subject: str = Field(
        description="The account, the token of the supply, `rule 1 version 2` or `<issuer> batch 7`.",
        examples=["0x7c5e36951decdef58d70d8651bdba893e852b1ae"],
    )
    in_database: str
    on_chain: str


class ReconciliationAnswer(Answer):
    """What the last comparison of the database with the chain found."""

    block_number: int = Field(description="The block at which everything was compared.")
    block_hash: HashText
    compared_at: Time
    accounts: int = Field(description="How many accounts were compared, those without points included.")
    rule_versions: int
    batches: int
    difference_count: int
    differences: list[DifferenceAnswer] = Field(description="The first hundred.")


class SubmitterAnswer(Answer):
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


class OperatorAnswer(Answer):
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


class StatusAnswer(Answer):
    """Whether awards reach the chain."""

    submitters: list[SubmitterAnswer] = Field(description="Empty before the first has looked at the chain.")
    operators: list[OperatorAnswer] = Field(description="The keys that make operations, by role.")
