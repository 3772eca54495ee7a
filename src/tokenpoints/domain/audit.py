"""The audit log: who did what with which key, in chains of hashes that show where one entry was changed. Pure.

Each program has a chain, and the installation another, named "". An entry's hash is the SHA-256 of its canonical body:
JSON with sorted keys and no blanks, whose `previous` is the hash of the entry before, zeros for the first. So nobody
changes, drops, adds or moves an entry without changing every hash after it; whoever keeps the last hash elsewhere also
sees when the end was cut off.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.types import Hash32, hex_of

FIRST_PREVIOUS = Hash32(bytes(32))
SUBJECTS_SHOWN_MAX = 20
DONE = "done"
"""The outcome of what took effect; any other is the code of the problem for which nothing did."""
INSTALLATION = ""
"""The chain of what was done to no program."""
_ID = re.compile(r"[a-z]{3}_[0-9A-Z]{26}")


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf, by which operation."""

    key_id: str | None
    """None: somebody with the installation's own command line."""
    action: str
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Subjects:
    """What it was done to: the first ids, and the hash of all of them."""

    shown: tuple[str, ...]
    count: int
    hash: Hash32


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One use of a key."""

    program: str
    number: int
    """From 1, without gaps."""
    at: datetime
    caller: Caller
    outcome: str
    subjects: Subjects
    previous_hash: Hash32
    hash: Hash32


def subjects_of(ids: Sequence[str]) -> Subjects:
    """Of ids of ours. What does not look like one is left out: callers may have put anything in its place."""
    ours = [each for each in ids if _ID.fullmatch(each)]
    return Subjects(
        tuple(ours[:SUBJECTS_SHOWN_MAX]), len(ours), Hash32(hashlib.sha256("\n".join(ours).encode()).digest())
    )


def entry_after(
    last: tuple[int, Hash32] | None, *, program: str, at: datetime, caller: Caller, outcome: str, subjects: Subjects
) -> AuditEntry:
    """The entry that follows the last one's number and hash, if there is one."""
    number, previous = (last[0] + 1, last[1]) if last is not None else (1, FIRST_PREVIOUS)
    body = _canonical(program, number, at, caller, outcome, subjects, previous)
    return AuditEntry(program, number, at, caller, outcome, subjects, previous, Hash32(hashlib.sha256(body).digest()))


def first_fault(entries: Iterable[AuditEntry], last: tuple[int, Hash32] | None = None) -> str | None:
    """What is wrong with the entries that follow `last`; None where the chain holds."""
    for entry in entries:
        expected = entry_after(
            last,
            program=entry.program,
            at=entry.at,
            caller=entry.caller,
            outcome=entry.outcome,
            subjects=entry.subjects,
        )
        if entry.number != expected.number:
            return f"entry {expected.number} is missing"
        if entry.previous_hash != expected.previous_hash:
            return f"entry {entry.number} does not follow the one before it"
        if entry.hash != expected.hash:
            return f"entry {entry.number} was changed"
        last = entry.number, entry.hash
    return None


def _canonical(
    program: str, number: int, at: datetime, caller: Caller, outcome: str, subjects: Subjects, previous: Hash32
) -> bytes:
    return orjson.dumps(
        {
            "action": caller.action,
            "at": rfc3339(at),
            "key": caller.key_id,
            "number": number,
            "outcome": outcome,
            "previous": hex_of(previous),
            "program": program,
            "request": caller.request_id,
            "subject_count": subjects.count,
            "subjects": subjects.shown,
            "subjects_hash": hex_of(subjects.hash),
        },
        option=orjson.OPT_SORT_KEYS,
    )
