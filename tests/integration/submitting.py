"""What tests of the submitter do and ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Row, select

from tests.integration.conftest import World, chain_rows, rebuilt_rows
from tokenpoints.chain.interfaces import interface
from tokenpoints.storage.tables import batches, submissions


async def buy_many(world: World, count: int, prefix: str = "r") -> None:
    """Purchases of one point each."""
    for number in range(count):
        await world.buy("anna", 100, f"{prefix}{number}")


async def stored(world: World) -> list[Row[Any]]:
    async with world.database.snapshot() as session:
        return list((await session.execute(select(submissions).order_by(submissions.c.seq))).all())


async def status(world: World) -> dict[str, Any]:
    (submitter,) = (await world.http.get("/v1/programs/demo/status")).json()["submitters"]
    found: dict[str, Any] = submitter
    return found


async def assert_all_is_well(world: World, points: int) -> None:
    await world.index()
    assert await world.supply_on_chain() == points
    counts = (await world.http.get("/v1/programs/demo/awards/summary")).json()
    assert (counts["pending"], counts["confirmed"] + counts["finalized"]) == (0, points)
    assert await chain_rows(world) == await rebuilt_rows(world)


async def sealed(world: World) -> list[int]:
    async with world.database.snapshot() as session:
        return list(await session.scalars(select(batches.c.entry_count).order_by(batches.c.number)))


async def bought_and_not_mined(world: World, receipts: int, **policy: Any) -> None:
    """No block takes what the submitter sends from now on, with these parts of its policy."""
    world.policy = replace(world.policy, **policy)
    world.restart()
    await world.enrol("anna")
    await world.chain.automine(False)
    await buy_many(world, receipts)


async def held_back(world: World, receipts: int) -> list[Row[Any]]:
    """Receipts whose transactions no block takes, of a submitter that bumps at once."""
    await bought_and_not_mined(world, receipts, bump_seconds=0)
    await world.submit()
    return await stored(world)


async def issuer_role(world: World) -> int:
    """What the contract asks of who awards."""
    access, contracts = interface("AccessManager"), world.program.contracts
    asked = access.calldata(
        "getTargetFunctionRole", contracts.rules.address, interface("EarningRules").selector("award")
    )
    answer = await world.chain.rpc.read(contracts.access.address, asked)
    return int(access.decode_output("getTargetFunctionRole", answer)[0])
