"""The catalogue as the contract has it."""

from __future__ import annotations

from dataclasses import dataclass

from tokenpoints.chain.changes import reward_from_tuple
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.key_account import number_in, view
from tokenpoints.chain.rpc import RpcClient, bytes_from_hex
from tokenpoints.domain.catalogue import Reward
from tokenpoints.domain.programs import Program

_REWARDS = interface("Rewards")


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """A reward, its version, and what is left of it."""

    id: int
    version: int
    reward: Reward
    stock_left: int


async def page(rpc: RpcClient, program: Program, *, after: int, limit: int) -> list[CatalogueItem]:
    """Rewards from the one after number `after` on. Raises ChainUnavailable and ChainRefused."""
    contract = program.contracts.rewards.address
    count = number_in((await rpc.batch([view(contract, _REWARDS.calldata("rewardCount"))]))[0])
    numbers = range(after + 1, min(count, after + limit) + 1)
    answers = await rpc.batch(
        [
            view(contract, _REWARDS.calldata(function, number))
            for number in numbers
            for function in ("rewardOf", "stockLeft")
        ]
    )
    found = []
    for number, struct, left in zip(numbers, answers[::2], answers[1::2], strict=True):
        reward, version = _REWARDS.decode_output("rewardOf", bytes_from_hex(struct))
        found.append(CatalogueItem(number, version, reward_from_tuple(reward), number_in(left)))
    return found
