"""Finding members."""

from __future__ import annotations

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.programs import Program
from tokenpoints.errors import UnknownMember
from tokenpoints.storage import members
from tokenpoints.storage.database import Session


async def member_with_id(session: Session, program: Program, member_id: str) -> Member:
    """One member. Raises UnknownMember."""
    found = await members.by_id(session, program.slug, member_id)
    if found is None:
        raise UnknownMember([member_id])
    return found


async def members_after(
    session: Session, program: Program, *, customer_id: str | None, after_seq: int, limit: int
) -> list[Member]:
    """A page of members, in the order of their enrolment."""
    return await members.page(session, program.slug, customer_id=customer_id, after_seq=after_seq, limit=limit)
