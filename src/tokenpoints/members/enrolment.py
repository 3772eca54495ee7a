"""Enrolling customers: a member for each, with an account that nobody can link without the salt."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tokenpoints.domain import accounts
from tokenpoints.domain.accounts import Member
from tokenpoints.domain.ids import new_ids
from tokenpoints.domain.programs import Program
from tokenpoints.storage import members
from tokenpoints.storage.database import Session


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A member, and whether this call made them one."""

    member: Member
    created: bool


async def enrol(session: Session, program: Program, customer_ids: Sequence[str], *, now: datetime) -> list[Enrolled]:
    """A member for each customer id, in the order given; those who are members already stay as they are."""
    distinct = list(dict.fromkeys(customer_ids))
    known = await members.by_customer_ids(session, program.slug, distinct)
    missing = [customer_id for customer_id in distinct if customer_id not in known]
    if missing:
        ids = new_ids("mem", len(missing))
        rows = [_new_member(program, id, customer_id, now) for id, customer_id in zip(ids, missing, strict=True)]
        seqs = await members.add(session, rows)
        known |= {row["customer_id"]: Member(seq, **row) for seq, row in zip(seqs, rows, strict=True)}
    created = set(missing)
    enrolled = []
    for customer_id in customer_ids:
        enrolled.append(Enrolled(known[customer_id], customer_id in created))
        created.discard(customer_id)
    return enrolled


def _new_member(program: Program, id: str, customer_id: str, now: datetime) -> dict[str, Any]:
    salt = secrets.token_bytes(accounts.SALT_BYTES)
    commitment = accounts.commitment_for(customer_id, salt)
    factory = program.contracts.accounts.address
    return {
        "id": id,
        "program": program.slug,
        "customer_id": customer_id,
        "salt": salt,
        "commitment": commitment,
        "account": accounts.account_of(factory, program.account_implementation, commitment),
        "created_at": now,
    }
