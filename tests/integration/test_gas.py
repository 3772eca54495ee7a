"""What an award costs on a real node, as whole transactions."""

from __future__ import annotations

import pytest

from tests.integration.conftest import World
from tokenpoints.chain.interfaces import interface
from tokenpoints.domain.batches import BatchEntry, gas_limit, pack_entries, receipts_root
from tokenpoints.domain.types import Address, Hash32

pytestmark = pytest.mark.asyncio

GAS_PER_AWARD_MAX = 7_700
"""One more award to an existing holder, in a batch of 500."""


def entries(count: int) -> list[BatchEntry]:
    # Addresses and units without zero bytes: the dearest calldata.
    return [
        BatchEntry(Address(bytes([0xAA] * 16) + (0x11111111 + number).to_bytes(4, "big")), 0x111111, Hash32(bytes(32)))
        for number in range(count)
    ]


async def test_a_marginal_award_stays_under_its_limit(world: World) -> None:
    rules = interface("EarningRules")
    used: dict[str, int] = {}
    # The first batch makes the holders; the next two are measured on existing ones.
    for number, (name, count) in enumerate([("new", 500), ("one", 1), ("500", 500)], start=1):
        batch = entries(count)
        calldata = rules.calldata("award", number, 1, pack_entries(batch), receipts_root(batch))
        mined = await world.send("issuer", world.program.contracts.rules.address, calldata, gas_limit=gas_limit(count))
        assert mined["status"] == "0x1"
        used[name] = int(mined["gasUsed"], 16)
    marginal = (used["500"] - used["one"]) / 499
    assert marginal <= GAS_PER_AWARD_MAX
    assert used["new"] <= gas_limit(500)
    assert marginal == pytest.approx(7_509, abs=60)  # what the committed snapshot says, in another EVM
