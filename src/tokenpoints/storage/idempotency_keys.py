"""Questions about idempotency keys."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import delete, insert, select

from tokenpoints.domain.types import Hash32
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import idempotency_keys
from tokenpoints.storage.turns import has_turn

_of = idempotency_keys.c


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a caller was answered under a key."""

    request_hash: Hash32
    status: int
    headers: Mapping[str, str]
    body: bytes | None
    """None: it showed a secret, which is not kept."""
    subjects: Sequence[str]


async def found(session: Session, caller: str, key_hash: Hash32) -> StoredAnswer | None:
    """What the caller was answered under the key, if they were."""
    query = select(idempotency_keys).where(_of.caller == caller, _of.key_hash == key_hash)
    row = (await session.execute(query)).first()
    if row is None:
        return None
    body = None if row.body is None else zlib.decompress(row.body)
    headers, subjects = orjson.loads(row.headers), tuple(orjson.loads(row.subjects))
    return StoredAnswer(Hash32(row.request_hash), row.status, headers, body, subjects)


async def is_alone(session: Session, caller: str, key_hash: Hash32) -> bool:
    """Whether no other session acts under the key; then none does before this one ends."""
    return await has_turn(session, "idempotency", f"{caller} {key_hash.hex()}")


async def add(session: Session, caller: str, key_hash: Hash32, answer: StoredAnswer, now: datetime) -> None:
    """Record what the caller is about to be answered."""
    await session.execute(
        insert(idempotency_keys).values(
            caller=caller,
            key_hash=key_hash,
            request_hash=answer.request_hash,
            status=answer.status,
            headers=orjson.dumps(dict(answer.headers)).decode(),
            body=None if answer.body is None else zlib.compress(answer.body, level=1),
            subjects=orjson.dumps(list(answer.subjects)).decode(),
            created_at=now,
        )
    )


async def forget(session: Session, *, before: datetime, limit: int) -> int:
    """Delete the oldest answers from before that time, at most `limit`; returns how many."""
    # Others may be sweeping as well: each takes rows of its own (SQLite ignores the clause, having one writer).
    oldest = select(_of.seq).where(_of.created_at < before).order_by(_of.created_at).limit(limit)
    gone = await session.execute(delete(idempotency_keys).where(_of.seq.in_(oldest.with_for_update(skip_locked=True))))
    return gone.rowcount
