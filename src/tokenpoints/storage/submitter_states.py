"""How the submitters are doing, as they last said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from tokenpoints.domain.submissions import Wait
from tokenpoints.domain.types import Address
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import submitter_states

_DETAIL_LENGTH_MAX = 300


@dataclass(frozen=True, slots=True)
class SubmitterState:
    """One issuer's submitter."""

    issuer: Address
    wait: Wait | None
    """Why it sends nothing; None where it works."""
    detail: str
    in_flight: int
    """Batches that are sealed and not on the chain."""
    oldest_unsealed_at: datetime | None
    """Since when an award waits for a batch, if any does."""
    balance_wei: int
    base_fee_wei: int
    nonce: int
    since: datetime
    """When it began to wait, or to work."""
    observed_at: datetime


async def save(session: Session, program: str, state: SubmitterState) -> None:
    """Put the state in the place of the one before."""
    table = submitter_states
    await session.execute(delete(table).where(table.c.program == program, table.c.issuer == state.issuer))
    await session.execute(
        insert(table).values(
            program=program,
            issuer=state.issuer,
            wait=state.wait,
            detail=state.detail[:_DETAIL_LENGTH_MAX],
            in_flight=state.in_flight,
            oldest_unsealed_at=state.oldest_unsealed_at,
            balance_wei=str(state.balance_wei),
            base_fee_wei=state.base_fee_wei,
            nonce=state.nonce,
            since=state.since,
            observed_at=state.observed_at,
        )
    )


async def of_program(session: Session, program: str) -> list[SubmitterState]:
    """The submitters of a program, by issuer."""
    query = select(submitter_states).where(submitter_states.c.program == program).order_by(submitter_states.c.issuer)
    return [
        SubmitterState(
            issuer=Address(row.issuer),
            wait=None if row.wait is None else Wait(row.wait),
            detail=row.detail,
            in_flight=row.in_flight,
            oldest_unsealed_at=row.oldest_unsealed_at,
            balance_wei=int(row.balance_wei),
            base_fee_wei=row.base_fee_wei,
            nonce=row.nonce,
            since=row.since,
            observed_at=row.observed_at,
        )
        for row in await session.execute(query)
    ]
