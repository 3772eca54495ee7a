"""Questions about what members do: operations with a subject."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select

from tokenpoints.domain.ids import may_be_id
from tokenpoints.domain.operations import Kind, OperationState
from tokenpoints.domain.types import Address
from tokenpoints.storage.database import Session
from tokenpoints.storage.operations import Approval, Operation, operation_in
from tokenpoints.storage.tables import operations

DAY = timedelta(hours=24)
_FAILED = (OperationState.FAILED, OperationState.CANCELLED)
_UNDER_WAY = (OperationState.PENDING, OperationState.SENT)


async def with_id(session: Session, program: str, member_id: str, id: str) -> Operation | None:
    """One action of a member."""
    if not may_be_id(id):
        return None
    query = select(operations).where(_of(program, member_id), operations.c.id == id)
    row = (await session.execute(query)).first()
    return None if row is None else operation_in(row)


async def page(
    session: Session,
    program: str,
    member_id: str,
    *,
    kind: Kind | None,
    state: OperationState | None,
    before_seq: int | None,
    limit: int,
) -> list[Operation]:
    """Actions of a member, newest first, from the one before `before_seq`."""
    query = select(operations).where(_of(program, member_id))
    if kind is not None:
        query = query.where(operations.c.kind == kind)
    if state is not None:
        query = query.where(operations.c.state == state)
    if before_seq is not None:
        query = query.where(operations.c.seq < before_seq)
    return [operation_in(row) for row in await session.execute(query.order_by(operations.c.seq.desc()).limit(limit))]


async def under_way(session: Session, program: str, member_id: str) -> list[Operation]:
    """A member's actions that no block had at the operator's last look, oldest first."""
    query = (
        select(operations).where(_of(program, member_id), operations.c.state.in_(_UNDER_WAY)).order_by(operations.c.seq)
    )
    return [operation_in(row) for row in await session.execute(query)]


async def points_by_plain_token(session: Session, program: str, member_id: str, *, now: datetime) -> int:
    """Points that a member's plain tokens moved, or are to move, in the last 24 hours."""
    query = select(func.coalesce(func.sum(operations.c.points), 0)).where(
        _of(program, member_id),
        operations.c.approval == Approval.TOKEN,
        operations.c.state.not_in(_FAILED),
        operations.c.requested_at > now - DAY,
    )
    return int(await session.scalar(query) or 0)


async def has_nonce(session: Session, program: str, member_id: str, account: Address, nonce: int) -> bool:
    """Whether an action that has not failed was signed with a nonce of the account."""
    query = select(operations.c.seq).where(
        _of(program, member_id),
        operations.c.account == account,
        operations.c.account_nonce == nonce,
        operations.c.state.not_in(_FAILED),
    )
    return (await session.execute(query.limit(1))).first() is not None


def _of(program: str, member_id: str) -> ColumnElement[bool]:
    return and_(operations.c.program == program, operations.c.member_id == member_id)
