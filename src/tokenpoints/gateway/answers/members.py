"""Members and their tokens."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tokenpoints.gateway.answers.fields import AddressText, Answer, Time


class MemberAnswer(Answer):
    id: str = Field(examples=["mem_01JD2Y6X9V5T3Q8R7W4Z1B0CDE"])
    customer_id: str
    account: AddressText
    created_at: Time


class EnrolledAnswer(MemberAnswer):
    created: bool = Field(description="False where the customer was a member already.")


class EnrolledMembersAnswer(Answer):
    """In the order of the customer ids."""

    members: list[EnrolledAnswer]
    created: int


class MembersAnswer(Answer):
    members: list[MemberAnswer]
    next_cursor: str | None


class MeAnswer(Answer):
    """The member whose token it is."""

    id: str
    customer_id: str
    account: AddressText
    created_at: Time
    program: str
    program_name: str


class MemberTokenAnswer(Answer):
    """With `Authorization: Bearer`, for `/v1/me`."""

    token: str = Field(description="A JWT. It is not shown again.")
    token_type: Literal["Bearer"]
    member: str
    expires_at: Time


class NonceAnswer(Answer):
    """What a message of EIP-4361 has to say."""

    nonce: str
    expires_at: Time
    chain_id: int
    domains: list[str] = Field(description="On which members sign in.")
