"""Redemptions whose points a refund gives back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from tokenpoints.chain.redemptions import Redemption, redemption_with_id
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.changes import RefundRedemption
from tokenpoints.domain.operations import OperationState
from tokenpoints.domain.programs import Program
from tokenpoints.earning.returning import award_anew, exact_rule
from tokenpoints.operations import requesting
from tokenpoints.operations.planning import foreseen
from tokenpoints.storage import restorations
from tokenpoints.storage.database import Database
from tokenpoints.storage.restorations import Restoration

RETRY = timedelta(seconds=30)
"""After which what the contracts refused is tried again."""


class Restorer:
    """Asks for one refund of a redemption after the other."""

    def __init__(self, rpc: RpcClient, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._rpc, self._database, self._clock = rpc, database, clock

    async def restore(self, program: Program, each: Restoration) -> None:
        """The next step of one."""
        if each.operation_id is not None and await self._follow(each):
            return None
        found = await redemption_with_id(self._rpc, program, each.redemption)
        if found is None or found.account != each.account:
            return await self._refuse(each, "it is no redemption of this member")
        if found.is_refunded:
            return await self._refuse(each, "it was refunded before")
        if found.left < found.quantity:
            return await self._award_instead(program, each, found)
        change = RefundRedemption(redemption=each.redemption, account=each.account)
        plan = await foreseen(self._rpc, self._database, program, change, now=self._clock())
        async with self._database.session() as session:
            if plan.refused is None:
                operation = await requesting.request(session, program.slug, plan, now=self._clock())
                return await restorations.set_operation(session, each.seq, operation.seq, now=self._clock())
            why = plan.refused.refusal or "refused"
            if why.startswith("PassUsed"):
                return await restorations.settle(session, each.seq, now=self._clock(), why=why)
            return await restorations.wait(session, each.seq, why, now=self._clock())

    async def _follow(self, each: Restoration) -> bool:
        """Whether its operation is under way, or what there was to do is done."""
        now = self._clock()
        match each.operation_state:
            case OperationState.FINALIZED:
                async with self._database.session() as session:
                    await restorations.settle(session, each.seq, now=now)
                return True
            case OperationState.CANCELLED:
                await self._refuse(each, "its operation was cancelled")
                return True
            case OperationState.FAILED if each.is_closed:
                return each.tried_at is not None and now < each.tried_at + RETRY
            case _:
                return True

    async def _refuse(self, each: Restoration, why: str) -> None:
        async with self._database.session() as session:
            await restorations.settle(session, each.seq, now=self._clock(), why=why)

    async def _award_instead(self, program: Program, each: Restoration, found: Redemption) -> None:
        """The contract takes back vouchers that are all there. For those that are used, points are awarded anew."""
        used = found.quantity - found.left
        points = found.points * used // found.quantity
        async with self._database.session() as session:
            rule = await exact_rule(session, program, each.occurred_at, points, now=self._clock()) if points else None
            if rule is None:
                why = f"{used} of {found.quantity} vouchers are used, and no rule gives their points exactly"
                return await restorations.settle(session, each.seq, now=self._clock(), why=why)
            award_seq = await award_anew(
                session,
                program,
                rule,
                points,
                receipt_seq=each.receipt_seq,
                member_seq=each.member_seq,
                now=self._clock(),
            )
            return await restorations.settle(session, each.seq, now=self._clock(), award_seq=award_seq)
