"""Writing the audit log, and reading it back link by link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tokenpoints.domain.audit import DONE, Caller, entry_after, first_fault, subjects_of
from tokenpoints.domain.types import Hash32
from tokenpoints.storage import audit_log
from tokenpoints.storage.database import Database, Session

_PAGE = 1_000


async def note(
    session: Session, program: str, caller: Caller, ids: Sequence[str], *, now: datetime, outcome: str = DONE
) -> None:
    """Add to the program's chain.

    The last thing that a session does: until it ends, no other adds to the chain.
    """
    last = await audit_log.last_alone(session, program)
    entry = entry_after(last, program=program, at=now, caller=caller, outcome=outcome, subjects=subjects_of(ids))
    await audit_log.add(session, entry)


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of one chain's verification."""

    program: str
    """"" for the installation's."""
    count: int
    last_hash: Hash32 | None
    fault: str | None
    """None where it holds."""


async def verify(database: Database, program: str) -> Verified:
    """Follow the program's chain from its first entry to its last."""
    last: tuple[int, Hash32] | None = None
    while True:
        async with database.snapshot() as session:
            entries = await audit_log.after(session, program, last[0] if last else 0, limit=_PAGE)
        fault = first_fault(entries, last)
        if fault is not None or not entries:
            return Verified(program, last[0] if last else 0, last[1] if last else None, fault)
        last = entries[-1].number, entries[-1].hash
