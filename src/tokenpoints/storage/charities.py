"""Accounts to which members of a program can donate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from tokenpoints.domain.types import Address
from tokenpoints.storage.database import Session
from tokenpoints.storage.tables import charities
from tokenpoints.storage.turns import one_at_a_time

COUNT_MAX = 100


@dataclass(frozen=True, slots=True)
class Charity:
    """Who gets the points, and how members know them."""

    account: Address
    name: str


async def of_program(session: Session, program: str) -> list[Charity]:
    """By name."""
    query = select(charities.c.account, charities.c.name).where(charities.c.program == program)
    found = await session.execute(query.order_by(charities.c.name, charities.c.account))
    return [Charity(Address(account), name) for account, name in found]


async def set_one(session: Session, program: str, charity: Charity, *, now: datetime) -> None:
    """List it, or give it another name."""
    await one_at_a_time(session, "charities", [program])
    await remove(session, program, charity.account)
    await session.execute(
        insert(charities).values(program=program, account=charity.account, name=charity.name, created_at=now)
    )


async def remove(session: Session, program: str, account: Address) -> bool:
    """Whether it was listed."""
    query = delete(charities).where(charities.c.program == program, charities.c.account == account)
    return (await session.execute(query)).rowcount == 1
