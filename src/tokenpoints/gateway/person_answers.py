"""The shapes of what is answered about persons: merged, erased, exported, imported."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tokenpoints.domain.erasure import ErasureState, PointsOnErasure
from tokenpoints.domain.webhooks import EventType
from tokenpoints.gateway.answers.fields import AddressText, HashText, Points, Time
from tokenpoints.gateway.answers.holdings import ExportAnswer
from tokenpoints.gateway.answers.keys import AuditEntryAnswer
from tokenpoints.gateway.answers.members import MemberAnswer
from tokenpoints.gateway.operation_answers import OperationAnswer


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MemberDetailAnswer(MemberAnswer):
    merged: list[MemberAnswer] = Field(description="Those who became this member, with the accounts that they had.")


class MergeAnswer(_Answer):
    """Two members who are one."""

    dry_run: bool
    member: MemberAnswer = Field(description="Who they are from now on.")
    merged: list[MemberAnswer] = Field(description="Who became them.")
    points: Points = Field(description="That move from the accounts of those to the member's.")
    operation: OperationAnswer | None = Field(description="That moves them. Null where there are none.")


class ErasurePolicyAnswer(_Answer):
    """What becomes of the points of whoever is erased."""

    points: PointsOnErasure | None = Field(
        description="Null where the program has not said; then nobody with points is erased."
    )
    to: AddressText | None = Field(description="With `transfer`.")
    reward: int | None = Field(description="With `redeem`.")


class ErasedAccountAnswer(_Answer):
    """An account that nobody is known to have any more."""

    account: AddressText
    points: Points = Field(description="That it has now.")
    points_become: Literal["transfer", "redeem", "expire", "kept"] | None = Field(
        description="`kept`: the member has claimed the account. Null where there are none."
    )


class StaysAnswer(_Answer):
    """Something that an erasure leaves."""

    what: Literal["account", "entries", "transactions", "batches", "references", "audit_log", "backups"]
    why: str = Field(examples=["The chain keeps the address. Without the salt nobody can tell whose it was."])


class ErasureStatusAnswer(_Answer):
    """How far an erasure is."""

    id: str | None = Field(description="Null in a dry run.", examples=["ers_01JD2Y6X9V5T3Q8R7W4Z1B0CDE"])
    state: ErasureState | None
    requested_at: Time | None
    erased_at: Time | None
    erased: dict[str, int] = Field(
        description="How many rows of what are gone.", examples=[{"members": 1, "receipts": 12, "awards": 12}]
    )


class ErasureAnswer(ErasureStatusAnswer):
    dry_run: bool
    member: str
    accounts: list[ErasedAccountAnswer]
    operation: OperationAnswer | None = Field(description="That moves the points; a dry run has its plan.")
    stays: list[StaysAnswer]


class ExportedMessageAnswer(_Answer):
    """A webhook's message that names the member."""

    id: str
    webhook: str
    type: EventType
    created_at: Time
    delivered_at: Time | None
    body: dict[str, Any]


class PersonExportAnswer(ExportAnswer):
    """Everything that the database has of one person."""

    merged: list[MemberAnswer] = Field(description="Those who became them, whose records are in all lists.")
    salts: list[HashText] = Field(
        description="The member's, then those of the merged. Whoever has a salt recognises the receipts on the chain."
    )
    commitments: list[HashText]
    keys: list[str] = Field(description="API keys of the cashier who they are.")
    messages: list[ExportedMessageAnswer] | None = Field(
        description="Webhooks' messages that name them. Null for a key without `webhooks:read`."
    )
    audit_entries: list[AuditEntryAnswer] | None = Field(
        description="Those that name the member or one of the receipts. Null for a key without `audit:read`."
    )
