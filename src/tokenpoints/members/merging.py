"""Merging members: two customers who turn out to be one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.programs import Program
from tokenpoints.errors import (
    AlreadyMerged,
    AwardsUnderWay,
    InvalidInput,
    MemberLeaving,
    TooManyMerged,
    UnknownMember,
)
from tokenpoints.members.lookup import Person, member_with_id, person_with_id
from tokenpoints.storage import erasures, members, merges, receipts
from tokenpoints.storage.database import Session

PERSON_MAX = 50
"""Members that can become one."""


@dataclass(frozen=True, slots=True)
class Merging:
    """Who becomes whom."""

    member: Person
    into: Member
    is_done: bool
    """Then there may still be points to move, which came later."""


async def merging(session: Session, program: Program, member_id: str, into_id: str) -> Merging:
    """What a merge would be.

    Raises UnknownMember, InvalidInput, AlreadyMerged, TooManyMerged, MemberLeaving and AwardsUnderWay.
    """
    member = await members.as_enrolled(session, program.slug, member_id)
    if member is None:
        raise UnknownMember([member_id[:100]])
    into, became = await member_with_id(session, program, into_id), await member_with_id(session, program, member_id)
    is_done = became.id == into.id
    if member.id == into.id:
        raise InvalidInput("must be another member", field="/into")
    if not is_done and became.id != member.id:
        raise AlreadyMerged(became.id)
    person = Person(member, []) if is_done else await person_with_id(session, program, member_id)
    if leaving := await erasures.leaving_among(session, program.slug, [member, into]):
        raise MemberLeaving(leaving)
    if not is_done and await merges.count_of(session, [member.seq, into.seq]) + 1 > PERSON_MAX:
        raise TooManyMerged(PERSON_MAX)
    # They are for the old account: what is minted later would stay there.
    seqs = [each.seq for each in person.everyone]
    if count := await erasures.unsettled_count(session, seqs, until_block=None):
        raise AwardsUnderWay(count)
    return Merging(person, into, is_done)


async def merge(session: Session, program: Program, member_id: str, into_id: str, *, now: datetime) -> Merging:
    """Make a member another one, if they are not yet. Raises what `merging` does."""
    before = await merging(session, program, member_id, into_id)
    for seq in sorted({before.member.member.seq, before.into.seq}):
        await members.with_seq(session, seq, lock=True)
    # Once more, now that nobody records anything of theirs.
    found = await merging(session, program, member_id, into_id)
    if not found.is_done:
        await merges.add(session, found.member.member.seq, found.into.seq, now=now)
        for each in found.member.everyone:
            await merges.hand_over_keys(session, each.id, found.into.id)
            await receipts.hand_over_once_keys(session, program.slug, each.seq, found.into.seq)
    return found
