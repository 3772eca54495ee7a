"""Vouchers as the chain has them: what a redemption gave, and what is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eth_abi.abi import decode

from tokenpoints.chain.interfaces import Interface, interface
from tokenpoints.chain.rpc import Call, RpcClient, bytes_from_hex
from tokenpoints.domain.catalogue import VoucherKind, VoucherState
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, Hash32, hash_from_hex, hex_of
from tokenpoints.errors import ChainRefused


@dataclass(frozen=True, slots=True)
class Voucher:
    """The vouchers of one redemption."""

    id: int
    """The redemption's number, and the ERC-1155 id."""
    reward: int
    kind: VoucherKind
    quantity: int
    left: int
    """That the account holds."""
    use_count: int
    """Of season passes."""
    number: int
    """Of the piece in its edition; 0 for all but limited editions."""
    points: int
    """That were burned."""
    soulbound: bool
    expires_at: int
    """Unix seconds, beyond the calendar for never."""
    state: VoucherState
    transaction_hash: Hash32


@dataclass(frozen=True, slots=True)
class _Redeemed:
    """A log of `Redeemed`."""

    id: int
    reward: int
    quantity: int
    points: int
    number: int
    expires_at: int
    transaction_hash: Hash32


async def redeemed_in(
    rpc: RpcClient, program: Program, account: Address, transactions: Sequence[Hash32], *, now: datetime
) -> list[Voucher]:
    """What the account redeemed in these transactions, in their order. Raises ChainUnavailable and ChainRefused."""
    receipts = await rpc.batch([("eth_getTransactionReceipt", [hex_of(each)]) for each in dict.fromkeys(transactions)])
    found = [each for receipt in receipts if receipt is not None for each in _redemptions(receipt, program, account)]
    rewards, vouchers = interface("Rewards"), interface("Vouchers")
    rewards_at, vouchers_at = program.contracts.rewards.address, program.contracts.vouchers.address
    calls: list[Call] = []
    for each in found:
        calls += [
            _read(rewards_at, rewards.calldata("redemptionOf", each.id)),
            _read(vouchers_at, vouchers.calldata("balanceOf", account, each.id)),
            _read(vouchers_at, vouchers.calldata("useCountOf", each.id)),
        ]
    answers = [bytes_from_hex(answer) for answer in await rpc.batch(calls)]
    return [_voucher(each, answers[3 * at : 3 * at + 3], rewards, now) for at, each in enumerate(found)]


async def holds(rpc: RpcClient, program: Program, account: Address, voucher: int) -> bool:
    """Whether the account holds any of a voucher. Raises ChainUnavailable."""
    calldata = interface("Vouchers").calldata("balanceOf", account, voucher)
    try:
        return int.from_bytes(await rpc.read(program.contracts.vouchers.address, calldata), "big") > 0
    except ChainRefused:
        return False


def _redemptions(receipt: dict[str, Any], program: Program, account: Address) -> list[_Redeemed]:
    rewards = hex_of(program.contracts.rewards.address)
    topic = hex_of(interface("Rewards").topic("Redeemed"))
    found = []
    for log in receipt["logs"]:
        topics = log["topics"]
        if log["address"].lower() != rewards or not topics or topics[0] != topic:
            continue
        if bytes_from_hex(topics[2])[12:] != account:
            continue
        quantity, points, number, expires_at = decode(
            ["uint32", "uint256", "uint32", "uint40"], bytes_from_hex(log["data"])
        )
        found.append(
            _Redeemed(
                id=int(topics[1], 16),
                reward=int(topics[3], 16),
                quantity=quantity,
                points=points,
                number=number,
                expires_at=expires_at,
                transaction_hash=hash_from_hex(log["transactionHash"]),
            )
        )
    return found


def _voucher(redeemed: _Redeemed, answers: Sequence[bytes], rewards: Interface, now: datetime) -> Voucher:
    [(*_, epoch, expires_at, kind, soulbound)] = rewards.decode_output("redemptionOf", answers[0])
    left, use_count = (int.from_bytes(answer, "big") for answer in answers[1:])
    if epoch == 0:  # the contract's sign of a refund
        state = VoucherState.REFUNDED
    elif left == 0:
        state = VoucherState.GONE
    else:
        state = VoucherState.EXPIRED if expires_at <= now.timestamp() else VoucherState.LIVE
    return Voucher(
        id=redeemed.id,
        reward=redeemed.reward,
        kind=list(VoucherKind)[kind],
        quantity=redeemed.quantity,
        left=left,
        use_count=use_count,
        number=redeemed.number,
        points=redeemed.points,
        soulbound=soulbound,
        expires_at=expires_at,
        state=state,
        transaction_hash=redeemed.transaction_hash,
    )


def _read(to: Address, calldata: bytes) -> Call:
    return "eth_call", [{"to": hex_of(to), "data": hex_of(calldata)}, "latest"]
