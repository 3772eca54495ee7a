"""The calls that a change is made of, and what the contracts' structs hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, assert_never

from tokenpoints.chain.events import terms_to_tuple
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.keys import ISSUER
from tokenpoints.domain import changes
from tokenpoints.domain.actions import Claim, Convert, Donate, Redeem, Transfer
from tokenpoints.domain.catalogue import NEVER, Reward, VoucherKind
from tokenpoints.domain.change_bodies import AgreementToSign, Metadata
from tokenpoints.domain.changes import Change
from tokenpoints.domain.entries import ClawbackReason
from tokenpoints.domain.mints import AwardProof
from tokenpoints.domain.operations import Call
from tokenpoints.domain.programs import Contracts
from tokenpoints.domain.types import ZERO_ADDRESS, Address, Hash32


def calls_of(contracts: Contracts, change: Change) -> list[Call]:
    """What the role's key calls, in order. A program's creation is `Deployer`'s."""
    match change:
        case changes.SetRule():
            return [
                _call("EarningRules", contracts.rules.address, "setRule", change.rule, terms_to_tuple(change.terms))
            ]
        case changes.CancelRuleChange():
            return [_call("EarningRules", contracts.rules.address, "cancelChange", change.rule)]
        case changes.SetIssuer():
            # The cap first, so that the role comes into being with it.
            return [
                _call("EarningRules", contracts.rules.address, "setIssuerCap", change.issuer, change.cap),
                _call("AccessManager", contracts.access.address, "grantRole", ISSUER, change.issuer, 0),
            ]
        case changes.RevokeIssuer():
            return [
                _call("EarningRules", contracts.rules.address, "setIssuerCap", change.issuer, 0),
                _call("AccessManager", contracts.access.address, "revokeRole", ISSUER, change.issuer),
            ]
        case changes.SetNoticePeriod():
            return [
                _call("EarningRules", contracts.rules.address, "setNoticePeriod", change.notice_period_seconds),
            ]
        case changes.AnnounceEnd():
            return [_call("EarningRules", contracts.rules.address, "announceEnd", change.ends_at)]
        case changes.CancelEnd():
            return [_call("EarningRules", contracts.rules.address, "cancelEnd")]
        case changes.AddReward():
            return [_call("Rewards", contracts.rewards.address, "addReward", reward_to_tuple(change.reward))]
        case changes.ChangeReward():
            reward = reward_to_tuple(change.reward)
            return [_call("Rewards", contracts.rewards.address, "changeReward", change.reward_id, reward)]
        case changes.CloseReward():
            return [_call("Rewards", contracts.rewards.address, "closeReward", change.reward_id)]
        case changes.Freeze():
            return [
                _call(
                    "PointsToken",
                    contracts.token.address,
                    "freeze",
                    change.account,
                    change.reason.number,
                    change.until,
                )
            ]
        case changes.Unfreeze():
            return [_call("PointsToken", contracts.token.address, "unfreeze", change.account)]
        case changes.Pause():
            return [_call("PointsToken", contracts.token.address, "pause", change.until)]
        case changes.Unpause():
            return [_call("PointsToken", contracts.token.address, "unpause")]
        case changes.SetPartner():
            return [_call("PointsToken", contracts.token.address, "setPartner", change.account, True)]
        case changes.RemovePartner():
            return [_call("PointsToken", contracts.token.address, "setPartner", change.account, False)]
        case changes.OpenTransfers():
            return [_call("PointsToken", contracts.token.address, "openTransfers", change.policy.number)]
        case changes.SetMetadata():
            return [_metadata_call(contracts, change)]
        case changes.GrantRole():
            number, delay = change.granted.number, change.delay_seconds
            return [_call("AccessManager", contracts.access.address, "grantRole", number, change.account, delay)]
        case changes.RevokeRole():
            number = change.granted.number
            return [_call("AccessManager", contracts.access.address, "revokeRole", number, change.account)]
        case changes.SignAgreement():
            return [_call("PartnerExchange", contracts.exchange.address, "sign", agreement_to_tuple(change))]
        case changes.TerminateAgreement():
            return [_call("PartnerExchange", contracts.exchange.address, "terminate", change.agreement)]
        case changes.WithdrawEscrow():
            agreement, amount = change.agreement, change.amount
            return [_call("PartnerExchange", contracts.exchange.address, "withdraw", agreement, amount, change.to)]
        case changes.MovePoints():
            return [call for held in change.held for call in _moved(contracts, change, held)]
        case changes.RefundRedemption():
            # Its reason: the member takes back what it was used for.
            return [_call("Rewards", contracts.rewards.address, "refund", change.redemption, 0)]
        case changes.ClawBack():
            raise ValueError("a clawback's call has a proof: see `clawback_call`")
        case changes.DepositEscrow():
            exchange = contracts.exchange.address
            return [
                _call(
                    "PointsToken", change.settlement_token, "approve", exchange, change.amount, title="ERC20.approve"
                ),
                _call("PartnerExchange", exchange, "deposit", change.agreement, change.amount),
            ]
        case changes.CollectSettlement():
            token, beneficiary = change.settlement_token, change.beneficiary
            return [_call("PartnerExchange", change.exchange, "collect", token, beneficiary)]
        case changes.CreateProgram():
            raise ValueError("a program's creation has calls that depend on the chain")
        case Redeem() | Transfer() | Convert() | Donate() | Claim():
            raise ValueError("a member's action has calls that depend on the account")
        case _:
            assert_never(change)


def call_of_account(contracts: Contracts, change: changes.MovePoints, held: changes.HeldPoints) -> Call:
    """What a member's account calls itself."""
    if change.to is not None:
        return _call("PointsToken", contracts.token.address, "transfer", change.to, held.points)
    return _call("Rewards", contracts.rewards.address, "redeem", change.reward, 1, held.points)


def _moved(contracts: Contracts, change: changes.MovePoints, held: changes.HeldPoints) -> list[Call]:
    inner = call_of_account(contracts, change, held)
    return [
        # An account that is there already stays as it is.
        _call("MemberAccounts", contracts.accounts.address, "create", held.commitment),
        _call("MemberAccount", held.account, "execute", inner.to, 0, inner.calldata),
    ]


def clawback_call(contracts: Contracts, proof: AwardProof, change: changes.ClawBack) -> Call:
    """Takes an award back by the proof of what it minted."""
    reason = ClawbackReason[change.reason.upper()]
    return _call("EarningRules", contracts.rules.address, "clawBack", proof.as_tuple(), change.points, int(reason))


def reward_to_tuple(reward: Reward) -> tuple[Any, ...]:
    """For the contract's `Reward` struct."""
    return (
        reward.kind.number,
        reward.soulbound,
        reward.tier_min,
        reward.price_min,
        reward.price_max,
        reward.stock,
        reward.limit_per_member,
        reward.opens_at,
        reward.closes_at,
        reward.voucher_expires_at,
        reward.valid_for_seconds,
        reward.terms_hash,
    )


def reward_from_tuple(struct: tuple[Any, ...]) -> Reward:
    """Of the contract's `Reward` struct."""
    kind, *terms = struct
    made: Callable[..., Reward] = Reward
    return made(list(VoucherKind)[kind], *terms)


def agreement_to_tuple(agreement: AgreementToSign) -> tuple[Any, ...]:
    """For the contract's `Agreement` struct."""
    return (
        agreement.source,
        agreement.source_points,
        agreement.target,
        agreement.target_points,
        agreement.quota,
        agreement.quota_window_seconds,
        agreement.opens_at,
        NEVER if agreement.closes_at is None else agreement.closes_at,
        agreement.settlement,
        agreement.settlement_token or ZERO_ADDRESS,
        agreement.beneficiary or ZERO_ADDRESS,
        agreement.terms_hash,
    )


def agreement_from_tuple(struct: tuple[Any, ...]) -> AgreementToSign:
    """Of the contract's `Agreement` struct."""
    source, burned, target, minted, quota, window, opens_at, closes_at, settlement, token, beneficiary, text = struct
    return AgreementToSign(
        source=_address(source),
        source_points=burned,
        target=_address(target),
        target_points=minted,
        quota=quota,
        quota_window_seconds=window,
        opens_at=opens_at,
        closes_at=None if closes_at >= NEVER else closes_at,
        settlement=settlement,
        settlement_token=_address(token) if settlement else None,
        beneficiary=_address(beneficiary) if settlement else None,
        terms_hash=Hash32(text),
    )


def _metadata_call(contracts: Contracts, change: changes.SetMetadata) -> Call:
    match change.of:
        case Metadata.POINTS:
            return _call("PointsToken", contracts.token.address, "setContractURI", change.uri)
        case Metadata.VOUCHERS:
            return _call("Vouchers", contracts.vouchers.address, "setURI", change.uri)
        case Metadata.VOUCHER_CONTRACT:
            return _call("Vouchers", contracts.vouchers.address, "setContractURI", change.uri)


def _call(contract: str, to: Address, function: str, *arguments: Any, title: str | None = None) -> Call:
    return Call(title or f"{contract}.{function}", to, interface(contract).calldata(function, *arguments))


def _address(text: str) -> Address:
    return Address(bytes.fromhex(text[2:]))
