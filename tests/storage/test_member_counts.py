"""How many members a change concerns."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from tests.support import chain_rows
from tests.support.programs import NOW, account_of, hash_of
from tokenpoints.domain.points import AccountWord
from tokenpoints.storage import members
from tokenpoints.storage.database import Database
from tokenpoints.storage.tables import balances

pytestmark = pytest.mark.asyncio


async def test_members_are_counted_by_the_tier_of_their_last_entry(database: Database) -> None:
    await chain_rows.create_tables(database)
    tiers = {"anna": 0, "ben": 1, "cleo": 3, "dora": 3, "emil": None}
    async with database.session() as session:
        await members.add(
            session,
            [
                {
                    "id": f"mem_{name}",
                    "program": "demo",
                    "customer_id": name,
                    "salt": hash_of(name),
                    "commitment": hash_of(name),
                    "account": account_of(name),
                    "created_at": NOW,
                }
                for name in tiers
            ],
        )
        for name, tier in [*tiers.items(), ("stranger", 3)]:
            if tier is None:
                continue
            word = AccountWord(epoch=7, flags=63, tier=tier, total=(1 << 46) - 1, lots=(1, 2, 3, 4)).pack()
            await session.execute(
                insert(balances).values(
                    program="demo",
                    account=account_of(name),
                    epoch=7,
                    lot_0=1,
                    lot_1=2,
                    lot_2=3,
                    lot_3=4,
                    word=word.to_bytes(32, "big"),
                    block_number=1,
                )
            )
    async with database.snapshot() as session:
        assert await members.count(session, "demo") == 5
        assert [await members.count_above_tier(session, "demo", tier) for tier in range(4)] == [3, 2, 2, 0]
        assert await members.count_with_account(session, "demo", account_of("anna")) == 1
        assert await members.count_with_account(session, "demo", account_of("stranger")) == 0
