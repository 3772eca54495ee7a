"""Finding members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address
from tokenpoints.errors import UnknownMember
from tokenpoints.storage import members
from tokenpoints.storage.database import Session


async def member_with_id(session: Session, program: Program, member_id: str) -> Member:
    """One member; whoever was merged is the one that they became. Raises UnknownMember."""
    found = await members.by_id(session, program.slug, member_id)
    if found is None:
        raise UnknownMember([member_id])
    return found


@dataclass(frozen=True, slots=True)
class Person:
    """A member, with those who became them."""

    member: Member
    merged: Sequence[Member]

    @property
    def everyone(self) -> list[Member]:
        """The member first."""
        return [self.member, *self.merged]

    @property
    def other_accounts(self) -> list[Address]:
        """Those besides the member's own, with a history of their own."""
        return [each.account for each in self.merged]


async def person_with_id(session: Session, program: Program, member_id: str) -> Person:
    """As above, with those who became them. Raises UnknownMember."""
    found = await members.person_by_id(session, program.slug, member_id)
    if not found:
        raise UnknownMember([member_id])
    return Person(found[0], found[1:])


async def members_after(
    session: Session, program: Program, *, customer_id: str | None, after_seq: int, limit: int
) -> list[Member]:
    """A page of members, in the order of their enrolment."""
    return await members.page(session, program.slug, customer_id=customer_id, after_seq=after_seq, limit=limit)
