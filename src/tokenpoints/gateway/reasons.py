"""Why an action is refused or failed, as a person reads it."""

from __future__ import annotations

from tokenpoints.domain.actions import Reason

REASONS = {
    Reason.INSUFFICIENT_POINTS: "The account has too few live points, or those it has are on their way elsewhere.",
    Reason.UNKNOWN_REWARD: "The program has no such reward.",
    Reason.REWARD_NOT_OPEN: "The reward cannot be redeemed at this time.",
    Reason.OUT_OF_STOCK: "There are not so many left of the reward.",
    Reason.LIMIT_REACHED: "The account has redeemed the reward as often as it can.",
    Reason.TIER_TOO_LOW: "The reward is for members of a higher tier.",
    Reason.QUANTITY_NOT_ALLOWED: "The reward is redeemed one at a time.",
    Reason.PRICE_DIFFERS: "The points are not the reward's price.",
    Reason.TRANSFER_NOT_ALLOWED: "The program allows no transfer of points to this account.",
    Reason.ACCOUNT_FROZEN: "The account is frozen.",
    Reason.PROGRAM_PAUSED: "The program is paused.",
    Reason.PROGRAM_ENDED: "The program has ended.",
    Reason.AGREEMENT_NOT_IN_FORCE: "The agreement with the partner is not in force.",
    Reason.QUOTA_USED_UP: "The partner takes no more points at present.",
    Reason.ESCROW_USED_UP: "The program has not set enough aside to pay the partner.",
    Reason.AMOUNT_TOO_SMALL: "So few points make none of the partner's.",
    Reason.POINTS_END_TOO_SOON: "The partner takes no points that end so soon.",
    Reason.PARTNER_ENDING: "The partner's program is coming to its end.",
    Reason.ACCOUNT_IS_CLAIMED: "The account is claimed, and only its member acts for it.",
    Reason.NO_CUSTODIAN: "The key that acted is no custodian of the program.",
    Reason.SIGNATURE_EXPIRED: "The signature's deadline was over before it could be sent.",
    Reason.SIGNATURE_NOT_ACCEPTED: "The account did not accept the signature.",
    Reason.NOTHING_DONE: "A reorganisation of the chain left it without effect. It can be asked for again.",
    Reason.REFUSED_BY_CONTRACT: "The contracts refuse it.",
}
