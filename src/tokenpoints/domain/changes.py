"""Changes on the chain: one shape for each kind of operation, as it is kept."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    model_validator,
)

from tokenpoints.domain.actions import Action, Claim, Convert, Donate, Redeem, Transfer
from tokenpoints.domain.change_bodies import (
    AccountToFreeze,
    AgreementToSign,
    EscrowToDeposit,
    EscrowToWithdraw,
    GrantedRole,
    IssuerToSet,
    Metadata,
    MetadataToSet,
    NoticePeriodToSet,
    Pausing,
    PolicyToOpen,
    ProgramToCreate,
    RewardToSet,
    RoleToGrant,
    RuleToSet,
    WindDown,
)
from tokenpoints.domain.given import (
    AddressGiven,
    Body,
    HashGiven,
    NumberGiven,
    PointsAtLeastOne,
    Text,
)
from tokenpoints.domain.operations import CALLS_MAX, Kind


class SetRule(RuleToSet):
    """The first version of a rule, or its next."""

    rule: NumberGiven


class CancelRuleChange(Body):
    """Take back a version that is announced."""

    rule: NumberGiven


class AddReward(RewardToSet):
    """A new reward."""


class ChangeReward(RewardToSet):
    """The next version of a reward."""

    reward_id: NumberGiven


class CloseReward(Body):
    """Close a reward after the notice period."""

    reward_id: NumberGiven


class Freeze(AccountToFreeze):
    """Stop an account from spending."""

    account: AddressGiven


class Unfreeze(Body):
    """Let a frozen account go on."""

    account: AddressGiven


class Pause(Pausing):
    """Stop all points."""


class Unpause(Body):
    """Let points move again."""


class SetIssuer(IssuerToSet):
    """Let a key mint, up to a cap."""

    issuer: AddressGiven


class RevokeIssuer(Body):
    """Stop a key from minting."""

    issuer: AddressGiven


class GrantRole(RoleToGrant):
    """Give a role to a key."""

    granted: Annotated[GrantedRole, Field(strict=False)]
    account: AddressGiven


class RevokeRole(Body):
    """Take a role from a key."""

    granted: Annotated[GrantedRole, Field(strict=False)]
    account: AddressGiven


class SetNoticePeriod(NoticePeriodToSet):
    """Change how long worse terms are announced."""


class AnnounceEnd(WindDown):
    """Announce the end of the program."""


class CancelEnd(Body):
    """Take back the announced end."""


class SetPartner(Body):
    """Make an account a partner's."""

    account: AddressGiven


class RemovePartner(Body):
    """Make an account no longer a partner's."""

    account: AddressGiven


class OpenTransfers(PolicyToOpen):
    """Allow more transfers."""


class SetMetadata(MetadataToSet):
    """Say where metadata is."""

    of: Annotated[Metadata, Field(strict=False)]


class SignAgreement(AgreementToSign):
    """Put this side's signature under an agreement."""


class TerminateAgreement(Body):
    """End an agreement."""

    agreement: HashGiven


class WithdrawEscrow(EscrowToWithdraw):
    """Take settlement money back."""

    agreement: HashGiven


class HeldPoints(Body):
    """Points of an account that nobody has claimed."""

    account: AddressGiven
    commitment: HashGiven
    points: PointsAtLeastOne


class MovePoints(Body):
    """Transfer a person's points to an account, or redeem them for a reward; exactly one of the two."""

    held: list[HeldPoints] = Field(min_length=1, max_length=CALLS_MAX // 2)
    to: AddressGiven | None = None
    reward: NumberGiven | None = None

    @model_validator(mode="after")
    def _one_way_out(self) -> Self:
        if (self.to is None) == (self.reward is None):
            raise ValueError("points go either to an account or for a reward")
        return self


class DepositEscrow(EscrowToDeposit):
    """Pay settlement money in."""

    agreement: HashGiven
    settlement_token: AddressGiven


class CollectSettlement(Body):
    """Have a beneficiary paid all that an exchange owes to it."""

    exchange: AddressGiven
    settlement_token: AddressGiven
    beneficiary: AddressGiven


class CreateProgram(ProgramToCreate):
    """A program to be created."""

    start: int = Field(ge=0, description="Unix time of epoch 1.")


class ClawBack(Body):
    """Take an award back, wholly or in part. Its call also proves what the award minted."""

    award: Text
    account: AddressGiven
    points: PointsAtLeastOne
    reason: Literal["refund", "mistake", "fraud"]


class RefundRedemption(Body):
    """Take the vouchers of a redemption, and give its points back."""

    redemption: int = Field(ge=1)
    account: AddressGiven


Change = (
    SetRule
    | CancelRuleChange
    | AddReward
    | ChangeReward
    | CloseReward
    | Freeze
    | Unfreeze
    | Pause
    | Unpause
    | SetIssuer
    | RevokeIssuer
    | GrantRole
    | RevokeRole
    | SetNoticePeriod
    | AnnounceEnd
    | CancelEnd
    | SetPartner
    | RemovePartner
    | OpenTransfers
    | SetMetadata
    | SignAgreement
    | TerminateAgreement
    | WithdrawEscrow
    | MovePoints
    | DepositEscrow
    | CollectSettlement
    | CreateProgram
    | Action
    | ClawBack
    | RefundRedemption
)
_OF_KIND: dict[Kind, type[Change]] = {
    Kind.SET_RULE: SetRule,
    Kind.CANCEL_RULE_CHANGE: CancelRuleChange,
    Kind.ADD_REWARD: AddReward,
    Kind.CHANGE_REWARD: ChangeReward,
    Kind.CLOSE_REWARD: CloseReward,
    Kind.FREEZE: Freeze,
    Kind.UNFREEZE: Unfreeze,
    Kind.PAUSE: Pause,
    Kind.UNPAUSE: Unpause,
    Kind.SET_ISSUER: SetIssuer,
    Kind.REVOKE_ISSUER: RevokeIssuer,
    Kind.GRANT_ROLE: GrantRole,
    Kind.REVOKE_ROLE: RevokeRole,
    Kind.SET_NOTICE_PERIOD: SetNoticePeriod,
    Kind.ANNOUNCE_END: AnnounceEnd,
    Kind.CANCEL_END: CancelEnd,
    Kind.SET_PARTNER: SetPartner,
    Kind.REMOVE_PARTNER: RemovePartner,
    Kind.OPEN_TRANSFERS: OpenTransfers,
    Kind.SET_METADATA: SetMetadata,
    Kind.SIGN_AGREEMENT: SignAgreement,
    Kind.TERMINATE_AGREEMENT: TerminateAgreement,
    Kind.WITHDRAW_ESCROW: WithdrawEscrow,
    Kind.MOVE_POINTS: MovePoints,
    Kind.DEPOSIT_ESCROW: DepositEscrow,
    Kind.COLLECT_SETTLEMENT: CollectSettlement,
    Kind.CREATE_PROGRAM: CreateProgram,
    Kind.REDEEM: Redeem,
    Kind.TRANSFER: Transfer,
    Kind.CONVERT: Convert,
    Kind.DONATE: Donate,
    Kind.CLAIM: Claim,
    Kind.CLAW_BACK: ClawBack,
    Kind.REFUND_REDEMPTION: RefundRedemption,
}
_KIND_OF = {model: kind for kind, model in _OF_KIND.items()}


def kind_of(change: Change) -> Kind:
    """Which kind of operation the change is."""
    return _KIND_OF[type(change)]


def change_from_json(kind: Kind, text: str) -> Change:
    """A change as it was kept."""
    return _OF_KIND[kind].model_validate_json(text)
