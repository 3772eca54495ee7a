"""Redemptions as the contract has them."""

from __future__ import annotations

from dataclasses import dataclass

from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.reverts import reverted
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, address_from_hex
from tokenpoints.errors import ChainRefused


@dataclass(frozen=True, slots=True)
class Redemption:
    """One redemption."""

    account: Address
    quantity: int
    left: int
    """Vouchers that the account holds."""
    points: int
    is_refunded: bool


async def redemption_with_id(rpc: RpcClient, program: Program, redemption: int) -> Redemption | None:
    """One redemption; None where there is none. Raises ChainUnavailable and ChainRefused."""
    rewards, vouchers = interface("Rewards"), interface("Vouchers")
    try:
        answer = await rpc.read(program.contracts.rewards.address, rewards.calldata("redemptionOf", redemption))
    except ChainRefused as error:
        if reverted(error):
            return None
        raise
    [(account, _, quantity, _, lots, epoch, *_)] = rewards.decode_output("redemptionOf", answer)
    held = await rpc.read(
        program.contracts.vouchers.address,
        vouchers.calldata("balanceOf", address_from_hex(account), redemption),
    )
    return Redemption(
        account=address_from_hex(account),
        quantity=quantity,
        left=int.from_bytes(held, "big"),
        points=sum(AccountWord.unpack(lots).lots),
        is_refunded=epoch == 0,
    )
