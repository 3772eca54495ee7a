"""A random life of the pipeline, by seed: whatever happens in whatever order, every award is minted once."""

from __future__ import annotations

import os
import random
from collections.abc import Awaitable, Callable

import pytest

from tests.integration.conftest import World, chain_rows, rebuilt_rows
from tokenpoints.domain.types import address_from_hex
from tokenpoints.errors import ChainError

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(240)]

SEEDS = int(os.environ.get("SEEDS", "5"))
QUICK = SEEDS if "SEEDS" in os.environ else 2
STEPS = 45
CUSTOMERS = ("anna", "bo", "chi")


class Walk:
    """One seed's life."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random = world, random.Random(seed)
        self.points = 0
        self.receipts: list[tuple[str, int, str]] = []
        self.snapshot: object | None = None
        self.trail: list[str] = []

    async def step(self) -> None:
        actions: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (8, self.buy),
            (2, self.repeat_receipts),
            (6, self.submitter_step),
            (6, self.indexer_step),
            (2, self.restart),
            (2, self.reorg),
            (1, self.remember_state),
            (1, self.go_back),
            (1, self.lose_pool),
            (1, self.use_nonce_elsewhere),
            (1, self.mine),
        ]
        (action,) = self.random.choices([run for _, run in actions], [weight for weight, _ in actions])
        self.trail.append(action.__name__)
        await action()

    async def buy(self) -> None:
        for _ in range(self.random.randint(1, 12)):
            receipt = (self.random.choice(CUSTOMERS), self.random.randint(100, 5000), f"r{len(self.receipts)}")
            await self.world.buy(*receipt)
            self.receipts.append(receipt)
            self.points += receipt[1] // 100

    async def repeat_receipts(self) -> None:
        for receipt in self.random.sample(self.receipts, min(3, len(self.receipts))):
            assert (await self.world.buy(*receipt))["replayed"]

    async def submitter_step(self) -> None:
        await self.world.submitter.step()

    async def indexer_step(self) -> None:
        await self.world.indexer.step()

    async def restart(self) -> None:
        self.world.restart()

    async def reorg(self) -> None:
        head = await self.world.chain.rpc.block("latest")
        assert head is not None
        # Deeper ones would take the contracts along; that is the deployer's business.
        deepest = head.number - max(self.contracts_until, 0)
        if deepest > 0:
            await self.world.chain.reorg(self.random.randint(1, min(deepest, 15)))
            self.snapshot = None

    async def remember_state(self) -> None:
        self.snapshot = await self.world.chain.snapshot()

    async def go_back(self) -> None:
        if self.snapshot is not None:
            await self.world.chain.revert(self.snapshot)
            self.snapshot = None

    async def lose_pool(self) -> None:
        """Awards are sent and never mined."""
        await self.world.chain.automine(False)
        await self.world.submitter.step()
        await self.world.chain.drop_pool()
        await self.world.chain.automine(True)

    async def use_nonce_elsewhere(self) -> None:
        await self.world.chain.drop_pool()
        await self.world.send("issuer", self.world.program.contracts.access.address, b"")

    async def mine(self) -> None:
        await self.world.chain.mine(self.random.randint(1, 5))

    @property
    def contracts_until(self) -> int:
        """The block of the last set-up transaction: the rule's."""
        return self.world.deployment.first_block + len(self.world.program.origin.transactions) - 1


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=() if seed < QUICK else pytest.mark.slow) for seed in range(SEEDS)]
)
async def test_every_award_is_minted_once(world: World, seed: int) -> None:
    walk = Walk(world, seed)
    await world.enrol(*CUSTOMERS)
    for _ in range(STEPS):
        try:
            await walk.step()
        except ChainError as error:  # what the loop around the steps would log and try again
            walk.trail.append(type(error).__name__)
    for _ in range(12):
        world.restart()  # nothing is remembered of what was sent when
        await world.settle()
    assert await world.supply_on_chain() == walk.points, walk.trail
    members = (await world.http.get("/v1/programs/demo/members")).json()["members"]
    for member in members:
        account = address_from_hex(member["account"])
        assert await world.balance_in_database(account) == await world.balance_on_chain(account), walk.trail
    counts = (await world.http.get("/v1/programs/demo/awards/summary")).json()
    assert (counts["pending"], counts["refused"]) == (0, 0)
    assert counts["confirmed"] + counts["finalized"] == len(walk.receipts)
    assert await chain_rows(world) == await rebuilt_rows(world)
