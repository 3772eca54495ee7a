"""Programs to be created: what the chain lacks of one, as an operation of the deployer's key."""

from __future__ import annotations

from datetime import datetime

from tokenpoints.chain.creation import keys_of
from tokenpoints.chain.deploying import TRANSACTION_GAS_MAX, Planner
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.chain.trials import tried
from tokenpoints.domain.change_bodies import ProgramToCreate
from tokenpoints.domain.changes import CreateProgram
from tokenpoints.domain.operations import Call, Role
from tokenpoints.domain.programs import Deployment
from tokenpoints.errors import ChainUnavailable, Conflict, InvalidInput, ProgramExists
from tokenpoints.operations.planning import Foreseen, PlannedStep, acting_key
from tokenpoints.storage import operations
from tokenpoints.storage.database import Database, Session
from tokenpoints.storage.operator_states import ANY_PROGRAM, OperatorState


async def foreseen_program(
    rpc: RpcClient, database: Database, deployment: Deployment, asked: ProgramToCreate, *, now: datetime
) -> Foreseen:
    """The transactions that create the program, with their gas.

    Raises ProgramExists, InvalidInput, NoOperator, ChainUnavailable and ChainRefused.
    """
    async with database.snapshot() as session:
        key = await acting_key(session, ANY_PROGRAM, Role.DEPLOYER, now=now)
        await require_free(session, key, asked.program.slug)
    if asked.program.slug in deployment.programs:
        raise ProgramExists(asked.program.slug)
    issuers = {issuer for program in deployment.programs.values() for issuer in program.issuers}
    if asked.keys.issuer in issuers | {key.address}:
        raise InvalidInput("another program, or the deployer, uses this key", field="/keys/issuer")
    planner = Planner(rpc, key.address)
    keys = keys_of(asked.keys, key.address)
    plan = await planner.new_plan(asked.program, chain_id=deployment.chain_id, keys=keys)
    calls = [Call(step.title, step.to, step.calldata) for step in await planner.missing_steps(plan)]
    block = await rpc.block("latest")
    if block is None:
        raise ChainUnavailable("the node has no block")
    return Foreseen(
        change=CreateProgram(program=asked.program, keys=asked.keys, start=plan.start),
        calls=calls,
        role=Role.DEPLOYER,
        sender=key.address,
        delay_seconds=0,
        steps=[await _step(rpc, key, call) for call in calls],
        fee_wei=block.base_fee_wei + int(await rpc.call("eth_maxPriorityFeePerGas"), 16),
        worse=[],
        effective_at=max(block.timestamp, int(now.timestamp())),
        members_affected=0,
    )


async def require_free(session: Session, key: OperatorState, slug: str) -> None:
    """Raises ProgramExists where it is being created, and Conflict where another one is: both may need what the chain
    lacks of what all programs share."""
    for each in await operations.creations_under_way(session, key.address):
        if each.program == slug:
            raise ProgramExists(slug)
        raise Conflict(f"program {each.program!r} is being created; ask again when it is confirmed")


async def _step(rpc: RpcClient, key: OperatorState, call: Call) -> PlannedStep:
    # Calls of what is not there yet cannot be tried, and seem to do nothing.
    if not await rpc.code(call.to):
        return PlannedStep(call.title, call.to, 0, None)
    trial = await tried(rpc, key.address, call)
    return PlannedStep(call.title, call.to, min(trial.gas, TRANSACTION_GAS_MAX), trial.refusal)
