"""Which keys act in which roles, and how they are doing, as their processes last said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from tokenpoints.domain.operations import Role
from tokenpoints.domain.submissions import Wait
from tokenpoints.domain.types import Address
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import operator_states

ANY_PROGRAM = "*"
"""In place of a program: of the key that creates them."""
_DETAIL_LENGTH_MAX = 300


@dataclass(frozen=True, slots=True)
class OperatorState:
    """One key in one role of one program."""

    program: str
    role: Role
    address: Address
    delay_seconds: int
    wait: Wait | None
    """Why it sends nothing; None where it works."""
    detail: str
    open_count: int
    """Operations of the key, in whatever role."""
    balance_wei: int
    observed_at: datetime


async def save(session: Session, address: Address, states: Sequence[OperatorState]) -> None:
    """Put all that is known of a key in the place of what was."""
    await session.execute(delete(operator_states).where(operator_states.c.address == address))
    rows = [
        {
            "program": state.program,
            "role": state.role,
            "address": state.address,
            "delay_seconds": state.delay_seconds,
            "wait": state.wait,
            "detail": state.detail[:_DETAIL_LENGTH_MAX],
            "open_count": state.open_count,
            "balance_wei": str(state.balance_wei),
            "observed_at": state.observed_at,
        }
        for state in states
    ]
    if rows:
        await session.execute(insert(operator_states), rows)


async def of_program(session: Session, program: str) -> list[OperatorState]:
    """The keys of a program, by role and address."""
    query = (
        select(operator_states)
        .where(operator_states.c.program == program)
        .order_by(operator_states.c.role, operator_states.c.address)
    )
    return [
        OperatorState(
            program=row.program,
            role=Role(row.role),
            address=Address(row.address),
            delay_seconds=row.delay_seconds,
            wait=None if row.wait is None else Wait(row.wait),
            detail=row.detail,
            open_count=row.open_count,
            balance_wei=int(row.balance_wei),
            observed_at=row.observed_at,
        )
        for row in await session.execute(query)
    ]
