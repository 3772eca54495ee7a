"""Recording operations for the operator, and keeping them from being made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tokenpoints.domain.ids import new_id
from tokenpoints.domain.operations import OperationState
from tokenpoints.domain.types import hex_of
from tokenpoints.errors import OperationRefused, OperationUnderWay, UnknownOperation
from tokenpoints.operations.planning import Foreseen
from tokenpoints.storage import operations
from tokenpoints.storage.database import Session
from tokenpoints.storage.operations import Operation


async def request(session: Session, program: str, plan: Foreseen, *, now: datetime) -> Operation:
    """Record that the change is to be made. Raises OperationRefused where the contracts would refuse it."""
    if (refused := plan.refused) is not None:
        raise OperationRefused(refused.title, refused.refusal or "")
    operation_id = new_id("op")
    await operations.add(
        session,
        id=operation_id,
        program=program,
        change=plan.change,
        calls=plan.calls,
        plan=plan_to_json(plan),
        sender=plan.sender,
        delay_seconds=plan.delay_seconds,
        now=now,
    )
    return await with_id(session, program, operation_id)


async def with_id(session: Session, program: str, operation_id: str) -> Operation:
    """One operation. Raises UnknownOperation."""
    found = await operations.with_id(session, program, operation_id)
    if found is None:
        raise UnknownOperation(operation_id[:100])
    return found


async def creation_with_id(session: Session, operation_id: str) -> Operation:
    """The creation of a program. Raises UnknownOperation."""
    found = await operations.creation_with_id(session, operation_id)
    if found is None:
        raise UnknownOperation(operation_id[:100])
    return found


async def cancel(session: Session, program: str, operation_id: str, *, now: datetime) -> Operation:
    """Keep an operation from being made: at once if nothing is signed, by the operator while its delay is running.

    Raises UnknownOperation and OperationUnderWay.
    """
    found = await operations.with_id(session, program, operation_id, lock=True)
    if found is None:
        raise UnknownOperation(operation_id[:100])
    match found.state:
        case OperationState.CANCELLED:
            return found
        case OperationState.PENDING:
            await operations.request_cancel(session, found.seq, state=OperationState.CANCELLED, now=now)
        case OperationState.SCHEDULED:
            if found.cancel_requested_at is None:
                await operations.request_cancel(session, found.seq, state=OperationState.SCHEDULED, now=now)
        case _:
            raise OperationUnderWay(operation_id, found.state)
    return await with_id(session, program, operation_id)


def plan_to_json(plan: Foreseen) -> dict[str, Any]:
    """As it is kept with the operation, and answered."""
    return {
        "role": plan.role.value,
        "sender": hex_of(plan.sender),
        "delay_seconds": plan.delay_seconds,
        "steps": [
            {"title": step.title, "to": hex_of(step.to), "gas": step.gas, "refusal": step.refusal}
            for step in plan.steps
        ],
        "gas": plan.gas,
        "fee_wei": str(plan.fee_wei),
        "cost_wei": str(plan.gas * plan.fee_wei),
        "refusal": None if plan.refused is None else plan.refused.refusal,
        "worse_for_members": bool(plan.worse),
        "worse_fields": plan.worse,
        "effective_at": plan.effective_at,
        "members_affected": plan.members_affected,
    }
