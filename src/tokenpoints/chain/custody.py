"""What the chain has of members' accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.chain.signatures import member_of
from tokenpoints.domain.accounts import Member
from tokenpoints.domain.changes import HeldPoints
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import ZERO_ADDRESS


@dataclass(frozen=True, slots=True)
class Holding:
    """One account, as the latest block has it."""

    member: Member
    points: int
    is_claimed: bool

    @property
    def movable(self) -> HeldPoints | None:
        """What the custodian can move."""
        if self.is_claimed or not self.points:
            return None
        return HeldPoints(account=self.member.account, commitment=self.member.commitment, points=self.points)


async def holdings_of(rpc: RpcClient, program: Program, members: Sequence[Member]) -> list[Holding]:
    """Raises ChainUnavailable."""
    return list(await asyncio.gather(*(_holding(rpc, program, member) for member in members)))


async def _holding(rpc: RpcClient, program: Program, member: Member) -> Holding:
    token = interface("PointsToken")
    answer = await rpc.read(program.contracts.token.address, token.calldata("balanceOf", member.account))
    points = int(token.decode_output("balanceOf", answer)[0])
    return Holding(member, points, await member_of(rpc, member.account) != ZERO_ADDRESS)
