"""API keys, and the log of their writes."""

from __future__ import annotations

from pydantic import Field

from tokenpoints.domain.keys import KeyRole, Scope
from tokenpoints.gateway.answers.fields import Answer, HashText, Time


class KeyLimitsAnswer(Answer):
    """Null where it is not limited."""

    receipt_amount: int | None
    day_amount: int | None
    day_count: int | None


class KeyAnswer(Answer):
    id: str = Field(description="Also stands in the key's text.", examples=["key_01JD2Y6X9V5T3Q8R7W4Z1B0CDE"])
    name: str = Field(examples=["till 7"])
    role: KeyRole
    scopes: list[Scope]
    store: str | None
    member: str | None = Field(description="The cashier, to whom it awards nothing.")
    limits: KeyLimitsAnswer
    created_at: Time
    expires_at: Time | None
    revoked_at: Time | None
    last_used_at: Time | None = Field(description="To the minute.")
    replaced_by: str | None = Field(description="The id of the key for which it was rotated.")


class KeyWithTextAnswer(KeyAnswer):
    """The only answers that show the key itself."""

    key: str | None = Field(examples=["tp_test_01JD2Y6X9V5T3Q8R7W4Z1B0CDE…"], description="None in a dry run.")


class KeysAnswer(Answer):
    """Newest first."""

    keys: list[KeyAnswer]
    next_cursor: str | None


class AuditEntryAnswer(Answer):
    number: int = Field(description="In the program, from 1, without gaps.")
    at: Time
    key: str | None = Field(description="The API key's id; null for the installation's command line.")
    action: str = Field(examples=["record_receipts"])
    outcome: str = Field(description="`done`, or the code of the problem for which nothing was.", examples=["done"])
    subjects: list[str] = Field(description="The first 20 ids of what it was done to.")
    subject_count: int
    subjects_hash: HashText = Field(description="SHA-256 of all these ids, one a line.")
    request: str | None = Field(description="The `X-Request-Id`.")
    previous_hash: HashText
    hash: HashText


class AuditLogAnswer(Answer):
    """Newest first."""

    entries: list[AuditEntryAnswer]
    next_cursor: str | None
