"""What a database says when it will not do something now, told in our own errors.

SQLSTATE codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tokenpoints.errors import DatabaseBusy, WriteConflict

_CONFLICTS = frozenset({"40001", "40P01"})
"""A serialization failure, a deadlock."""
_BUSY_CLASSES = frozenset({"08", "53", "57"})
"""No connection, no resources (connections, memory, disk), stopped by an operator or a timeout."""
_BUSY = frozenset({"55P03", "25P03", "25P04"})
"""A lock timeout, an idle session, a transaction timeout."""
_READS_ONLY = "25006"
_FAULTS_OF_OURS = ("no such table", "no such column", "no such function", "no such index", "syntax error")
"""As SQLite puts it, which has no codes for them."""


@contextmanager
def told_as_busy(*, writes: bool) -> Iterator[None]:
    """Raise DatabaseBusy or WriteConflict for what may pass. Other faults of a statement stay as they are."""
    try:
        yield
    except DBAPIError as error:
        told = _told(error, writes=writes)
        if told is None:
            raise
        raise told from error
    except PoolTimeout as error:
        raise DatabaseBusy("every connection is taken") from error


def _told(error: DBAPIError, *, writes: bool) -> DatabaseBusy | None:
    if isinstance(error, IntegrityError):
        return None
    reason = str(error.orig).partition("\n")[0]
    state = getattr(error.orig, "sqlstate", None)
    if state in _CONFLICTS:
        return WriteConflict(reason)
    if state is None:
        # SQLite, or a connection that never was or is no more.
        may_pass = isinstance(error, OperationalError) and not any(sign in reason.lower() for sign in _FAULTS_OF_OURS)
    else:
        may_pass = state[:2] in _BUSY_CLASSES or state in _BUSY
        # After a failover, the server that is left may not take writes yet.
        may_pass |= state == _READS_ONLY and writes
    return DatabaseBusy(reason) if may_pass or error.connection_invalidated else None
