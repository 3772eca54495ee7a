"""Questions about members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Row, Select, bindparam, func, literal, select

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.ids import may_be_id
from tokenpoints.domain.tiers import TIERS
from tokenpoints.domain.types import Address
from tokenpoints.storage.bulk import insert_numbered
from tokenpoints.storage.chunks import any_of
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import balances, members, merges
from tokenpoints.storage.turns import one_at_a_time

Key = TypeVar("Key")

MEMBER_COLUMNS = (
    members.c.seq,
    members.c.id,
    members.c.program,
    members.c.customer_id,
    members.c.salt,
    members.c.commitment,
    members.c.account,
    members.c.created_at,
)
"""In the order of Member's fields."""

_named = members.alias()


def as_themselves(*columns: ColumnElement[Any]) -> Select[tuple[Any, ...]]:
    """Of the member with the parameters `of_program` and `of_id`; of whoever was merged, the one that they became."""
    became = _named.outerjoin(merges, merges.c.member_seq == _named.c.seq)
    themselves = members.c.seq == func.coalesce(merges.c.into_seq, _named.c.seq)
    return (
        select(*columns)
        .select_from(became.join(members, themselves))
        .where(_named.c.program == bindparam("of_program"), _named.c.id == bindparam("of_id"))
    )


def _person() -> Select[tuple[Any, ...]]:
    one = as_themselves(members.c.seq).cte()
    others = select(merges.c.member_seq, literal(1)).join(one, merges.c.into_seq == one.c.seq)
    everyone = select(one.c.seq, literal(0).label("is_other")).union_all(others).subquery()
    of_everyone = select(*MEMBER_COLUMNS).join(everyone, everyone.c.seq == members.c.seq)
    return of_everyone.order_by(everyone.c.is_other, members.c.seq)


# Built once: most of what members ask begins with them.
_BY_ID = as_themselves(*MEMBER_COLUMNS)
_PERSON = _person()


async def add(session: Session, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Record new members. Returns their `seq`, in the order given. Raises IntegrityError where a customer id is taken.

    A program's new members are recorded one call after the other, so that they appear in the order of their `seq`:
    whoever pages through them at the same time misses nobody.
    """
    await one_at_a_time(session, "members", sorted({row["program"] for row in rows}))
    return await insert_numbered(session, members, rows)


async def by_customer_ids(session: Session, program: str, customer_ids: Sequence[str]) -> dict[str, Member]:
    """The members among `customer_ids`, by customer id; of whoever was merged, the one that they became."""
    return await _by(session, program, members.c.customer_id, customer_ids)


async def by_ids(session: Session, program: str, ids: Sequence[str]) -> dict[str, Member]:
    """The members among `ids`, by id; of whoever was merged, the one that they became."""
    return await _by(session, program, members.c.id, list(filter(may_be_id, ids)))


async def by_id(session: Session, program: str, member_id: str) -> Member | None:
    """The member with that id; of whoever was merged, the one that they became."""
    if not may_be_id(member_id):
        return None
    row = (await session.execute(_BY_ID, {"of_program": program, "of_id": member_id})).first()
    return None if row is None else Member(*row)


async def person_by_id(session: Session, program: str, member_id: str) -> list[Member]:
    """The member as above, and then those who became them, in the order of their enrolment; none where there is no
    such member."""
    if not may_be_id(member_id):
        return []
    return [Member(*row) for row in await session.execute(_PERSON, {"of_program": program, "of_id": member_id})]


async def by_seqs(session: Session, seqs: Sequence[int]) -> dict[int, Member]:
    """Members by their numbers."""
    found: dict[int, Member] = {}
    for is_one in any_of(session, members.c.seq, seqs):
        found.update((row.seq, Member(*row)) for row in await session.execute(select(*MEMBER_COLUMNS).where(is_one)))
    return found


async def with_account(session: Session, program: str, account: Address) -> Member | None:
    """The member whose account it is, or whose it became."""
    query = _with_merge().where(members.c.program == program, members.c.account == account)
    row = (await session.execute(query)).first()
    return None if row is None else (await _survivors(session, {0: row}))[0]


async def merged_into(session: Session, seq: int) -> list[Member]:
    """Those who became the member with this `seq`, in the order of their enrolment."""
    query = select(*MEMBER_COLUMNS).join(merges, merges.c.member_seq == members.c.seq).where(merges.c.into_seq == seq)
    return [Member(*row) for row in await session.execute(query.order_by(members.c.seq))]


async def as_enrolled(session: Session, program: str, member_id: str) -> Member | None:
    """The member with this id, whoever they became."""
    if not may_be_id(member_id):
        return None
    row = (
        await session.execute(select(*MEMBER_COLUMNS).where(members.c.program == program, members.c.id == member_id))
    ).first()
    return None if row is None else Member(*row)


async def with_seq(session: Session, seq: int, *, lock: bool = False) -> Member | None:
    """One member; whom nobody else can change, nor record anything of, until the session ends if `lock`."""
    query = select(*MEMBER_COLUMNS).where(members.c.seq == seq)
    row = (await session.execute(query.with_for_update() if lock else query)).first()
    return None if row is None else Member(*row)


async def page(session: Session, program: str, *, customer_id: str | None, after_seq: int, limit: int) -> list[Member]:
    """Members in the order of their enrolment, from the one after `after_seq`; without those who became another."""
    if customer_id is not None:
        found = await by_customer_ids(session, program, [customer_id])
        return [member for member in found.values() if member.seq > after_seq]
    query = select(*MEMBER_COLUMNS).where(members.c.program == program, members.c.seq > after_seq, is_themselves())
    return [Member(*row) for row in await session.execute(query.order_by(members.c.seq).limit(limit))]


async def count(session: Session, program: str) -> int:
    """Members of a program."""
    query = select(func.count()).select_from(members).where(members.c.program == program, is_themselves())
    return int(await session.scalar(query) or 0)


async def count_with_account(session: Session, program: str, account: Address) -> int:
    """1 where the account is a member's, else 0."""
    query = select(func.count()).where(members.c.program == program, members.c.account == account)
    return int(await session.scalar(query) or 0)


async def count_above_tier(session: Session, program: str, tier: int) -> int:
    """Members in tiers above `tier`, as of the last entry of each."""
    if tier >= TIERS - 1:
        return 0
    # The tier is in the two highest bits of the word's fourth byte: see domain/points.py.
    query = (
        select(func.count())
        .select_from(members)
        .join(balances, (balances.c.program == members.c.program) & (balances.c.account == members.c.account))
        .where(members.c.program == program, func.substr(balances.c.word, 4, 1) >= bytes([(tier + 1) << 6]))
    )
    return int(await session.scalar(query.where(is_themselves())) or 0)


def is_themselves() -> ColumnElement[bool]:
    """A member who became no other."""
    return ~select(merges.c.member_seq).where(merges.c.member_seq == members.c.seq).correlate(members).exists()


def of_person(member_id: str) -> Select[tuple[int]]:
    """The `seq` of the member with this id, and of those who became them."""
    own = select(members.c.seq).where(members.c.id == member_id)
    others = select(merges.c.member_seq).join(members, members.c.seq == merges.c.into_seq)
    return select(own.union_all(others.where(members.c.id == member_id)).subquery().c.seq)


async def _by(session: Session, program: str, column: Column[Any], keys: Sequence[str]) -> dict[str, Member]:
    found: dict[str, Row[Any]] = {}
    for is_one in any_of(session, column, keys):
        rows = await session.execute(_with_merge().where(members.c.program == program, is_one))
        found.update((getattr(row, column.name), row) for row in rows)
    return await _survivors(session, found)


def _with_merge() -> Select[Any]:
    return select(*MEMBER_COLUMNS, merges.c.into_seq).select_from(
        members.outerjoin(merges, merges.c.member_seq == members.c.seq)
    )


async def _survivors(session: Session, rows: Mapping[Key, Row[Any]]) -> dict[Key, Member]:
    """The members of these rows, or whom they became."""
    wanted = sorted({row.into_seq for row in rows.values() if row.into_seq is not None})
    into: dict[int, Member] = {}
    for is_one in any_of(session, members.c.seq, wanted):
        into.update((row.seq, Member(*row)) for row in await session.execute(select(*MEMBER_COLUMNS).where(is_one)))
    found = {}
    for key, row in rows.items():
        values: tuple[Any, ...] = tuple(row)
        found[key] = Member(*values[:-1]) if row.into_seq is None else into[row.into_seq]
    return found
