"""What an award costs on a real node, as whole transactions."""

from __future__ import annotations

import pytest

from tests.integration.conftest import World
from tokenpoints.chain.interfaces import interface
from tokenpoints.domain.batches import (
    BATCH_SIZE_MAX,
    GROUPS_MAX,
    BatchEntry,
    BatchGroup,
    gas_limit,
    groups_tuple,
    receipts_root,
)
from tokenpoints.domain.types import Address, Hash32

pytestmark = pytest.mark.asyncio

GAS_PER_AWARD_MAX = 7_700
"""One more award to an existing holder, in a batch of 500."""


def entries(count: int) -> list[BatchEntry]:
    # Addresses without zero bytes, the dearest calldata, and units just below the cap for one award.
    return [
        BatchEntry(Address(bytes([0xAA] * 16) + (0x11111111 + number).to_bytes(4, "big")), 0x0F1111, Hash32(bytes(32)))
        for number in range(count)
    ]


async def now(world: World) -> int:
    head = await world.chain.rpc.block("latest")
    assert head is not None
    return head.timestamp


async def test_a_marginal_award_stays_under_its_limit(world: World) -> None:
    rules = interface("EarningRules")
    used: dict[str, int] = {}
    # The first batch makes the holders; the next two are measured on existing ones.
    for number, (name, count) in enumerate([("new", 500), ("one", 1), ("500", 500)], start=1):
        batch = entries(count)
        at = await now(world)
        groups = groups_tuple([BatchGroup(1, 1, at, at, batch)])
        calldata = rules.calldata("award", number, groups, receipts_root(batch))
        mined = await world.send("issuer", world.program.contracts.rules.address, calldata, gas_limit=gas_limit(count))
        assert mined["status"] == "0x1", f"{name}: {int(mined['gasUsed'], 16)} of {gas_limit(count)}"
        used[name] = int(mined["gasUsed"], 16)
    marginal = (used["500"] - used["one"]) / 499
    assert marginal <= GAS_PER_AWARD_MAX
    assert used["new"] <= gas_limit(500)
    assert marginal == pytest.approx(7_530, abs=60)  # what the committed snapshot says, in another EVM


async def test_the_dearest_batch_has_gas_enough(world: World) -> None:
    """The most entries in the most groups, each for a new holder who reaches the highest tier at once."""
    rules, batch, at = interface("EarningRules"), entries(BATCH_SIZE_MAX), await now(world)
    runs = [batch[start::GROUPS_MAX] for start in range(GROUPS_MAX)]
    groups = groups_tuple([BatchGroup(1, 1, at, at, run) for run in runs])
    ordered = [entry for run in runs for entry in run]
    calldata = rules.calldata("award", 1, groups, receipts_root(ordered))
    limit = gas_limit(BATCH_SIZE_MAX, GROUPS_MAX)
    mined = await world.send("issuer", world.program.contracts.rules.address, calldata, gas_limit=limit)
    assert mined["status"] == "0x1", f"{int(mined['gasUsed'], 16)} of {limit}"
    tier_changed = "0x" + interface("PointsToken").topic("TierChanged").hex()
    assert sum(log["topics"][0] == tier_changed for log in mined["logs"]) == BATCH_SIZE_MAX
