"""Agreements between two programs: their terms, what a conversion costs, and where they stand. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from tokenpoints.domain.types import Address, Hash32


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two exchanges signed. Times are Unix seconds, points base units of each token."""

    id: Hash32
    source: Address
    """The exchange whose points are burned; the other one's are minted."""
    source_points: int
    target: Address
    target_points: int
    quota: int
    quota_window_seconds: int
    opens_at: int
    closes_at: int
    settlement: int
    """Of the settlement token, for each `source_points`."""
    settlement_token: Address | None
    beneficiary: Address | None
    terms_hash: Hash32

    def counterpart_of(self, exchange: Address) -> Address:
        """The other side."""
        return self.target if exchange == self.source else self.source


@dataclass(frozen=True, slots=True)
class Price:
    """What one conversion burns, mints and settles."""

    burned: int
    minted: int
    settlement: int


def price_of(agreement: Agreement, points: int, *, burned_before: int) -> Price:
    """What `convert` would do with `points`, after `burned_before` were burned under the agreement."""
    minted = points * agreement.target_points // agreement.source_points
    return price_of_minted(agreement, minted, burned_before=burned_before)


def price_of_minted(agreement: Agreement, minted: int, *, burned_before: int) -> Price:
    """What a conversion that minted so much has burned and settled: one follows from the other."""
    burned = _divided_up(minted * agreement.source_points, agreement.target_points)
    return Price(burned, minted, settled(agreement, burned_before + burned) - settled(agreement, burned_before))


def settled(agreement: Agreement, burned: int) -> int:
    """The settlement of all that was ever burned. It is rounded up once, over all conversions together."""
    return _divided_up(burned * agreement.settlement, agreement.source_points)


def exact_minted(agreement: Agreement, points: int) -> Fraction:
    """What `points` are worth before anything is rounded."""
    return Fraction(points * agreement.target_points, agreement.source_points)


class AgreementState(StrEnum):
    """Where an agreement stands, as one of its sides sees it."""

    PROPOSED_BY_US = "proposed_by_us"
    """Signed here and not there."""
    PROPOSED_TO_US = "proposed_to_us"
    """Signed there and not here."""
    AGREED = "agreed"
    """Signed by both, and not open yet."""
    IN_FORCE = "in_force"
    NOTICE = "notice"
    """In force, and one side has ended it."""
    ENDED = "ended"


def state_of(agreement: Agreement, *, ends_here: int, ends_there: int, timestamp: int) -> AgreementState:
    """`ends_here` and `ends_there` are what the exchanges' `endsAtOf` say: 0 where one has not signed."""
    signed = [end for end in (ends_here, ends_there) if end]
    if signed and min(signed) <= timestamp:
        return AgreementState.ENDED
    if not ends_there:
        return AgreementState.PROPOSED_BY_US
    if not ends_here:
        return AgreementState.PROPOSED_TO_US
    if timestamp < agreement.opens_at:
        return AgreementState.AGREED
    return AgreementState.NOTICE if min(signed) < agreement.closes_at else AgreementState.IN_FORCE


class Hindrance(StrEnum):
    """Why a conversion would be refused now."""

    NOT_IN_FORCE = "not_in_force"
    TOO_SMALL = "too_small"
    """The points are worth less than one of the other program's."""
    QUOTA = "quota"
    ESCROW = "escrow"
    PROGRAM_ENDED = "program_ended"
    """The source's."""
    END_ANNOUNCED = "end_announced"
    """By the target, which takes no more points in."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An agreement at one block, as both exchanges and both programs say."""

    agreement: Agreement
    timestamp: int
    """Of the block."""
    ends_at_source: int
    ends_at_target: int
    quota_left: int
    escrow: int
    burned: int
    owed: int
    """To the beneficiary, by the source, for all its agreements with that settlement token."""
    notice_source_seconds: int
    notice_target_seconds: int
    source_ended: bool
    target_end_announced: bool

    def state_for(self, exchange: Address) -> AgreementState:
        """As the side of `exchange` sees it."""
        ends = (self.ends_at_source, self.ends_at_target)
        here, there = ends if exchange == self.agreement.source else ends[::-1]
        return state_of(self.agreement, ends_here=here, ends_there=there, timestamp=self.timestamp)

    @property
    def rate_holds_until(self) -> int:
        """Before it neither side can end the agreement: whoever does gives notice."""
        return min(
            self.ends_at_source,
            self.ends_at_target,
            self.timestamp + self.notice_source_seconds,
            self.timestamp + self.notice_target_seconds,
        )

    def hindrance(self, price: Price) -> Hindrance | None:
        """Why a conversion at this price would be refused, as far as it does not depend on whose points they are."""
        state = self.state_for(self.agreement.source)
        if state not in (AgreementState.IN_FORCE, AgreementState.NOTICE):
            return Hindrance.NOT_IN_FORCE
        if self.source_ended:
            return Hindrance.PROGRAM_ENDED
        if price.minted == 0:
            return Hindrance.TOO_SMALL
        if price.minted > self.quota_left:
            return Hindrance.QUOTA
        if price.settlement > self.escrow:
            return Hindrance.ESCROW
        return Hindrance.END_ANNOUNCED if self.target_end_announced else None


def _divided_up(number: int, by: int) -> int:
    return -(-number // by)
