"""Taking everything about a person out of the database.

What stays is what the chain shows anyway, and hashes that nobody can open without the salt: so that the proofs of all
others hold on, whose awards are in the same batches.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson
from eth_utils.address import to_checksum_address
from sqlalchemy import Column, ColumnElement, Table, and_, delete, or_, select, update

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.operations import Kind
from tokenpoints.domain.receipts import receipt_hash
from tokenpoints.domain.types import Hash32, hex_of
from tokenpoints.storage import erasures
from tokenpoints.storage.bulk import insert_all
from tokenpoints.storage.chunks import any_of
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import (
    api_keys,
    awards,
    erased_awards,
    idempotency_keys,
    members,
    metadata,
    operation_submissions,
    operations,
    receipts,
    webhook_endpoints,
    webhook_messages,
)

_PAGE = 500
_FROZEN = (Kind.FREEZE, Kind.UNFREEZE)


async def open_operation_count(session: Session, program: str, person: Sequence[Member]) -> int:
    """Operations about the person to which something can still happen."""
    query = select(operations.c.seq).where(_is_about(program, person), operations.c.closed_at.is_(None))
    return len((await session.scalars(query)).all())


async def erase(session: Session, program: str, person: Sequence[Member], *, now: datetime) -> Counter[str]:
    """Erase a member and those who became them; returns how many rows of which tables are gone.

    Their awards have to be in final blocks, and their operations closed.
    """
    if session.dialect.name == "sqlite":
        # What is deleted is overwritten, and not only marked as free.
        await session.exec_driver_sql("PRAGMA secure_delete = ON")
    seqs = [member.seq for member in person]
    await _keep_leaves(session, seqs)
    references = await session.scalars(select(receipts.c.reference).where(receipts.c.member_seq.in_(seqs)))
    await erasures.add_erased_references(session, program, references.all())
    gone: Counter[str] = Counter()
    gone["webhook_messages"] = await _forget_messages(session, program, person)
    gone["idempotency_keys"] = await _forget_answers(session, person)
    gone["operations"] = await _forget_operations(session, program, person)
    await _end_keys(session, person, now)
    await _delete(session, members, members.c.seq, seqs, gone)
    return +gone


async def _keep_leaves(session: Session, member_seqs: Sequence[int]) -> None:
    query = (
        select(
            awards.c.batch_seq,
            awards.c.position,
            awards.c.rule_id,
            members.c.account,
            awards.c.units,
            receipts.c.body_hash,
            members.c.salt,
        )
        .select_from(
            awards.join(receipts, receipts.c.seq == awards.c.receipt_seq).join(
                members, members.c.seq == awards.c.member_seq
            )
        )
        .where(awards.c.member_seq.in_(member_seqs), awards.c.batch_seq.is_not(None))
    )
    rows: list[dict[str, Any]] = [
        {
            "batch_seq": row.batch_seq,
            "position": row.position,
            "rule_id": row.rule_id,
            "account": row.account,
            "units": row.units,
            "receipt_hash": receipt_hash(Hash32(row.body_hash), row.salt),
        }
        for row in await session.execute(query)
    ]
    await insert_all(session, erased_awards, rows)


async def _forget_messages(session: Session, program: str, person: Sequence[Member]) -> int:
    """Webhooks' messages that name them, sent or not."""
    of_program = select(webhook_endpoints.c.seq).where(webhook_endpoints.c.program == program)
    named = [webhook_messages.c.body.contains(name, autoescape=True) for each in person for name in _names(each)]
    query = delete(webhook_messages).where(webhook_messages.c.endpoint_seq.in_(of_program), or_(*named))
    return (await session.execute(query)).rowcount


async def _forget_answers(session: Session, person: Sequence[Member]) -> int:
    """Answers that wait to be given again, to them or about them. They are compressed, so that each is opened."""
    names = [name.encode() for each in person for name in _names(each)]
    of, last, gone = idempotency_keys.c, 0, 0
    for is_one in any_of(session, of.caller, [each.id for each in person]):
        gone += (await session.execute(delete(idempotency_keys).where(is_one))).rowcount
    while True:
        query = select(of.seq, of.body, of.subjects).where(of.seq > last).order_by(of.seq).limit(_PAGE)
        rows = (await session.execute(query)).all()
        if not rows:
            return gone
        last = rows[-1].seq
        naming = [row.seq for row in rows if _is_naming(row.subjects.encode(), row.body, names)]
        for is_one in any_of(session, of.seq, naming):
            gone += (await session.execute(delete(idempotency_keys).where(is_one))).rowcount


def _is_naming(subjects: bytes, body: bytes | None, names: Sequence[bytes]) -> bool:
    text = subjects + (b"" if body is None else zlib.decompress(body))
    return any(name in text for name in names)


async def _forget_operations(session: Session, program: str, person: Sequence[Member]) -> int:
    """What was done for them on the chain. Its nonces are used in final blocks: no byte of it can be mined again."""
    seqs = (await session.scalars(select(operations.c.seq).where(_is_about(program, person)))).all()
    gone: Counter[str] = Counter()
    for is_one in any_of(session, operation_submissions.c.operation_seq, seqs):
        await session.execute(delete(operation_submissions).where(is_one))
    await _delete(session, operations, operations.c.seq, seqs, gone)
    return gone["operations"]


def _is_about(program: str, person: Sequence[Member]) -> ColumnElement[bool]:
    """Operations that create, claim, freeze or act for an account of theirs."""
    of = operations.c
    about: list[ColumnElement[bool]] = []
    for each in person:
        account = hex_of(each.account)
        about += [
            of.member_id == each.id,
            of.calls.contains(each.commitment.hex()),
            of.calls.contains(f'"to":"{account}"'),
            of.change.contains(each.id, autoescape=True),
            and_(of.kind.in_(_FROZEN), of.change.contains(account)),
        ]
    return and_(of.program == program, or_(*about))


async def _end_keys(session: Session, person: Sequence[Member], now: datetime) -> None:
    """A cashier who is nobody any more would be somebody to whom their key awards."""
    for is_one in any_of(session, api_keys.c.member_id, [each.id for each in person]):
        working = update(api_keys).where(is_one, api_keys.c.revoked_at.is_(None))
        await session.execute(working.values(revoked_at=now))
        await session.execute(update(api_keys).where(is_one).values(member_id=None))


async def _delete(session: Session, table: Table, column: Column[Any], keys: Sequence[int], gone: Counter[str]) -> None:
    """Delete the rows whose `column` is one of `keys`, and before them all that belongs to them. What only mentions
    them mentions nothing afterwards."""
    for is_one in any_of(session, column, keys):
        if "seq" in table.c:
            own = (await session.scalars(select(table.c.seq).where(is_one))).all()
            for child, reference in _references_to(table):
                if not own:
                    continue
                if reference.nullable:
                    for mentions in any_of(session, reference, own):
                        await session.execute(update(child).where(mentions).values({reference.name: None}))
                else:
                    await _delete(session, child, reference, own, gone)
        gone[str(table.name)] += (await session.execute(delete(table).where(is_one))).rowcount


def _references_to(table: Table) -> Iterator[tuple[Table, Column[Any]]]:
    for child in metadata.tables.values():
        for key in child.foreign_keys:
            if key.column.table is table and isinstance(key.parent, Column):
                yield child, key.parent


def _names(member: Member) -> list[str]:
    """What a text that is about a member has of them, as JSON writes it."""
    customer_id = orjson.dumps(member.customer_id).decode()
    return [member.id, customer_id, str(to_checksum_address(member.account))]
