"""What members do, and how they prove who they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from tokenpoints.access.member_tokens import LIFETIME_MAX, STEP_UP_LIFETIME_MAX
from tokenpoints.access.sign_in import SignIn
from tokenpoints.actions.signing import Signed
from tokenpoints.chain.signatures import SIGNATURE_BYTES_MAX
from tokenpoints.domain.actions import StepUp
from tokenpoints.domain.given import AddressGiven, HashGiven, NumberGiven, PointsAtLeastOne, PointsGiven
from tokenpoints.domain.operations import OperationState
from tokenpoints.domain.sign_in_message import MESSAGE_LENGTH_MAX
from tokenpoints.domain.types import address_from_hex
from tokenpoints.gateway.requests.fields import Identifier, Page, Sent


class ActionsQuery(Page):
    """Which actions to list."""

    state: OperationState | None = None
    kind: Literal["redeem", "transfer", "convert", "donate", "claim"] | None = None


class StepUpToGrant(Sent):
    """What the customer has confirmed to the brand's app: one action, of so many points at most."""

    kind: Literal["redeem", "transfer", "convert", "donate", "claim"]
    points: PointsGiven = Field(default=0, description="0 for a claim.")


class TokenToIssue(Sent):
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


class SignedData(Sent):
    """What the member's key or wallet signed: `to_sign` of a dry run, as it was signed."""

    typed_data: dict[str, Any] = Field(description="EIP-712: types, primaryType, domain and message.")
    signature: str = Field(pattern="^0x(?:[0-9a-fA-F]{2})+$", max_length=2 + 2 * SIGNATURE_BYTES_MAX)

    def signed(self) -> Signed:
        """As the product knows it."""
        return Signed(self.typed_data, bytes.fromhex(self.signature[2:]))


class _ActionToDo(Sent):
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


class ClaimToMake(Sent):
    """The account for a key or wallet of the member's own."""

    member: AddressGiven = Field(description="The key's address, or the wallet's.")
    signed: SignedData | None = Field(default=None, description="Its consent; needed for all but a dry run.")


class LimitsToSet(Sent):
    """Points that a member's plain token moves; what is more takes a step-up."""

    action_points: PointsGiven
    day_points: PointsGiven = Field(description="Of the last 24 hours.")


class CharityToList(Sent):
    """How members know the charity."""

    name: Identifier


class SignInToCheck(Sent):
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
