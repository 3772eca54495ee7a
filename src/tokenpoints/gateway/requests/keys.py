"""API keys, and the log of their writes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tokenpoints.access.keys import KeyRequest
from tokenpoints.domain.keys import OVERLAP_MAX, KeyRole, Limits, Scope
from tokenpoints.domain.rules import UNITS_MAX
from tokenpoints.gateway.requests.fields import Amount, Identifier, Instant, Page, Sent


class KeyLimits(Sent):
    """The most that a store's or a cashier's key records. Amounts are in the currency's smallest unit."""

    receipt_amount: Amount | None = Field(default=None, description="Of one receipt.")
    day_amount: Amount | None = Field(default=None, description="Of all new receipts of a day of the program.")
    day_count: int | None = Field(default=None, ge=1, le=UNITS_MAX, description="New receipts of such a day.")


class KeyToCreate(Sent):
    """An API key, and what it is for."""

    name: Identifier = Field(description="For your own use, like the till's number.", examples=["till 7"])
    role: Literal["store", "cashier", "integration", "read", "admin"]
    scopes: Annotated[list[Annotated[Scope, Field(strict=False)]], Field(min_length=1)] | None = Field(
        default=None, description="Fewer than all of the role's."
    )
    store: Identifier | None = Field(default=None, description="Of the roles `store` and `cashier`.")
    member: str | None = Field(
        default=None, max_length=40, description="Who the cashier is as a member: the key awards nothing to them."
    )
    limits: KeyLimits | None = None
    expires_at: Instant | None = None

    def request(self) -> KeyRequest:
        """The key as the product knows it."""
        limits = self.limits or KeyLimits()
        return KeyRequest(
            name=self.name,
            role=KeyRole(self.role),
            scopes=None if self.scopes is None else frozenset(self.scopes),
            store=self.store,
            member_id=self.member,
            limits=Limits(limits.receipt_amount, limits.day_amount, limits.day_count),
            expires_at=self.expires_at,
        )


class KeyToRotate(Sent):
    """How an API key is replaced."""

    overlap_seconds: int = Field(
        default=86_400, ge=0, le=int(OVERLAP_MAX.total_seconds()), description="How long the old key works on."
    )


class KeysQuery(Page):
    """Which API keys to list."""


class AuditLogQuery(Page):
    """Which entries of the audit log to list."""

    key: str | None = Field(default=None, max_length=40, pattern="^[ -~]*$", description="An API key's id.")
