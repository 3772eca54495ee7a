"""Leases: which process does a piece of work. One holder at a time, known by a fencing token.

Times are the database's, so that the clocks of the processes' machines do not matter. A lease that ran out stays
its holder's until another process takes it; from then on the database refuses whatever the old holder writes. So a
holder that was paused, cut off or thought dead does no harm when it comes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlalchemy import BigInteger, ColumnElement, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tokenpoints.errors import LeaseLost
from tokenpoints.storage.database import Database, Session
from tokenpoints.storage.tables import leases

_NOW = {
    # Not now(), which stands still while a session waits for a lock.
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)",
}
_HOLDER_LENGTH_MAX = 255


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do the work called `name`. `token` is higher than that of every holder before."""

    name: str
    token: int


async def is_free(session: Session, name: str) -> bool:
    """Whether nobody holds the lease at this moment. Locks nothing."""
    query = select(leases.c.name).where(leases.c.name == name, leases.c.expires_at > _now(session))
    return (await session.execute(query)).first() is None


async def take(session: Session, name: str, *, holder: str, seconds: float) -> Lease | None:
    """Take the lease if it has run out or nobody ever held it."""
    dialect = postgresql if session.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(leases).values(
        name=name, holder=holder[:_HOLDER_LENGTH_MAX], token=1, expires_at=_end(session, seconds)
    )
    # Waits for a session in which the present holder works, and then looks again.
    taken = statement.on_conflict_do_update(
        index_elements=[leases.c.name],
        set_={"holder": statement.excluded.holder, "token": leases.c.token + 1, "expires_at": _end(session, seconds)},
        where=leases.c.expires_at <= _now(session),
    ).returning(leases.c.token)
    token = await session.scalar(taken)
    return None if token is None else Lease(name, token)


async def renew(session: Session, lease: Lease, *, seconds: float) -> None:
    """Hold the lease for `seconds` from now. Raises LeaseLost."""
    await _set_end(session, lease, seconds)


async def release(session: Session, lease: Lease) -> None:
    """Let the lease run out now. Raises LeaseLost."""
    await _set_end(session, lease, 0)


async def check(lease: Lease, session: Session) -> None:
    """Refuse the session unless `lease` is held, and keep others from taking it before the session ends.

    Raises LeaseLost.
    """
    query = select(leases.c.token).where(leases.c.name == lease.name, leases.c.token == lease.token)
    # Shared, so that a holder's own sessions do not wait for each other. SQLite has one such session at a time anyway.
    if (await session.execute(query.with_for_update(read=True))).first() is None:
        raise LeaseLost(lease.name, lease.token)


def fenced(database: Database, lease: Lease) -> Database:
    """The same database, which refuses every session that may write once the lease is lost."""
    return database.checked(partial(check, lease))


async def _set_end(session: Session, lease: Lease, seconds: float) -> None:
    result = await session.execute(
        update(leases)
        .where(leases.c.name == lease.name, leases.c.token == lease.token)
        .values(expires_at=_end(session, seconds))
    )
    if result.rowcount == 0:
        raise LeaseLost(lease.name, lease.token)


def _now(session: Session) -> ColumnElement[int]:
    return literal_column(_NOW[session.dialect.name], BigInteger)


def _end(session: Session, seconds: float) -> ColumnElement[int]:
    return _now(session) + round(seconds * 1_000_000)
