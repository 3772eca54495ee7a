"""Erasing people: asked for at once, and done when the chain has settled what is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tokenpoints.domain.erasure import ErasurePolicy
from tokenpoints.domain.ids import new_id
from tokenpoints.domain.operations import OperationState
from tokenpoints.domain.programs import Program
from tokenpoints.errors import AwardsUnderWay, MemberLeaving, UnknownErasure
from tokenpoints.members.lookup import Person, person_with_id
from tokenpoints.storage import checkpoints, erasing, erasures, members, operations
from tokenpoints.storage.database import Session
from tokenpoints.storage.erasures import Erasure

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who would be erased, and under which policy."""

    person: Person
    policy: ErasurePolicy | None


async def leaving(session: Session, program: Program, member_id: str) -> Leaving:
    """Raises UnknownMember, MemberLeaving, and AwardsUnderWay for awards that are in no block."""
    person = await person_with_id(session, program, member_id)
    if found := await erasures.leaving_among(session, program.slug, [person.member]):
        raise MemberLeaving(found)
    seqs = [each.seq for each in person.everyone]
    if count := await erasures.unsettled_count(session, seqs, until_block=None):
        raise AwardsUnderWay(count)
    return Leaving(person, await erasures.policy_of(session, program.slug))


async def begin(
    session: Session, program: Program, member_id: str, *, operation_id: str | None, now: datetime
) -> Erasure:
    """Record an erasure, and do it if nothing is to be waited for. Raises what `leaving` does."""
    before = await leaving(session, program, member_id)
    await members.with_seq(session, before.person.member.seq, lock=True)
    # Once more, now that nobody records anything of theirs.
    person = (await leaving(session, program, member_id)).person
    operation = None if operation_id is None else await operations.with_id(session, program.slug, operation_id)
    erasure_id = new_id("ers")
    await erasures.add(
        session,
        id=erasure_id,
        program=program.slug,
        member_seq=person.member.seq,
        operation_seq=None if operation is None else operation.seq,
        now=now,
    )
    await _advance(session, await erasure_with_id(session, program, erasure_id), now=now)
    return await erasure_with_id(session, program, erasure_id)


async def erasure_with_id(session: Session, program: Program, erasure_id: str) -> Erasure:
    """Raises UnknownErasure."""
    found = await erasures.with_id(session, program.slug, erasure_id)
    if found is None:
        raise UnknownErasure(erasure_id[:100])
    return found


async def finish(session: Session, *, now: datetime) -> Mapping[str, str]:
    """Do the erasures that wait for nothing any more; their ids, with what became of them."""
    done = {}
    for each in await erasures.waiting(session, limit=_AT_ONCE):
        if await _advance(session, each, now=now):
            found = await erasures.with_id(session, each.program, each.id)
            assert found is not None
            done[each.id] = found.state.value
    return done


async def _advance(session: Session, erasure: Erasure, *, now: datetime) -> bool:
    """Whether anything became of it."""
    assert erasure.member_seq is not None
    member = await members.with_seq(session, erasure.member_seq, lock=True)
    if member is None:
        return False
    person = Person(member, await members.merged_into(session, member.seq))
    if erasure.operation_seq is not None:
        operation = await operations.with_seq(session, erasure.operation_seq)
        if operation is None or operation.closed_at is None:
            return False
        if operation.state is not OperationState.FINALIZED:
            await erasures.set_failed(session, erasure.seq)
            return True
    checkpoint = await checkpoints.latest(session)
    final = -1 if checkpoint is None else checkpoint.finalized_number
    seqs = [each.seq for each in person.everyone]
    if await erasures.unsettled_count(session, seqs, until_block=final):
        return False
    if await erasing.open_operation_count(session, erasure.program, person.everyone):
        return False
    gone = await erasing.erase(session, erasure.program, person.everyone, now=now)
    await erasures.set_erased(session, erasure.seq, gone, now=now)
    return True
