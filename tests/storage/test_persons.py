"""A member and those who became them."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from tests.support import chain_rows
from tests.support.programs import NOW, account_of, hash_of
from tokenpoints.storage import members
from tokenpoints.storage.database import Database
from tokenpoints.storage.tables import members as members_table
from tokenpoints.storage.tables import merges

pytestmark = pytest.mark.asyncio


async def enrolled(database: Database, **programs: str) -> dict[str, int]:
    """Members by their names, in this order. Returns their `seq`."""
    await chain_rows.create_tables(database)
    rows = [
        {
            "id": f"mem_{name}",
            "program": program,
            "customer_id": name,
            "salt": hash_of(name),
            "commitment": hash_of(name),
            "account": account_of(name),
            "created_at": NOW,
        }
        for name, program in programs.items()
    ]
    async with database.session() as session:
        for row in rows:
            await members.add(session, [row])
        found = await session.execute(select(members_table.c.customer_id, members_table.c.seq))
        return {row.customer_id: row.seq for row in found}


async def test_those_who_became_a_member_follow_them_in_the_order_of_their_enrolment(database: Database) -> None:
    seqs = await enrolled(database, anna="demo", ben="demo", cleo="demo", dora="demo", other="other")
    async with database.session() as session:
        for name in ("dora", "anna"):
            await session.execute(insert(merges).values(member_seq=seqs[name], into_seq=seqs["cleo"], merged_at=NOW))
    async with database.lookup() as session:
        for asked in ("anna", "cleo", "dora"):
            person = await members.person_by_id(session, "demo", f"mem_{asked}")
            assert [each.customer_id for each in person] == ["cleo", "anna", "dora"]
            assert person[0] == await members.by_id(session, "demo", f"mem_{asked}")
        assert [each.customer_id for each in await members.person_by_id(session, "demo", "mem_ben")] == ["ben"]


@pytest.mark.parametrize("asked", ["mem_other", "mem_nobody", "", "mem_\x00"])
async def test_nobody_elses_member_is_found(database: Database, asked: str) -> None:
    await enrolled(database, anna="demo", other="other")
    async with database.lookup() as session:
        assert await members.person_by_id(session, "demo", asked) == []
