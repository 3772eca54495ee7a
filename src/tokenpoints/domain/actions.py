"""What members do with their accounts: one shape for each kind of action, and when it takes a second proof."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import Field

from tokenpoints.domain.given import (
    AddressGiven,
    Body,
    HashGiven,
    NumberGiven,
    PointsAtLeastOne,
    PointsGiven,
)

STEP_UP_ACTION_DEFAULT, STEP_UP_DAY_DEFAULT = 1_000, 5_000
"""Whole points, where a program has set nothing."""


class Redeem(Body):
    """Points burned for a reward."""

    reward: NumberGiven
    quantity: NumberGiven
    points: PointsGiven


class Transfer(Body):
    """Points for another account."""

    to: AddressGiven
    to_member: str | None = None
    points: PointsAtLeastOne


class Convert(Body):
    """Points burned for a partner's."""

    agreement: HashGiven
    points: PointsAtLeastOne = Field(description="At most; what makes no whole point of the partner's stays.")
    to: AddressGiven


class Donate(Body):
    """Points for a charity that the program lists."""

    charity: AddressGiven
    points: PointsAtLeastOne


class Claim(Body):
    """The account for a key of the member's own."""

    member: AddressGiven


Action = Redeem | Transfer | Convert | Donate | Claim


class Reason(StrEnum):
    """Why an action is refused, or failed."""

    INSUFFICIENT_POINTS = "insufficient_points"
    UNKNOWN_REWARD = "unknown_reward"
    REWARD_NOT_OPEN = "reward_not_open"
    OUT_OF_STOCK = "out_of_stock"
    LIMIT_REACHED = "limit_reached"
    TIER_TOO_LOW = "tier_too_low"
    QUANTITY_NOT_ALLOWED = "quantity_not_allowed"
    PRICE_DIFFERS = "price_differs"
    TRANSFER_NOT_ALLOWED = "transfer_not_allowed"
    ACCOUNT_FROZEN = "account_frozen"
    PROGRAM_PAUSED = "program_paused"
    PROGRAM_ENDED = "program_ended"
    AGREEMENT_NOT_IN_FORCE = "agreement_not_in_force"
    QUOTA_USED_UP = "quota_used_up"
    ESCROW_USED_UP = "escrow_used_up"
    AMOUNT_TOO_SMALL = "amount_too_small"
    POINTS_END_TOO_SOON = "points_end_too_soon"
    PARTNER_ENDING = "partner_ending"
    ACCOUNT_IS_CLAIMED = "account_is_claimed"
    NO_CUSTODIAN = "no_custodian"
    SIGNATURE_EXPIRED = "signature_expired"
    SIGNATURE_NOT_ACCEPTED = "signature_not_accepted"
    NOTHING_DONE = "nothing_done"
    REFUSED_BY_CONTRACT = "refused_by_contract"


_REASON_OF = {
    "ERC20InsufficientBalance": Reason.INSUFFICIENT_POINTS,
    "UnknownReward": Reason.UNKNOWN_REWARD,
    "RewardNotOpen": Reason.REWARD_NOT_OPEN,
    "StockExceeded": Reason.OUT_OF_STOCK,
    "LimitExceeded": Reason.LIMIT_REACHED,
    "TierTooLow": Reason.TIER_TOO_LOW,
    "InvalidQuantity": Reason.QUANTITY_NOT_ALLOWED,
    "PriceDiffers": Reason.PRICE_DIFFERS,
    "TransferNotAllowed": Reason.TRANSFER_NOT_ALLOWED,
    "AccountIsFrozen": Reason.ACCOUNT_FROZEN,
    "Paused": Reason.PROGRAM_PAUSED,
    "ProgramEnded": Reason.PROGRAM_ENDED,
    "NotInForce": Reason.AGREEMENT_NOT_IN_FORCE,
    "QuotaExceeded": Reason.QUOTA_USED_UP,
    "InsufficientEscrow": Reason.ESCROW_USED_UP,
    "AmountTooSmall": Reason.AMOUNT_TOO_SMALL,
    "LifeTooShort": Reason.POINTS_END_TOO_SOON,
    "EndAnnounced": Reason.PARTNER_ENDING,
    "NotMember": Reason.ACCOUNT_IS_CLAIMED,
    "AlreadyClaimed": Reason.ACCOUNT_IS_CLAIMED,
    "NotCustodian": Reason.NO_CUSTODIAN,
    "SignatureExpired": Reason.SIGNATURE_EXPIRED,
    "InvalidSignature": Reason.SIGNATURE_NOT_ACCEPTED,
    "NothingDone": Reason.NOTHING_DONE,
}


def reason_of(error: str) -> Reason:
    """The reason for which contracts refused, by their error in words."""
    return _REASON_OF.get(error.partition("(")[0], Reason.REFUSED_BY_CONTRACT)


@dataclass(frozen=True, slots=True)
class StepUpLimits:
    """Points that a member's plain token moves, of one action and of the last 24 hours; more takes a step-up."""

    action_points: int
    day_points: int


@dataclass(frozen=True, slots=True)
class StepUp:
    """What a token was issued for, after the brand's app has asked the customer once more."""

    kind: str
    points: int
    """At most."""


def default_limits(decimals: int) -> StepUpLimits:
    """Of a program that has set none."""
    unit = int(10**decimals)
    return StepUpLimits(STEP_UP_ACTION_DEFAULT * unit, STEP_UP_DAY_DEFAULT * unit)


def needs_step_up(action: Action, points: int, *, day_points: int, limits: StepUpLimits) -> bool:
    """Whether a plain token is not enough. `day_points` went before it; a claim always needs one."""
    return isinstance(action, Claim) or points > limits.action_points or day_points + points > limits.day_points
