"""Operations, and what was signed for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, and_, func, insert, select, update

from tokenpoints.domain.changes import Change, change_from_json, kind_of
from tokenpoints.domain.fees import Fees
from tokenpoints.domain.ids import may_be_id
from tokenpoints.domain.operations import Call, Kind, OperationState, Step, step_of
from tokenpoints.domain.types import Address, Hash32, address_from_hex, hex_of
from tokenpoints.storage.chunks import any_of
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import operation_submissions, operations

_ERROR_LENGTH_MAX = 500
_TO_MAKE = (OperationState.PENDING, OperationState.SCHEDULED, OperationState.SENT)


class Approval(StrEnum):
    """What proved that a member wants an action."""

    TOKEN = "token"  # noqa: S105
    STEP_UP = "step_up"
    SIGNATURE = "signature"
    BRAND = "brand"
    """Nothing of the member's: the brand asked on their behalf."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose account an operation acts for."""

    member_id: str
    account: Address
    points: int
    """That it takes."""
    approval: Approval
    account_nonce: int | None = None
    """That the member signed; None where the custodian acts."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, as it is kept."""

    seq: int
    id: str
    program: str
    kind: Kind
    change: Change
    calls: list[Call]
    plan: dict[str, Any]
    sender: Address
    delay_seconds: int
    state: OperationState
    error: str | None
    cancel_requested_at: datetime | None
    closed_at: datetime | None
    due_at: int | None
    effective_at: int | None
    transaction_hash: Hash32 | None
    requested_at: datetime
    updated_at: datetime
    subject: Subject | None = None
    """Of a member's action."""


@dataclass(frozen=True, slots=True)
class OperationSubmission:
    """One signed transaction of an operator's key, without its bytes."""

    seq: int
    operation_seq: int | None
    """None where it cancels its nonce."""
    step: Step | None
    nonce: int
    transaction_hash: Hash32
    gas_limit: int
    fees: Fees
    block_number: int
    created_at: datetime


async def add(
    session: Session,
    *,
    id: str,
    program: str,
    change: Change,
    calls: Sequence[Call],
    plan: dict[str, Any],
    sender: Address,
    delay_seconds: int,
    now: datetime,
    subject: Subject | None = None,
) -> None:
    """Record an operation that is to be made."""
    written = [{"title": call.title, "to": hex_of(call.to), "data": hex_of(call.calldata)} for call in calls]
    await session.execute(
        insert(operations).values(
            id=id,
            program=program,
            kind=kind_of(change),
            change=change.model_dump_json(),
            calls=orjson.dumps(written).decode(),
            plan=orjson.dumps(plan).decode(),
            sender=sender,
            delay_seconds=delay_seconds,
            state=OperationState.PENDING,
            requested_at=now,
            updated_at=now,
            member_id=subject.member_id if subject else None,
            account=subject.account if subject else None,
            account_nonce=subject.account_nonce if subject else None,
            points=subject.points if subject else None,
            approval=subject.approval if subject else None,
        )
    )


async def with_id(session: Session, program: str, id: str, *, lock: bool = False) -> Operation | None:
    """One operation of a program, which nobody else can change until the session ends if `lock`."""
    if not may_be_id(id):
        return None
    query = select(operations).where(_of_brand(program), operations.c.id == id)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    return None if row is None else operation_in(row)


async def creation_with_id(session: Session, id: str) -> Operation | None:
    """The creation of a program, which nobody serves yet."""
    if not may_be_id(id):
        return None
    query = select(operations).where(operations.c.kind == Kind.CREATE_PROGRAM, operations.c.id == id)
    row = (await session.execute(query)).first()
    return None if row is None else operation_in(row)


async def creations_under_way(session: Session, sender: Address) -> list[Operation]:
    """Programs that a key creates, and that no block has yet."""
    states = (OperationState.PENDING, OperationState.SENT)
    query = select(operations).where(
        operations.c.sender == sender, operations.c.kind == Kind.CREATE_PROGRAM, operations.c.state.in_(states)
    )
    return [operation_in(row) for row in await session.execute(query)]


async def terms_documents(session: Session, program: str) -> list[str]:
    """The texts that operations of a program named as terms, whatever became of them."""
    kinds = (Kind.SET_RULE, Kind.ADD_REWARD, Kind.CHANGE_REWARD)
    query = select(operations.c.change).where(operations.c.program == program, operations.c.kind.in_(kinds))
    return sorted({orjson.loads(change)["terms_document"] for change in await session.scalars(query)})


async def with_seq(session: Session, seq: int) -> Operation | None:
    """One operation, which nobody else can change until the session ends."""
    row = (await session.execute(select(operations).where(operations.c.seq == seq).with_for_update())).first()
    return None if row is None else operation_in(row)


async def page(
    session: Session,
    program: str,
    *,
    state: OperationState | None,
    kind: Kind | None,
    before_seq: int | None,
    limit: int,
) -> list[Operation]:
    """What a brand changes of its program, newest first, from the one before `before_seq`."""
    query = select(operations).where(_of_brand(program))
    if state is not None:
        query = query.where(operations.c.state == state)
    if kind is not None:
        query = query.where(operations.c.kind == kind)
    if before_seq is not None:
        query = query.where(operations.c.seq < before_seq)
    return [operation_in(row) for row in await session.execute(query.order_by(operations.c.seq.desc()).limit(limit))]


async def any_open(session: Session, sender: Address) -> bool:
    """Whether anything about any of the key's operations can still change."""
    query = select(operations.c.seq).where(operations.c.sender == sender, operations.c.closed_at.is_(None)).limit(1)
    return (await session.execute(query)).first() is not None


async def to_make(session: Session, sender: Address, *, limit: int) -> list[Operation]:
    """The key's operations that no block has yet, oldest first."""
    return await _open(session, sender, operations.c.state.in_(_TO_MAKE), limit)


async def to_see_final(session: Session, sender: Address, *, limit: int) -> list[Operation]:
    """The key's operations that are decided, but for a reorg, oldest first."""
    return await _open(session, sender, operations.c.state.not_in(_TO_MAKE), limit)


async def _open(session: Session, sender: Address, which: ColumnElement[bool], limit: int) -> list[Operation]:
    query = (
        select(operations)
        .where(operations.c.sender == sender, operations.c.closed_at.is_(None), which)
        .order_by(operations.c.seq)
        .limit(limit)
    )
    return [operation_in(row) for row in await session.execute(query)]


async def open_count(session: Session, sender: Address) -> int:
    """How many those are."""
    query = select(func.count()).where(operations.c.sender == sender, operations.c.closed_at.is_(None))
    return int(await session.scalar(query) or 0)


async def request_cancel(session: Session, seq: int, *, state: OperationState, now: datetime) -> None:
    """Keep an operation from being made. Without a trace on the chain it is cancelled at once."""
    closed_at = now if state is OperationState.CANCELLED else None
    await session.execute(
        update(operations)
        .where(operations.c.seq == seq)
        .values(state=state, cancel_requested_at=now, closed_at=closed_at, updated_at=now)
    )


async def save_progress(
    session: Session,
    seq: int,
    *,
    state: OperationState,
    error: str | None,
    closed_at: datetime | None,
    due_at: int | None,
    effective_at: int | None,
    transaction_hash: Hash32 | None,
    now: datetime,
) -> None:
    """Keep how far an operation is."""
    await session.execute(
        update(operations)
        .where(operations.c.seq == seq)
        .values(
            state=state,
            error=None if error is None else error[:_ERROR_LENGTH_MAX],
            closed_at=closed_at,
            due_at=due_at,
            effective_at=effective_at,
            transaction_hash=transaction_hash,
            updated_at=now,
        )
    )


async def add_submission(
    session: Session,
    *,
    operation_seq: int | None,
    step: Step | None,
    sender: Address,
    nonce: int,
    attempt: int,
    transaction_hash: Hash32,
    signed_bytes: bytes,
    gas_limit: int,
    fees: Fees,
    block_number: int,
    created_at: datetime,
) -> int:
    """Record signed bytes, before anything is broadcast; returns their key. Without an operation they cancel their
    nonce.

    Raises IntegrityError where another process has recorded this attempt.
    """
    result = await session.execute(
        insert(operation_submissions).values(
            operation_seq=operation_seq,
            step=None if step is None else step.number,
            sender=sender,
            nonce=nonce,
            attempt=attempt,
            transaction_hash=transaction_hash,
            signed_bytes=signed_bytes,
            gas_limit=gas_limit,
            max_fee_wei=fees.max_fee_wei,
            priority_fee_wei=fees.priority_fee_wei,
            block_number=block_number,
            created_at=created_at,
        )
    )
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


async def submissions_of(session: Session, operation_seqs: Sequence[int]) -> list[OperationSubmission]:
    """All that was signed for operations, in the order in which it was."""
    found: list[OperationSubmission] = []
    for is_one in any_of(session, operation_submissions.c.operation_seq, operation_seqs):
        query = select(*_SUBMISSION).where(is_one).order_by(operation_submissions.c.seq)
        found += [_submission(row) for row in await session.execute(query)]
    return sorted(found, key=lambda each: each.seq)


async def submissions_from(session: Session, sender: Address, nonce: int, *, limit: int) -> list[OperationSubmission]:
    """Submissions with nonces that the chain has not used, by nonce, then in the order in which they were signed."""
    table = operation_submissions
    query = (
        select(*_SUBMISSION)
        .where(table.c.sender == sender, table.c.nonce >= nonce)
        .order_by(table.c.nonce, table.c.attempt)
        .limit(limit)
    )
    return [_submission(row) for row in await session.execute(query)]


async def signed_bytes(session: Session, seqs: Sequence[int]) -> dict[int, bytes]:
    """The bytes of submissions, by their keys."""
    found: dict[int, bytes] = {}
    for is_one in any_of(session, operation_submissions.c.seq, seqs):
        query = select(operation_submissions.c.seq, operation_submissions.c.signed_bytes).where(is_one)
        found |= {seq: bytes(raw) for seq, raw in await session.execute(query)}
    return found


def _of_brand(program: str) -> ColumnElement[bool]:
    return and_(operations.c.program == program, operations.c.member_id.is_(None))


_SUBMISSION = tuple(column for column in operation_submissions.c if column.name != "signed_bytes")


def operation_in(row: Row[*tuple[Any, ...]]) -> Operation:
    """A row of the table."""
    kind = Kind(row.kind)
    return Operation(
        seq=row.seq,
        id=row.id,
        program=row.program,
        kind=kind,
        change=change_from_json(kind, row.change),
        calls=[
            Call(each["title"], address_from_hex(each["to"]), bytes.fromhex(each["data"][2:]))
            for each in orjson.loads(row.calls)
        ],
        plan=orjson.loads(row.plan),
        sender=Address(row.sender),
        delay_seconds=row.delay_seconds,
        state=OperationState(row.state),
        error=row.error,
        cancel_requested_at=row.cancel_requested_at,
        closed_at=row.closed_at,
        due_at=row.due_at,
        effective_at=row.effective_at,
        transaction_hash=None if row.transaction_hash is None else Hash32(row.transaction_hash),
        requested_at=row.requested_at,
        updated_at=row.updated_at,
        subject=None
        if row.member_id is None
        else Subject(row.member_id, Address(row.account), row.points, Approval(row.approval), row.account_nonce),
    )


def _submission(row: Row[*tuple[Any, ...]]) -> OperationSubmission:
    return OperationSubmission(
        seq=row.seq,
        operation_seq=row.operation_seq,
        step=None if row.step is None else step_of(row.step),
        nonce=row.nonce,
        transaction_hash=Hash32(row.transaction_hash),
        gas_limit=row.gas_limit,
        fees=Fees(row.max_fee_wei, row.priority_fee_wei),
        block_number=row.block_number,
        created_at=row.created_at,
    )
