"""What a change would do: whether the contracts take it, what it costs, from when on it holds, and whom it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tokenpoints.chain.changes import calls_of
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.chain.trials import Trial, tried_in_turn, tried_later
from tokenpoints.domain.changes import Change, kind_of
from tokenpoints.domain.operations import OPEN_TO_ALL, ROLE_OF, Call, Role
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address
from tokenpoints.errors import ChainUnavailable, NoOperator
from tokenpoints.operations.judging import Judgement, judged
from tokenpoints.storage import members, operator_states
from tokenpoints.storage.database import Database, Session
from tokenpoints.storage.operator_states import OperatorState

_SILENT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One transaction."""

    title: str
    to: Address
    gas: int
    """0 where the node cannot tell yet."""
    refusal: str | None
    """Why the contracts would refuse it."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A change before it is made."""

    change: Change
    calls: list[Call]
    role: Role
    sender: Address
    delay_seconds: int
    steps: list[PlannedStep]
    fee_wei: int
    """Of a unit of gas, at present."""
    worse: list[str]
    effective_at: int
    """Unix seconds, if it is made now."""
    members_affected: int

    @property
    def gas(self) -> int:
        """Of all steps."""
        return sum(step.gas for step in self.steps)

    @property
    def refused(self) -> PlannedStep | None:
        """The first step that the contracts would refuse."""
        return next((step for step in self.steps if step.refusal is not None), None)


async def acting_key(session: Session, program: str, role: Role, *, now: datetime) -> OperatorState:
    """The key that acts in a role: one whose process spoke lately, if there is any. Raises NoOperator."""
    states = [each for each in await operator_states.of_program(session, program) if each.role is role]
    if not states:
        raise NoOperator(program, role)
    return min(states, key=lambda each: (now - each.observed_at).total_seconds() > _SILENT_SECONDS)


async def foreseen(
    rpc: RpcClient,
    database: Database,
    program: Program,
    change: Change,
    *,
    now: datetime,
    calls: Sequence[Call] | None = None,
) -> Foreseen:
    """The change, as it would be made now; by these `calls` where it does not say them itself.

    Raises NoOperator, ChainUnavailable and ChainRefused.
    """
    async with database.snapshot() as session:
        key = await acting_key(session, program.slug, ROLE_OF[kind_of(change)], now=now)
    if kind_of(change) in OPEN_TO_ALL:
        key = replace(key, delay_seconds=0)
    block = await rpc.block("latest")
    if block is None:
        raise ChainUnavailable("the node has no block")
    # A chain that mines on demand is in the past until the next block.
    timestamp = max(block.timestamp, int(now.timestamp()))
    judgement = await judged(rpc, program, change, timestamp=timestamp)
    calls = calls_of(program.contracts, change) if calls is None else list(calls)
    steps = await _steps(rpc, program, calls, key)
    effective_at = judgement.holds_from
    if effective_at is None:
        notice = await _notice_period(rpc, program) if judgement.is_noticed else 0
        effective_at = timestamp + key.delay_seconds + notice
    async with database.snapshot() as session:
        affected = await _affected(session, program.slug, judgement)
    priority_fee_wei = int(await rpc.call("eth_maxPriorityFeePerGas"), 16)
    return Foreseen(
        change=change,
        calls=calls,
        role=key.role,
        sender=key.address,
        delay_seconds=key.delay_seconds,
        steps=steps,
        fee_wei=block.base_fee_wei + priority_fee_wei,
        worse=judgement.worse,
        effective_at=effective_at,
        members_affected=affected,
    )


async def _steps(rpc: RpcClient, program: Program, calls: Sequence[Call], key: OperatorState) -> list[PlannedStep]:
    if not key.delay_seconds:
        trials = await tried_in_turn(rpc, key.address, calls)
        return [_step(call, trial) for call, trial in zip(calls, trials, strict=True)]
    manager = program.contracts.access.address
    schedules, executions = [], []
    for call in calls:
        scheduling, executing = await tried_later(rpc, key.address, call, manager)
        schedules.append(_step(Call(f"schedule {call.title}", manager, b""), scheduling))
        executions.append(_step(call, executing))
    return [*schedules, *executions]


def _step(call: Call, trial: Trial) -> PlannedStep:
    return PlannedStep(call.title, call.to, trial.gas, trial.refusal)


async def _notice_period(rpc: RpcClient, program: Program) -> int:
    rules = interface("EarningRules")
    answer = await rpc.read(program.contracts.rules.address, rules.calldata("noticePeriod"))
    return int(rules.decode_output("noticePeriod", answer)[0])


async def _affected(session: Session, program: str, judgement: Judgement) -> int:
    if judgement.account is not None:
        return await members.count_with_account(session, program, judgement.account)
    if not judgement.concerns:
        return 0
    above = [await members.count(session, program)]
    above += [await members.count_above_tier(session, program, tier) for tier in range(max(judgement.concerns) + 1)]
    # Of each tier: those above the tier below it, without those above itself.
    return sum(above[tier] - above[tier + 1] for tier in judgement.concerns)
