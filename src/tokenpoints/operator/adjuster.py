"""The adjuster: takes points back, as refunds and adjustments ask for it.

It only asks: the operator makes each operation once. What became of it, the chain's half of the database says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

import structlog

from tokenpoints.chain.changes import clawback_call
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.changes import ClawBack
from tokenpoints.domain.clawbacks import Taking, too_much
from tokenpoints.domain.entries import AwardStatus
from tokenpoints.domain.mints import award_proof, batch_mints_hash
from tokenpoints.domain.operations import OperationState, Role
from tokenpoints.domain.programs import Deployment, Program
from tokenpoints.domain.types import Address
from tokenpoints.earning.awards import Award, awards_with_seqs
from tokenpoints.earning.collecting import NotFinal, collection
from tokenpoints.earning.returning import award_anew, returning_rule
from tokenpoints.errors import NoOperator
from tokenpoints.loops import repeat
from tokenpoints.operations import requesting
from tokenpoints.operations.planning import Foreseen, acting_key, foreseen
from tokenpoints.operator.restoring import RETRY, Restorer
from tokenpoints.storage import clawbacks, minted, restorations
from tokenpoints.storage.clawbacks import Clawback, Part
from tokenpoints.storage.database import Database, Session

log = structlog.get_logger()

_WINDOW = 200
"""Clawbacks and restorations of a program looked at in one step."""
_REFUSED_RETURN = timedelta(hours=1)
_NOT_FINAL = "an award of the receipt is not final"


class _Progress(Enum):
    """What became of a clawback in a step."""

    WAITS = auto()
    UNDER_WAY = auto()
    """No other of the same member goes on: both could count on the same points."""
    SETTLED = auto()


class Adjuster:
    """For one key, in all programs in which it is the adjuster."""

    def __init__(
        self,
        rpc: RpcClient,
        database: Database,
        deployment: Deployment,
        address: Address,
        *,
        clock: Callable[[], datetime],
        poll_seconds: float,
    ) -> None:
        self._rpc, self._database, self._deployment = rpc, database, deployment
        self._address, self._clock, self._poll_seconds = address, clock, poll_seconds
        self._restorer = Restorer(rpc, database, clock=clock)

    async def run(self, stop: Any) -> None:
        """Work until `stop` is set."""
        await repeat(self.step, stop, name="adjuster", poll_seconds=self._poll_seconds)

    async def step(self) -> bool:
        """One round."""
        async with self._database.snapshot() as session:
            if not await clawbacks.any_open(session):
                return False
        for program in self._deployment.programs.values():
            async with self._database.snapshot() as session:
                taken = await clawbacks.open_of(session, program.slug, limit=_WINDOW)
                restored = await restorations.open_of(session, program.slug, limit=_WINDOW)
                is_ours = bool(taken or restored) and await self._acts_for(session, program)
            if not is_ours:
                continue
            for each in restored:
                if not self._is_too_early(each.waits, each.tried_at):
                    await self._restorer.restore(program, each)
            busy: set[int] = set()
            for clawback in taken:
                if clawback.member_seq in busy or self._is_too_early(clawback.waits, clawback.tried_at):
                    continue
                if await self._advance(program, clawback) is _Progress.UNDER_WAY:
                    busy.add(clawback.member_seq)
        return False

    async def _acts_for(self, session: Session, program: Program) -> bool:
        try:
            key = await acting_key(session, program.slug, Role.ADJUSTER, now=self._clock())
        except NoOperator:
            return False
        return key.address == self._address

    def _is_too_early(self, waits: str | None, tried_at: datetime | None) -> bool:
        return waits is not None and waits != _NOT_FINAL and tried_at is not None and self._clock() < tried_at + RETRY

    async def _advance(self, program: Program, clawback: Clawback) -> _Progress:
        async with self._database.snapshot() as session:
            parts = (await clawbacks.parts_of(session, [clawback.seq])).get(clawback.seq, [])
        if not parts:
            return await self._begin(program, clawback)
        if lost := [part for part in parts if part.burned is None and _has_failed(part)]:
            return await self._begin_again(program, clawback, lost)
        if any(part.burned is None and part.state is not OperationState.CANCELLED for part in parts):
            return _Progress.UNDER_WAY
        return await self._finish(program, clawback, parts)

    async def _begin(self, program: Program, clawback: Clawback) -> _Progress:
        now = self._clock()
        async with self._database.snapshot() as session:
            try:
                found = await collection(session, program, clawback, now=now)
            except NotFinal:
                found = None
        if found is None:
            if clawback.waits != _NOT_FINAL:
                await self._wait(clawback, _NOT_FINAL)
            return _Progress.WAITS
        plans = await self._plans(program, clawback, found.takings)
        if isinstance(plans, str):
            await self._wait(clawback, plans)
            return _Progress.WAITS
        async with self._database.session() as session:
            current = await clawbacks.with_seq(session, clawback.seq)
            if current.settled_at is not None or await clawbacks.parts_of(session, [clawback.seq]):
                return _Progress.UNDER_WAY
            await clawbacks.set_due(session, clawback.seq, found.due)
            if not plans:
                await clawbacks.settle(session, clawback.seq, now=now)
            await self._request(session, program, clawback, plans, now)
        log.info("clawback", seq=clawback.seq, due=found.due, awards=len(plans))
        return _Progress.UNDER_WAY if plans else _Progress.SETTLED

    async def _begin_again(self, program: Program, clawback: Clawback, lost: Sequence[Part]) -> _Progress:
        plans = await self._plans(program, clawback, [Taking(part.award_seq, part.points) for part in lost])
        if isinstance(plans, str):
            await self._wait(clawback, plans)
            return _Progress.UNDER_WAY
        async with self._database.session() as session:
            await clawbacks.with_seq(session, clawback.seq)
            now_lost = (await clawbacks.parts_of(session, [clawback.seq])).get(clawback.seq, [])
            still = {part.award_seq for part in now_lost if part.burned is None and _has_failed(part)}
            plans = [(taking, plan) for taking, plan in plans if taking.award_seq in still]
            await self._request(session, program, clawback, plans, self._clock())
        return _Progress.UNDER_WAY

    async def _plans(
        self, program: Program, clawback: Clawback, takings: Sequence[Taking]
    ) -> list[tuple[Taking, Foreseen]] | str:
        """What each would do; or why it cannot be done now."""
        plans = []
        for taking in takings:
            async with self._database.snapshot() as session:
                batch = await minted.batch_of(session, taking.award_seq)
                award = (await awards_with_seqs(session, [taking.award_seq]))[taking.award_seq]
            if batch is None:
                return _NOT_FINAL
            if batch_mints_hash(batch.awarded_at, batch.groups) != batch.mints_hash:
                return f"the receipts of batch {batch.number} are not all here"
            proof = award_proof(batch.issuer, batch.number, batch.awarded_at, batch.groups, batch.position)
            change = ClawBack(
                award=award.record.id,
                account=award.record.account,
                points=taking.points,
                reason="refund" if clawback.share is not None else "mistake",
            )
            calls = [clawback_call(program.contracts, proof, change)]
            plan = await foreseen(self._rpc, self._database, program, change, now=self._clock(), calls=calls)
            if plan.refused is not None:
                return plan.refused.refusal or "refused"
            plans.append((taking, plan))
        return plans

    async def _request(
        self,
        session: Session,
        program: Program,
        clawback: Clawback,
        plans: Sequence[tuple[Taking, Foreseen]],
        now: datetime,
    ) -> None:
        """With the parts in one session: an award is never taken by two operations."""
        for taking, plan in plans:
            operation = await requesting.request(session, program.slug, plan, now=now)
            await clawbacks.put_part(
                session,
                seq=clawback.seq,
                award_seq=taking.award_seq,
                operation_seq=operation.seq,
                points=taking.points,
            )
        if plans:
            await clawbacks.wait(session, clawback.seq, None, now=now)

    async def _finish(self, program: Program, clawback: Clawback, parts: Sequence[Part]) -> _Progress:
        """Give back what was taken too much, and settle once all of it is final."""
        now = self._clock()
        async with self._database.snapshot() as session:
            seqs = (await clawbacks.returns_of(session, [clawback.seq])).get(clawback.seq, [])
            returns = list((await awards_with_seqs(session, seqs)).values())
            last = (await awards_with_seqs(session, [parts[-1].award_seq]))[parts[-1].award_seq]
        counted = [award for award in returns if award.status is not AwardStatus.REFUSED]
        returned = sum(award.record.points or award.record.points_expected for award in counted)
        missing = too_much(sum(part.burned or 0 for part in parts), clawback.points or 0, returned)
        if missing:
            was_refused = any(award.status is AwardStatus.REFUSED for award in returns)
            if was_refused and clawback.tried_at is not None and now < clawback.tried_at + _REFUSED_RETURN:
                return _Progress.UNDER_WAY
            return await self._give_back(program, clawback, last, missing, known=len(seqs))
        are_final = all(part.state in (OperationState.FINALIZED, OperationState.CANCELLED) for part in parts)
        if not are_final or any(award.status is not AwardStatus.FINALIZED for award in counted):
            return _Progress.UNDER_WAY
        async with self._database.session() as session:
            await clawbacks.settle(session, clawback.seq, now=now)
        log.info("clawback_settled", seq=clawback.seq)
        return _Progress.SETTLED

    async def _give_back(
        self, program: Program, clawback: Clawback, taken: Award, points: int, *, known: int
    ) -> _Progress:
        now = self._clock()
        async with self._database.session() as session:
            current = await clawbacks.with_seq(session, clawback.seq)
            before = (await clawbacks.returns_of(session, [clawback.seq])).get(clawback.seq, [])
            rule = await returning_rule(session, program, taken, points, now=now)
            if len(before) != known or current.settled_at is not None:
                return _Progress.UNDER_WAY
            if rule is None:
                why = f"no rule gives exactly {points} points, which were taken too much"
                await clawbacks.wait(session, clawback.seq, why, now=now)
                return _Progress.UNDER_WAY
            award_seq = await award_anew(
                session,
                program,
                rule,
                points,
                receipt_seq=taken.record.receipt_seq,
                member_seq=clawback.member_seq,
                now=now,
            )
            await clawbacks.add_return(session, seq=clawback.seq, award_seq=award_seq)
            await clawbacks.wait(session, clawback.seq, None, now=now)
        return _Progress.UNDER_WAY

    async def _wait(self, clawback: Clawback, why: str) -> None:
        async with self._database.session() as session:
            await clawbacks.wait(session, clawback.seq, why, now=self._clock())
        log.info("clawback_waits", seq=clawback.seq, why=why)


def _has_failed(part: Part) -> bool:
    return part.state is OperationState.FAILED and part.is_closed
