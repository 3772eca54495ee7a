"""The shapes of what callers get of partners and agreements. Amounts of settlement tokens are in their base unit."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tokenpoints.domain.agreements import AgreementState, Hindrance
from tokenpoints.gateway.answers.fields import AddressText, HashText, Points, Time
from tokenpoints.statements.partnership import LineKind

Amount = Annotated[str, Field(pattern=r"^-?[0-9]+$", examples=["2500000"])]
"""Of the settlement token, in its base unit."""
Direction = Literal["out", "in"]
"""Whether our points are burned, or minted."""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RateAnswer(_Answer):
    """What points become, exactly."""

    source_points: Points = Field(description="Burned for each `target_points`.")
    target_points: Points
    fraction: str = Field(description="Minted for each one burned, in lowest terms.", examples=["3/5"])
    text: str = Field(description="In the caller's language.", examples=["500 of ours become 300 of theirs"])


class PartyAnswer(_Answer):
    """A program, as its contracts say."""

    exchange: AddressText
    token: AddressText
    name: str
    symbol: str
    decimals: int


class PostedRateAnswer(_Answer):
    """An agreement that a partner signed: with us in any state, with others those that hold."""

    agreement: HashText
    with_us: bool
    source: AddressText = Field(description="The exchange whose points are burned.")
    target: AddressText
    rate: RateAnswer
    settlement: Amount = Field(description="For each `source_points`.")
    settlement_token: AddressText | None
    state: AgreementState


class PartnerAnswer(PartyAnswer):
    """A program with which ours can make agreements."""

    par_value: str = Field(pattern="^[0-9]+$", description="Of its point, in the unit that all programs share.")
    rate_at_par_out: RateAnswer = Field(description="The best that the contracts allow where our points are burned.")
    rate_at_par_in: RateAnswer = Field(description="The same where theirs are.")
    posted: list[PostedRateAnswer] | None = Field(
        description="The newest 20. Null where the node does not look so far back."
    )


class PartnersAnswer(_Answer):
    """In the order in which the programs were created."""

    partners: list[PartnerAnswer]
    complete: bool = Field(
        description="False where the node does not look far enough back: then these are those that this gateway serves."
    )
    block_number: int
    next_cursor: str | None


class SignatureAnswer(_Answer):
    """Where a side signed."""

    block_number: int
    transaction_hash: HashText
    explorer: str = Field(description="Its page, below the explorer's address.", examples=["/tx/0xbbc9…"])


class AgreementAnswer(_Answer):
    """An agreement, as both exchanges say at `block_number`."""

    id: HashText
    direction: Direction = Field(description="`out` where our points are burned, `in` where they are minted.")
    state: AgreementState
    partner: PartyAnswer
    rate: RateAnswer
    quota: Points = Field(description="Most points minted in any window, and in one conversion.")
    quota_window_seconds: int
    quota_left: Points
    opens_at: Time | None
    closes_at: Time | None = Field(description="Null where it was signed without an end.")
    ends_at: Time | None = Field(description="When the first side stops keeping it. Null for never.")
    settlement: Amount = Field(description="For each `source_points`.")
    settlement_token: AddressText | None
    beneficiary: AddressText | None
    escrow: Amount = Field(description="What is left at the source for the settlement of conversions.")
    terms_hash: HashText
    signed_by_us: SignatureAnswer | None
    signed_by_them: SignatureAnswer | None = Field(description="Null also where this gateway does not serve them.")
    explorer: str = Field(description="The source's exchange, below the explorer's address.")
    block_number: int
    block_hash: HashText


class AgreementsAnswer(_Answer):
    """Newest first."""

    agreements: list[AgreementAnswer]
    next_cursor: str | None


class RoundingAnswer(_Answer):
    """What is left over, and who has it."""

    left_over: Points = Field(description="Of the points asked for: not burned, so that they stay with the member.")
    minted_exact: str = Field(description="What all points would become, as a fraction.", examples=["602/3"])
    lost: str = Field(
        description="What the burned points are worth beyond those minted, as a fraction of one: less than one.",
        examples=["2/3"],
    )
    favours: Literal["nobody", "programs"] = Field(description="Whom `lost` favours.")
    text: str = Field(description="In the caller's language.")


class QuoteAnswer(_Answer):
    """What a conversion would do at `block_number`."""

    agreement: HashText
    points: Points = Field(description="That were asked for.")
    burned: Points
    minted: Points
    settlement: Amount
    settlement_token: AddressText | None
    rate: RateAnswer
    rounding: RoundingAnswer
    possible: bool = Field(description="Whether a conversion by a member who has the points would go through now.")
    hindrance: Hindrance | None = Field(description="Why not.")
    expires_at: Time | None = Field(
        description="Until then the rate holds: within an agreement it cannot change, and neither side can end the "
        "agreement sooner. Null where it has ended or is not signed."
    )
    reserved: Literal[False] = Field(
        description="Nothing is set aside: quota and escrow are whoever's converts first, either program can announce "
        "its end or pause, and the last unit of the settlement depends on conversions before."
    )
    block_number: int
    block_hash: HashText
    block_time: Time | None


class PositionAnswer(_Answer):
    """One direction, since it was signed."""

    agreement: HashText
    direction: Direction
    state: AgreementState
    burned: Points
    minted: Points | None = Field(description="Null where neither side's logs are indexed.")
    settled: Amount = Field(description="What all conversions came to, collected or not.")
    settlement_token: AddressText | None
    beneficiary: AddressText | None
    escrow_free: Amount = Field(description="Can be withdrawn, and pays for the next conversions.")
    owed: Amount = Field(
        description="Bound: can be collected by the beneficiary. For all agreements of the source in that token."
    )
    collected: Amount | None = Field(
        description="By the beneficiary, likewise. Null where this gateway does not serve the source."
    )


class NetAnswer(_Answer):
    """Between the two programs, in one token."""

    settlement_token: AddressText
    we_owe: Amount
    they_owe: Amount
    net: Amount = Field(description="What they owe, less what we owe.")


class SettlementAnswer(_Answer):
    """Positions of all agreements with one partner, that of the path first."""

    partner: PartyAnswer
    positions: list[PositionAnswer]
    net: list[NetAnswer]
    block_number: int
    block_hash: HashText


class StatementPositionAnswer(_Answer):
    """Sums since the agreement was signed, and what is kept at the source."""

    burned: Points
    minted: Points
    settled: Amount
    escrow: Amount | None = Field(description="Null where this gateway does not serve the source, as `owed`.")
    owed: Amount | None


class StatementLineAnswer(_Answer):
    """One log."""

    kind: LineKind
    at: Time
    agreement: HashText | None = Field(description="Null of a collection, which is for all agreements.")
    account: AddressText | None
    recipient: AddressText | None
    change: StatementPositionAnswer
    after: StatementPositionAnswer
    block_number: int
    transaction_hash: HashText
    log_index: int
    explorer: str = Field(description="Its page, below the explorer's address.", examples=["/tx/0xbbc9…"])


class StatementTotalAnswer(_Answer):
    """All lines of a kind."""

    kind: LineKind
    count: int
    change: StatementPositionAnswer


class ComparedAnswer(_Answer):
    """The contract's own figures at the last block."""

    agrees: bool
    burned: Points
    escrow: Amount
    owed: Amount


class AgreementStatementAnswer(_Answer):
    """A month of an agreement."""

    agreement: HashText
    direction: Direction
    source: AddressText
    target: AddressText
    settlement_token: AddressText | None
    beneficiary: AddressText | None
    month: str
    since: Time
    until: Time = Field(description="Not included.")
    opening: StatementPositionAnswer
    lines: list[StatementLineAnswer]
    totals: list[StatementTotalAnswer]
    closing: StatementPositionAnswer
    block_number: int | None = Field(description="The last one of the month that was read.")
    block_hash: HashText | None
    complete: bool = Field(description="False while blocks of the month can come or be undone.")
    on_chain: ComparedAnswer | None = Field(
        description="At `block_number`. Null where the node no longer keeps that block's state."
    )
