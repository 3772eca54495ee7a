"""`GET /v1/programs/{program}/members/{member}/balance`."""

from __future__ import annotations

from fastapi import APIRouter

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.answers import BalanceAnswer, LotAnswer, TierAnswer
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.documented import STORED, problem_responses
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.texts import checksummed
from tokenpoints.members.lookup import member_with_id
from tokenpoints.statements.balance import Balance, Lot, balance_of
from tokenpoints.storage.database import Session

router = APIRouter(tags=["members"])


@router.get(
    "/v1/programs/{program}/members/{member}/balance",
    dependencies=[requires(Scope.MEMBERS_READ)],
    response_model=BalanceAnswer,
    responses=problem_responses("unknown_program", "unknown_member", *STORED),
)
async def get_balance(program: ProgramPart, member: str, context: ContextPart) -> BalanceAnswer:
    """A member's points: live, on their way, and next to expire."""
    now = context.clock()

    async def ask(session: Session) -> tuple[Member, Balance]:
        found = await member_with_id(session, program, member)
        return found, await balance_of(session, program, found.account, now=now)

    found, balance = await context.read(ask)
    tier_name = program.tier_name(balance.tier)
    return BalanceAnswer(
        member=found.id,
        account=checksummed(found.account),
        active=str(balance.active),
        pending=str(balance.pending),
        expiring_next=_lot(balance.expiring_next) if balance.expiring_next else None,
        lots=[_lot(lot) for lot in balance.lots],
        tier=None
        if tier_name is None
        else TierAnswer(number=balance.tier, name=tier_name, points=str(balance.tier_points)),
        block_number=balance.block_number,
    )


def _lot(lot: Lot) -> LotAnswer:
    return LotAnswer(points=str(lot.points), expires_at=rfc3339(lot.expires_at) if lot.expires_at else None)
