"""Deploying a program, so that it can be interrupted anywhere and repeated.

A deployment is a fixed row of transactions of one account with consecutive nonces, so that every
address is known beforehand. `DeploymentPlan` is kept in a file before the first of them is sent and
after each is signed; whatever of it the chain already has is not sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rlp
from eth_hash.auto import keccak
from pydantic import BaseModel, ConfigDict

from tokenpoints.chain.events import terms_to_tuple
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.chain.signers import Signer
from tokenpoints.domain.fees import suggest
from tokenpoints.domain.programs import AddressField, Calendar, Contract, Contracts, HashField, Origin, Program
from tokenpoints.domain.specs import ProgramSpec
from tokenpoints.domain.tiers import padded_thresholds
from tokenpoints.domain.types import ZERO_ADDRESS, Address, Hash32, hex_of
from tokenpoints.errors import ChainUnavailable, DeploymentError

ROLES = {"OPERATOR": 1, "ISSUER": 2, "GUARDIAN": 3, "CUSTODIAN": 4, "ADJUSTER": 5}
"""As in the contracts' `Roles`. What no role is given for is the owner's."""
_FUNCTIONS = {
    "PointsToken": {
        "OPERATOR": ("setPartner", "openTransfers", "setContractURI"),
        "GUARDIAN": ("pause", "unpause", "freeze", "unfreeze"),
    },
    "EarningRules": {
        "OPERATOR": ("setRule", "cancelChange"),
        "ISSUER": ("award",),
        "ADJUSTER": ("clawBack",),
    },
}
_CONTRACTS = ("AccessManager", "PointsToken", "EarningRules", "MemberAccount", "MemberAccounts")
_RECEIPT_TIMEOUT_SECONDS = 120.0
_RECEIPT_POLL_SECONDS = 0.05


class DeploymentPlan(BaseModel):
    """Everything that a deployment's transactions follow from, and those signed so far."""

    model_config = ConfigDict(extra="forbid")

    spec: ProgramSpec
    chain_id: int
    deployer: AddressField
    issuer: AddressField
    custodian: AddressField
    first_nonce: int
    start: int
    """Unix time of epoch 1."""
    transactions: list[HashField] = []


@dataclass(frozen=True, slots=True)
class DeploymentStep:
    """One transaction of a deployment."""

    title: str
    to: Address | None
    calldata: bytes


def create_address(deployer: Address, nonce: int) -> Address:
    """The address of the contract that `deployer` creates with `nonce` (Yellow Paper, section 7)."""
    return Address(keccak(rlp.encode([deployer, nonce]))[12:])


def constructor_arguments(plan: DeploymentPlan) -> list[list[Any]]:
    """Of the five contracts, in the order of their creation."""
    access, token, rules, implementation, _ = addresses(plan)
    spec = plan.spec
    return [
        [plan.deployer],
        [
            (
                spec.name,
                spec.symbol,
                spec.decimals,
                plan.start,
                spec.epoch_length_seconds,
                spec.points_expire,
                spec.tier_period_epochs,
                padded_thresholds(tier.threshold for tier in spec.tiers[1:]),
                spec.transfer_policy.number,
                spec.contract_uri,
            ),
            # A program without rewards and exchange: nobody is the redeemer or the exchange, and never will be.
            (access, rules, ZERO_ADDRESS, ZERO_ADDRESS),
        ],
        [access, token, spec.notice_period_seconds, spec.look_back_seconds],
        [],
        [access, implementation],
    ]


def addresses(plan: DeploymentPlan) -> list[Address]:
    """Of the five contracts, in the order of their creation."""
    return [create_address(plan.deployer, plan.first_nonce + index) for index in range(len(_CONTRACTS))]


def steps(plan: DeploymentPlan) -> list[DeploymentStep]:
    """The transactions of a deployment, by nonce."""
    access, token, rules, *_ = addresses(plan)
    row = [
        DeploymentStep(f"create {name}", None, interface(name).creation_code(*arguments))
        for name, arguments in zip(_CONTRACTS, constructor_arguments(plan), strict=True)
    ]
    manager, earning = interface("AccessManager"), interface("EarningRules")
    holders = (
        ("OPERATOR", plan.deployer),
        ("ISSUER", plan.issuer),
        ("GUARDIAN", plan.deployer),
        ("CUSTODIAN", plan.custodian),
        ("ADJUSTER", plan.deployer),
    )
    row.append(
        DeploymentStep(
            "give the roles",
            access,
            manager.calldata(
                "multicall",
                [
                    *(manager.calldata("labelRole", role, name) for name, role in ROLES.items()),
                    *(
                        manager.calldata(
                            "setTargetFunctionRole",
                            contract,
                            [interface(name).selector(function) for function in functions],
                            ROLES[role],
                        )
                        for contract, name in ((token, "PointsToken"), (rules, "EarningRules"))
                        for role, functions in _FUNCTIONS[name].items()
                    ),
                    *(manager.calldata("grantRole", ROLES[role], account, 0) for role, account in holders),
                ],
            ),
        )
    )
    cap = earning.calldata("setIssuerCap", plan.issuer, plan.spec.issuer_cap)
    row.append(DeploymentStep("set the issuer's cap", rules, cap))
    start = datetime.fromtimestamp(plan.start, UTC)
    for rule in plan.spec.rules:
        calldata = earning.calldata("setRule", rule.id, terms_to_tuple(rule.terms(start)))
        row.append(DeploymentStep(f"set rule {rule.id}, {rule.name}", rules, calldata))
    return row


class Deployer:
    """Carries out deployment plans with the owner's key."""

    def __init__(self, rpc: RpcClient, signer: Signer) -> None:
        self._rpc, self._signer = rpc, signer

    async def new_plan(
        self, spec: ProgramSpec, *, chain_id: int, issuer: Address, custodian: Address
    ) -> DeploymentPlan:
        """A plan from the deployer's next nonce and the chain's present time."""
        block = await self._rpc.block("latest")
        if block is None:
            raise ChainUnavailable("the node has no block")
        return DeploymentPlan(
            spec=spec,
            chain_id=chain_id,
            deployer=self._signer.address,
            issuer=issuer,
            custodian=custodian,
            first_nonce=await self._rpc.transaction_count(self._signer.address),
            start=block.timestamp,
        )

    async def perform(
        self, plan: DeploymentPlan, *, keep: Callable[[DeploymentPlan], None], on_step: Callable[[str], None]
    ) -> Program:
        """Send what the chain lacks of `plan`. `keep` stores the plan whenever it has changed.

        Raises DeploymentError where the plan cannot be carried out on this chain any more.
        """
        if plan.deployer != self._signer.address:
            raise DeploymentError(f"the plan is of {hex_of(plan.deployer)}, the key of {hex_of(self._signer.address)}")
        keep(plan)
        mined: list[dict[str, Any]] = []
        for index, step in enumerate(steps(plan)):
            receipt = await self._mined(plan, index)
            if receipt is None:
                on_step(step.title)
                receipt = await self._send(plan, index, step, keep)
            if int(receipt["status"], 16) != 1:
                raise DeploymentError(f"the transaction to {step.title} failed: {receipt['transactionHash']}")
            mined.append(receipt)
        return await self._program(plan, mined)

    async def _mined(self, plan: DeploymentPlan, index: int) -> dict[str, Any] | None:
        if index >= len(plan.transactions):
            return None
        return await self._rpc.transaction_receipt(plan.transactions[index])

    async def _send(
        self, plan: DeploymentPlan, index: int, step: DeploymentStep, keep: Callable[[DeploymentPlan], None]
    ) -> dict[str, Any]:
        nonce = plan.first_nonce + index
        used = await self._rpc.transaction_count(plan.deployer)
        if used != nonce:
            raise DeploymentError(
                f"the deployer's next nonce is {used} where the plan needs {nonce} to {step.title}: "
                "the chain is another one, or the key was used elsewhere"
            )
        request = {"from": hex_of(plan.deployer), "data": hex_of(step.calldata)}
        if step.to is not None:
            request["to"] = hex_of(step.to)
        gas = int(await self._rpc.call("eth_estimateGas", request), 16)
        block = await self._rpc.block("latest")
        priority_fee_wei = int(await self._rpc.call("eth_maxPriorityFeePerGas"), 16)
        signed = self._signer.sign(
            nonce=nonce,
            to=step.to,
            calldata=step.calldata,
            gas_limit=gas * 5 // 4,
            fees=suggest(block.base_fee_wei if block else 0, priority_fee_wei),
        )
        plan.transactions[index:] = [signed.hash]
        keep(plan)
        await self._rpc.send(signed.raw)
        return await self._wait(signed.hash)

    async def _wait(self, transaction_hash: Hash32) -> dict[str, Any]:
        async with asyncio.timeout(_RECEIPT_TIMEOUT_SECONDS):
            while True:
                if (receipt := await self._rpc.transaction_receipt(transaction_hash)) is not None:
                    return receipt
                await asyncio.sleep(_RECEIPT_POLL_SECONDS)

    async def _program(self, plan: DeploymentPlan, mined: list[dict[str, Any]]) -> Program:
        contracts = []
        for address, arguments, receipt in zip(
            addresses(plan), constructor_arguments(plan), mined[: len(_CONTRACTS)], strict=True
        ):
            code = await self._rpc.code(address)
            if not code:
                raise DeploymentError(f"there is no code at {hex_of(address)}")
            contracts.append(
                Contract(
                    address=address,
                    block_number=int(receipt["blockNumber"], 16),
                    transaction_hash=Hash32(bytes.fromhex(receipt["transactionHash"][2:])),
                    constructor_arguments=_written(arguments),
                    code_hash=Hash32(keccak(code)),
                )
            )
        access, token, rules, implementation, accounts = contracts
        spec = plan.spec
        return Program(
            slug=spec.slug,
            name=spec.name,
            symbol=spec.symbol,
            decimals=spec.decimals,
            currency=spec.currency,
            accent=spec.accent,
            calendar=Calendar(
                start=plan.start,
                length_seconds=spec.epoch_length_seconds,
                tier_period_epochs=spec.tier_period_epochs,
                points_expire=spec.points_expire,
            ),
            tiers=spec.tiers,
            look_back_seconds=spec.look_back_seconds,
            issuer=plan.issuer,
            account_implementation=implementation.address,
            rules=[rule.program_rule for rule in spec.rules],
            contracts=Contracts(access=access, token=token, rules=rules, accounts=accounts),
            origin=Origin(deployer=plan.deployer, first_nonce=plan.first_nonce, transactions=plan.transactions),
        )


def _written(arguments: Sequence[Any]) -> list[Any]:
    """Constructor arguments as JSON has them: addresses in hex, structs as lists."""
    return [
        hex_of(each) if isinstance(each, bytes) else _written(each) if isinstance(each, list | tuple) else each
        for each in arguments
    ]


async def missing_contracts(rpc: RpcClient, program: Program) -> list[str]:
    """Contracts without code where the deployment says they are.

    Raises DeploymentError where there is other code: the chain is not the one deployed to.
    """
    missing = []
    for name, contract in program.contracts:
        code = await rpc.code(contract.address)
        if not code:
            missing.append(name)
        elif keccak(code) != contract.code_hash:
            raise DeploymentError(f"other code than was deployed stands at {hex_of(contract.address)} ({name})")
    return missing


def plan_path(directory: Path, chain_id: int, slug: str) -> Path:
    """Where an unfinished deployment's plan is kept."""
    return directory / f"{chain_id}.{slug}.plan.json"
