"""Whether a change is worse for members: in what, from when on, and for how many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tokenpoints.chain.changes import reward_from_tuple
from tokenpoints.chain.events import terms_from_tuple
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.reverts import reverted
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain import catalogue, changes
from tokenpoints.domain.actions import Claim, Convert, Donate, Redeem, Transfer
from tokenpoints.domain.changes import Change
from tokenpoints.domain.programs import Program
from tokenpoints.domain.rules import worse_fields, worse_tiers
from tokenpoints.domain.tiers import TIERS
from tokenpoints.domain.types import ZERO_ADDRESS, Address
from tokenpoints.errors import ChainRefused

ALL_TIERS = tuple(range(TIERS))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a change means for members."""

    worse: list[str]
    """In what it is worse; empty where it is in nothing."""
    is_noticed: bool = False
    """Whether it waits out the notice period."""
    holds_from: int | None = None
    """Where the change itself says so, in Unix seconds."""
    concerns: Sequence[int] = ()
    """Members in these tiers."""
    account: Address | None = None
    """The one account that it concerns."""


async def judged(rpc: RpcClient, program: Program, change: Change, *, timestamp: int) -> Judgement:
    """The change beside what the contracts have now."""
    contracts, reads = program.contracts, _Reads(rpc)
    match change:
        case changes.SetRule():
            return await _rule(reads, program, change)
        case changes.ChangeReward():
            current = await reads.of("Rewards", contracts.rewards.address, "rewardOf", change.reward_id)
            worse = [] if current is None else catalogue.worse_fields(reward_from_tuple(current[0]), change.reward)
            return Judgement(worse, concerns=ALL_TIERS[change.reward.tier_min :])
        case changes.AddReward():
            return Judgement([], concerns=ALL_TIERS[change.reward.tier_min :])
        case changes.CloseReward():
            current = await reads.of("Rewards", contracts.rewards.address, "rewardOf", change.reward_id)
            tier_min = 0 if current is None else reward_from_tuple(current[0]).tier_min
            return Judgement(["closes_at"], is_noticed=True, concerns=ALL_TIERS[tier_min:])
        case changes.SetNoticePeriod():
            current = await reads.of("EarningRules", contracts.rules.address, "noticePeriod")
            is_shorter = current is not None and change.notice_period_seconds < current[0]
            return Judgement(["notice_period_seconds"] if is_shorter else [], is_shorter, concerns=ALL_TIERS)
        case changes.AnnounceEnd():
            return Judgement(["ends_at"], holds_from=change.ends_at, concerns=ALL_TIERS)
        case changes.CancelEnd() | changes.CancelRuleChange() | changes.Unpause() | changes.OpenTransfers():
            return Judgement([], concerns=ALL_TIERS)
        case changes.Pause():
            return Judgement(["paused"], concerns=ALL_TIERS)
        case changes.Freeze():
            return Judgement(["frozen"], account=change.account)
        case changes.Unfreeze() | changes.RefundRedemption():
            return Judgement([], account=change.account)
        case changes.ClawBack():
            return Judgement(["points"], account=change.account)
        case changes.SetIssuer():
            current = await reads.of("EarningRules", contracts.rules.address, "issuerCapOf", change.issuer)
            is_lower = current is not None and change.cap < current[0]
            return Judgement(["cap"] if is_lower else [], concerns=ALL_TIERS if is_lower else ())
        case changes.SetPartner() | changes.SignAgreement():
            return Judgement([], concerns=ALL_TIERS)
        case changes.RemovePartner():
            return Judgement(["partner"], concerns=ALL_TIERS)
        case changes.TerminateAgreement():
            return await _termination(reads, program, change, timestamp)
        case changes.WithdrawEscrow():
            return Judgement(["escrow"], concerns=ALL_TIERS)
        case (
            changes.RevokeIssuer()
            | changes.GrantRole()
            | changes.RevokeRole()
            | changes.SetMetadata()
            | changes.MovePoints()
            | changes.DepositEscrow()
            | changes.CollectSettlement()
            | changes.CreateProgram()
            | Redeem()
            | Transfer()
            | Convert()
            | Donate()
            | Claim()
        ):
            return Judgement([])


async def _rule(reads: _Reads, program: Program, change: changes.SetRule) -> Judgement:
    rules = program.contracts.rules.address
    count = await reads.of("EarningRules", rules, "versionCount", change.rule)
    if count is None or count[0] == 0:
        return Judgement([], concerns=ALL_TIERS)
    last = await reads.of("EarningRules", rules, "versionOf", change.rule, count[0])
    assert last is not None
    current = terms_from_tuple(last[0])
    worse = worse_fields(current, change.terms)
    tiers = worse_tiers(current, change.terms) if worse == ["multipliers"] else ALL_TIERS
    return Judgement(worse, is_noticed=bool(worse), concerns=tiers)


async def _termination(
    reads: _Reads, program: Program, change: changes.TerminateAgreement, timestamp: int
) -> Judgement:
    """At once where the other side has not signed, else after the notice period."""
    exchange = program.contracts.exchange.address
    found = await reads.of("PartnerExchange", exchange, "agreementOf", change.agreement)
    if found is None:
        return Judgement(["agreement"], concerns=ALL_TIERS)
    sides = [Address(bytes.fromhex(found[0][index][2:])) for index in (0, 2)]
    other = next((side for side in sides if side != exchange), ZERO_ADDRESS)
    signed = await reads.of("PartnerExchange", other, "endsAtOf", change.agreement)
    is_kept = signed is not None and signed[0] > timestamp
    return Judgement(["agreement"] if is_kept else [], is_noticed=is_kept, concerns=ALL_TIERS if is_kept else ())


class _Reads:
    """Views of the contracts in the latest block."""

    def __init__(self, rpc: RpcClient) -> None:
        self._rpc = rpc

    async def of(self, contract: str, address: Address, function: str, *arguments: Any) -> tuple[Any, ...] | None:
        """What a view returns; None where it reverts: there is no such thing."""
        known = interface(contract)
        try:
            answer = await self._rpc.read(address, known.calldata(function, *arguments))
        except ChainRefused as error:
            if reverted(error):
                return None
            raise
        return known.decode_output(function, answer) if answer else None
