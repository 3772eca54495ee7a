"""What a member holds: points, what becomes of them, and the tier."""

from __future__ import annotations

from datetime import datetime

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.programs import Program
from tokenpoints.gateway.answers.holdings import (
    BalanceAnswer,
    ExpiriesAnswer,
    LotAnswer,
    NextTierAnswer,
    TierAnswer,
    TierStandingAnswer,
    TierStatusAnswer,
)
from tokenpoints.gateway.answers.members import MeAnswer
from tokenpoints.gateway.context import Context
from tokenpoints.gateway.principals import Whose
from tokenpoints.gateway.texts import checksummed
from tokenpoints.members.lookup import member_with_id
from tokenpoints.statements.balance import Balance, Lot, balance_of_member, lots_in
from tokenpoints.statements.moments import Moment, balance_at, moment_of
from tokenpoints.statements.tiers import TierStanding, standing
from tokenpoints.storage.database import Session


async def profile(context: Context, whose: Whose) -> MeAnswer:
    """Who it is. Raises UnknownMember, as all below."""
    return profile_answer(
        whose.program, await context.read(lambda session: member_with_id(session, whose.program, whose.member_id))
    )


async def balance(context: Context, whose: Whose, *, at: datetime | None) -> BalanceAnswer:
    """Now, or at a moment."""
    program, now = whose.program, context.clock()

    if at is None:
        holding = await balance_of_member(context.database.ask, program, whose.member_id, now=now)
        return balance_answer(program, *holding, at=None)

    async def ask(session: Session) -> tuple[str, Balance]:
        found = await member_with_id(session, program, whose.member_id)
        return found.id, await balance_at(session, program, found.account, at=at)

    return balance_answer(program, *await context.read(ask), at=at)


async def expiries(context: Context, whose: Whose) -> ExpiriesAnswer:
    """What ends when."""
    member, moment = await _now(context, whose)
    ending = [lot for lot in lots_in(moment.word, whose.program.clock) if lot.expires_at is not None]
    return ExpiriesAnswer(
        member=member.id,
        expiries=[_lot(lot) for lot in ending],
        lasting=str(moment.word.balance - sum(lot.points for lot in ending)),
    )


async def tier(context: Context, whose: Whose) -> TierStatusAnswer:
    """The tier now, and the way to the next."""
    member, moment = await _now(context, whose)
    return TierStatusAnswer(member=member.id, tier=standing_answer(standing(moment.word, whose.program)))


def profile_answer(program: Program, member: Member) -> MeAnswer:
    return MeAnswer(
        id=member.id,
        customer_id=member.customer_id,
        account=checksummed(member.account),
        created_at=rfc3339(member.created_at),
        program=program.slug,
        program_name=program.name,
    )


def balance_answer(program: Program, member_id: str, found: Balance, *, at: datetime | None) -> BalanceAnswer:
    tier_name = program.tier_name(found.tier)
    return BalanceAnswer(
        member=member_id,
        account=checksummed(found.account),
        active=str(found.active),
        pending=str(found.pending),
        expiring_next=_lot(found.expiring_next) if found.expiring_next else None,
        lots=[_lot(lot) for lot in found.lots],
        tier=None
        if tier_name is None
        else TierAnswer(number=found.tier, name=tier_name, points=str(found.tier_points)),
        block_number=found.block_number,
        at=rfc3339(at) if at is not None else None,
    )


def standing_answer(found: TierStanding | None) -> TierStandingAnswer | None:
    if found is None:
        return None
    return TierStandingAnswer(
        number=found.number,
        name=found.name,
        points=str(found.points),
        period_ends_at=rfc3339(found.period_ends_at) if found.period_ends_at else None,
        effective_until=rfc3339(found.effective_until) if found.effective_until else None,
        after_period=found.after_period_name,
        next=None
        if found.next is None
        else NextTierAnswer(
            number=found.next.number,
            name=found.next.name,
            threshold=str(found.next.threshold),
            missing=str(found.next.missing),
        ),
    )


async def _now(context: Context, whose: Whose) -> tuple[Member, Moment]:
    now = context.clock()

    async def ask(session: Session) -> tuple[Member, Moment]:
        found = await member_with_id(session, whose.program, whose.member_id)
        return found, await moment_of(session, whose.program, found.account, at=now)

    return await context.read(ask)


def _lot(lot: Lot) -> LotAnswer:
    return LotAnswer(points=str(lot.points), expires_at=rfc3339(lot.expires_at) if lot.expires_at else None)
