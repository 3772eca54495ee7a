"""Members, and what is asked about them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.erasure import PointsOnErasure
from tokenpoints.domain.given import AddressGiven, NumberGiven
from tokenpoints.gateway.requests.fields import BLOCK_NUMBER_MAX, BULK_COUNT_MAX, Identifier, Instant, Page, Query, Sent
from tokenpoints.proofs.file import AWARDS_MAX


class MemberToEnrol(Sent):
    """A customer, by the id that the brand knows them by."""

    customer_id: Identifier


class MembersToEnrol(Sent):
    """Many customers at once."""

    customer_ids: list[Identifier] = Field(min_length=1, max_length=BULK_COUNT_MAX)


class MergeToMake(Sent):
    """Who a member is."""

    into: str = Field(max_length=40, description="The id of the member that they become.")


class ErasurePolicyToSet(Sent):
    """What becomes of points: `to` goes with `transfer`, `reward` with `redeem`."""

    points: Annotated[PointsOnErasure, Field(strict=False)]
    to: AddressGiven | None = Field(default=None, description="The account that gets them.")
    reward: NumberGiven | None = Field(
        default=None, description="A reward that takes any number of points: `price_min` 1, `price_max` at the most."
    )

    @model_validator(mode="after")
    def _whole(self) -> ErasurePolicyToSet:
        given = (self.to is not None, self.reward is not None)
        if given != (self.points is PointsOnErasure.TRANSFER, self.points is PointsOnErasure.REDEEM):
            raise PydanticCustomError("invalid_input", "to goes with transfer, reward with redeem, neither with expire")
        return self


class MembersQuery(Page):
    """Which members to list."""

    customer_id: Identifier | None = None


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


class EntriesQuery(Page):
    """Which entries to list."""

    type: list[EntryType] = Field(default=[], max_length=len(EntryType), description="Can be repeated.")
    since: Instant | None = Field(default=None, alias="from", description="Recorded then or later.")
    until: Instant | None = Field(default=None, alias="to", description="Recorded before.")
    reference: Identifier | None = Field(default=None, description="Of the receipt.")


class MomentQuery(Query):
    """At which moment."""

    at: Instant | None = Field(default=None, description="Past, or to come; default: now.")


class PeriodQuery(Query):
    """Of which period."""

    since: Instant | None = Field(default=None, alias="from", description="Default: the beginning of the calendar.")
    until: Instant | None = Field(default=None, alias="to", description="Not included. Default: now.")


class VouchersQuery(Page):
    """Which vouchers to list."""

    limit: int = Field(default=50, ge=1, le=100)
