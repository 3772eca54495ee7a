"""What counts as worse here is what the contracts count as worse."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from tests.integration.conftest import World
from tokenpoints import bootstrap
from tokenpoints.chain.changes import reward_to_tuple
from tokenpoints.chain.events import terms_to_tuple
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.reverts import revert_name
from tokenpoints.chain.rpc import bytes_from_hex
from tokenpoints.domain import catalogue
from tokenpoints.domain.catalogue import Reward, VoucherKind
from tokenpoints.domain.rules import Terms, worse_fields
from tokenpoints.domain.types import Address, Hash32, hex_of
from tokenpoints.errors import ChainRefused

pytestmark = pytest.mark.asyncio

RULES, REWARDS = interface("EarningRules"), interface("Rewards")
SEED, ROUNDS = 20_261_122, 120
TEXTS = (Hash32(b"\x01" * 32), Hash32(b"\x02" * 32))
START = 1_600_000_000


async def called(world: World, to: Address, calldata: bytes) -> bytes:
    """What the owner's call would return."""
    owner = bootstrap.signer(world.settings, "owner").address
    request = {"from": hex_of(owner), "to": hex_of(to), "data": hex_of(calldata)}
    return bytes_from_hex(await world.chain.rpc.call("eth_call", request, "latest"))


def some_changed(dice: random.Random, now: Any, values: dict[str, list[Any]]) -> Any:
    """With one to three fields at another value."""
    names = dice.sample(sorted(values), dice.randint(1, 3))
    return replace(now, **{name: dice.choice(values[name]) for name in names})


async def test_terms_are_worse_here_where_the_contract_announces_them(world: World) -> None:
    dice, rules = random.Random(SEED), world.program.contracts.rules.address
    current = Terms(
        opens_at=START,
        closes_at=START + 10**9,
        numerator=2,
        denominator=100,
        fixed_points=0,
        cap_per_award=500,
        budget=10_000,
        budget_window_seconds=86_400,
        terms_hash=TEXTS[0],
        multipliers=(1000, 1200, 1500, 1500),
    )
    await world.send("owner", rules, RULES.calldata("setRule", 7, terms_to_tuple(current)))
    values: dict[str, list[Any]] = {
        "opens_at": [START - 1, START, START + 1],
        "closes_at": [START + 10**9 - 1, START + 10**9, START + 10**9 + 1],
        "numerator": [1, 2, 3, 4],
        "denominator": [50, 99, 100, 101, 200],
        "cap_per_award": [499, 500, 501],
        "budget": [9_999, 10_000, 10_001],
        "terms_hash": list(TEXTS),
        "multipliers": [(1000, 1200, 1500, 1500), (1000, 1300, 1500, 1499), (1000, 1201, 1501, 1501)],
    }
    verdicts = set()
    for _ in range(ROUNDS):
        following = some_changed(dice, current, values)
        answer = await called(world, rules, RULES.calldata("setRule", 7, terms_to_tuple(following)))
        _, effective_at = RULES.decode_output("setRule", answer)
        head = await world.chain.rpc.block("latest")
        assert head is not None
        is_announced = effective_at > head.timestamp + 3600
        assert is_announced == bool(worse_fields(current, following)), following
        verdicts.add(is_announced)
    assert verdicts == {True, False}
    # From a rate to fixed points cannot be compared, and counts as worse.
    fixed = replace(current, numerator=0, fixed_points=500)
    assert worse_fields(current, fixed) == ["rate"]
    _, effective_at = RULES.decode_output(
        "setRule", await called(world, rules, RULES.calldata("setRule", 7, terms_to_tuple(fixed)))
    )
    assert effective_at > START + 10**6


async def test_rewards_are_worse_here_where_the_contract_refuses_them(world: World) -> None:
    dice, rewards = random.Random(SEED), world.program.contracts.rewards.address
    fixed = Reward(
        kind=VoucherKind.COUPON,
        soulbound=False,
        tier_min=1,
        price_min=100,
        price_max=100,
        stock=10,
        limit_per_member=2,
        opens_at=START,
        closes_at=START + 10**9,
        voucher_expires_at=START + 2 * 10**9,
        valid_for_seconds=86_400,
        terms_hash=TEXTS[0],
    )
    chosen = replace(fixed, price_max=300)
    edition = replace(fixed, kind=VoucherKind.LIMITED_EDITION)
    values: dict[str, list[Any]] = {
        "kind": list(VoucherKind),
        "soulbound": [False, True],
        "tier_min": [0, 1, 2],
        "price_min": [99, 100],
        "price_max": [100, 299, 300, 301],
        "stock": [9, 10, 11],
        "limit_per_member": [1, 2, 3],
        "opens_at": [START - 1, START, START + 1],
        "closes_at": [START + 10**9 - 1, START + 10**9, START + 10**9 + 1],
        "voucher_expires_at": [START + 2 * 10**9 - 1, START + 2 * 10**9, START + 2 * 10**9 + 1],
        "valid_for_seconds": [86_399, 86_400, 86_401],
        "terms_hash": list(TEXTS),
    }
    verdicts = []
    for number, current in enumerate((fixed, chosen, edition), start=1):
        await world.send("owner", rewards, REWARDS.calldata("addReward", reward_to_tuple(current)))
        for _ in range(ROUNDS // 2):
            following = some_changed(dice, current, values)
            calldata = REWARDS.calldata("changeReward", number, reward_to_tuple(following))
            try:
                await called(world, rewards, calldata)
                is_refused = False
            except ChainRefused as error:
                assert revert_name(error) == "WorseReward"
                is_refused = True
            assert is_refused == bool(catalogue.worse_fields(current, following)), (current, following)
            verdicts.append(is_refused)
    assert set(verdicts) == {True, False}
