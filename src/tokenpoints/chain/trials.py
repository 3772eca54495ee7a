"""Calls as a role's key would make them, without making them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.reverts import explained, reverted
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.operations import Call
from tokenpoints.domain.types import Address, hex_of
from tokenpoints.errors import ChainRefused

# What an AccessManager is while a call is tried that has to wait: it answers `canCall` with (true, 0).
_ALLOWS_ALL = "0x600160005260406000f3"


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a call that was tried."""

    gas: int
    """0 where it would revert, and where that cannot be told yet."""
    refusal: str | None
    """The contracts' error, in words."""
    is_told: bool = True
    """Whether the node can tell at all."""


async def tried(rpc: RpcClient, sender: Address, call: Call) -> Trial:
    """The call, as `sender` would make it now."""
    return await _estimate(rpc, {"from": hex_of(sender), "to": hex_of(call.to), "data": hex_of(call.calldata)})


async def tried_in_turn(rpc: RpcClient, sender: Address, calls: Sequence[Call]) -> list[Trial]:
    """The calls as `sender` would make them now, each after those before it.

    Where the node cannot try several together, what those after the first would do is not told.
    """
    if len(calls) == 1:
        return [await tried(rpc, sender, calls[0])]
    asked = [{"from": hex_of(sender), "to": hex_of(call.to), "data": hex_of(call.calldata)} for call in calls]
    try:
        # https://ethereum.github.io/execution-apis/ (eth_simulateV1)
        (block,) = await rpc.call("eth_simulateV1", {"blockStateCalls": [{"calls": asked}]}, "latest")
    except (ChainRefused, ValueError):
        first = await tried(rpc, sender, calls[0])
        return [first, *(Trial(0, None, is_told=False) for _ in calls[1:])]
    return [_simulated(each) for each in block["calls"]]


def _simulated(result: dict[str, Any]) -> Trial:
    if int(result["status"], 16) == 1:
        return Trial(int(result["gasUsed"], 16), None)
    error = result.get("error") or {}
    message, data = str(error.get("message", "reverted")), error.get("data") or result.get("returnData")
    return Trial(0, explained(ChainRefused("eth_simulateV1", int(error.get("code", 0)), message, data)))


async def tried_later(rpc: RpcClient, sender: Address, call: Call, manager: Address) -> list[Trial]:
    """The scheduling of a call, and the call as it would be made were there no delay."""
    schedule = interface("AccessManager").calldata("schedule", call.to, call.calldata, 0)
    scheduling = await tried(rpc, sender, Call("AccessManager.schedule", manager, schedule))
    if call.to == manager:
        # It cannot be tried with another manager in the manager's place.
        return [scheduling, Trial(0, None, is_told=False)]
    request = {"from": hex_of(sender), "to": hex_of(call.to), "data": hex_of(call.calldata)}
    executing = await _estimate(rpc, request, {hex_of(manager): {"code": _ALLOWS_ALL}})
    return [scheduling, executing]


async def _estimate(
    rpc: RpcClient, request: dict[str, str], overrides: dict[str, dict[str, str]] | None = None
) -> Trial:
    more = [] if overrides is None else ["latest", overrides]
    try:
        return Trial(int(await rpc.call("eth_estimateGas", request, *more), 16), None)
    except ChainRefused as error:
        if reverted(error):
            return Trial(0, explained(error))
        if overrides is not None:
            # Not every node takes another code for a call.
            return Trial(0, None, is_told=False)
        raise
