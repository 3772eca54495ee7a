"""Deploying a program, so that it can be interrupted anywhere and repeated.

Every address is known beforehand and follows from no nonce, so whether a step is done is seen on the
chain: what is there is not sent again. `DeploymentPlan` is kept in a file before the first transaction
and after each is signed, for the terms, the start of epoch 1 and the hashes of what was sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from tokenpoints.chain import foundation
from tokenpoints.chain.events import terms_to_tuple
from tokenpoints.chain.interfaces import interface
from tokenpoints.chain.keys import ProgramKeys
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.chain.signers import Signer
from tokenpoints.domain.fees import suggest
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.programs import AddressField, Calendar, Contract, Contracts, HashField, Origin, Program
from tokenpoints.domain.specs import ProgramSpec
from tokenpoints.domain.tiers import padded_thresholds
from tokenpoints.domain.types import Address, Hash32, hex_of
from tokenpoints.errors import ChainRefused, ChainUnavailable, DeploymentError

TRANSACTION_GAS_MAX = 1 << 24
"""The most that a transaction may use (EIP-7825)."""
CREATE_PROGRAM = "create the program"
HAND_OVER = "leave it to its owner and operator"
_RULE_GAS_MAX = 300_000
_HAND_OVER_GAS_MAX = 300_000
_RECEIPT_TIMEOUT_SECONDS = 120.0
_RECEIPT_POLL_SECONDS = 0.05


class DeploymentPlan(BaseModel):
    """Everything that a deployment's transactions follow from, and those signed so far."""

    model_config = ConfigDict(extra="forbid")

    spec: ProgramSpec
    chain_id: int
    deployer: AddressField
    keys: ProgramKeys
    start: int
    """Unix time of epoch 1."""
    transactions: dict[str, HashField] = {}
    """By title of the step."""

    @property
    def salt(self) -> Hash32:
        """With the deployer, what the addresses follow from."""
        return Hash32(keccak(self.spec.slug.encode()))


@dataclass(frozen=True, slots=True)
class DeploymentStep:
    """One transaction of a deployment."""

    title: str
    to: Address
    calldata: bytes
    gas_max: int
    is_done: Callable[[RpcClient], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class PreviewedStep:
    """A step before it is sent."""

    title: str
    done: bool
    gas: int
    """0 where it is done."""
    at_most: bool
    """Whether the node cannot tell yet, since the step needs those before it."""


def program_terms(plan: DeploymentPlan) -> tuple[Any, ...]:
    """The factory's `ProgramTerms`."""
    spec = plan.spec
    points = (
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
    )
    return (points, spec.notice_period_seconds, spec.look_back_seconds, spec.par_value, spec.voucher_uri, "")


def program_keys(plan: DeploymentPlan) -> tuple[Any, ...]:
    """The factory's `ProgramKeys`. The deployer owns and operates the program until its rules are set."""
    creator, keys, cap = plan.deployer, plan.keys, plan.spec.issuer_cap
    return (creator, creator, keys.issuer, keys.guardian, keys.custodian, keys.adjuster, 0, 0, cap, cap)


def constructor_arguments(plan: DeploymentPlan, addresses: dict[str, Address]) -> dict[str, list[Any]]:
    """Of each contract, as the factory gives them."""
    points, notice_period, look_back, par_value, voucher_uri, voucher_contract_uri = program_terms(plan)
    access, token, rewards = addresses["access"], addresses["token"], addresses["rewards"]
    return {
        "access": [foundation.factory_address()],
        "token": [points, (access, addresses["rules"], rewards, addresses["exchange"])],
        "rules": [access, token, notice_period, look_back],
        "rewards": [access, token, addresses["vouchers"]],
        "vouchers": [access, rewards, f"{plan.spec.name} vouchers", voucher_uri, voucher_contract_uri],
        "exchange": [access, token, foundation.factory_address(), par_value],
        "accounts": [access, foundation.account_implementation()],
    }


class Planner:
    """Makes deployment plans for a key, and tells what has become of them."""

    def __init__(self, rpc: RpcClient, address: Address) -> None:
        self._rpc, self.address = rpc, address

    async def new_plan(self, spec: ProgramSpec, *, chain_id: int, keys: ProgramKeys) -> DeploymentPlan:
        """A plan whose epochs begin at the chain's present time, or when they did, if the program exists."""
        block = await self._rpc.block("latest")
        if block is None:
            raise ChainUnavailable("the node has no block")
        plan = DeploymentPlan(
            spec=spec,
            chain_id=chain_id,
            deployer=self.address,
            keys=keys,
            start=block.timestamp,
        )
        token = self._addresses_before(plan)["token"]
        if await self._rpc.code(token):
            contract = interface("PointsToken")
            answer = await self._rpc.read(token, contract.calldata("epochStart"))
            (plan.start,) = contract.decode_output("epochStart", answer)
        return plan

    async def preview(self, plan: DeploymentPlan) -> tuple[list[PreviewedStep], int]:
        """What `perform` would send, with its gas, and the fee in wei for each unit of it at present."""
        previewed = []
        for step in (*self._shared_steps(), *self._program_steps(plan)):
            if await step.is_done(self._rpc):
                previewed.append(PreviewedStep(step.title, done=True, gas=0, at_most=False))
            else:
                gas = await self._gas_if_known(plan, step)
                previewed.append(PreviewedStep(step.title, False, gas or step.gas_max, at_most=gas is None))
        block = await self._rpc.block("latest")
        priority_fee_wei = int(await self._rpc.call("eth_maxPriorityFeePerGas"), 16)
        return previewed, (block.base_fee_wei if block else 0) + priority_fee_wei

    def _shared_steps(self) -> list[DeploymentStep]:
        return [
            DeploymentStep(
                f"create {shared.title}",
                foundation.PROXY,
                shared.calldata,
                TRANSACTION_GAS_MAX,
                _has_code(shared.address),
            )
            for shared in foundation.foundation()
        ]

    def _program_steps(self, plan: DeploymentPlan) -> list[DeploymentStep]:
        addresses = self._addresses_before(plan)
        factory, rules = interface("ProgramFactory"), interface("EarningRules")
        start = datetime.fromtimestamp(plan.start, UTC)
        create = factory.calldata("create", plan.salt, program_terms(plan), program_keys(plan))
        return [
            DeploymentStep(
                CREATE_PROGRAM,
                foundation.factory_address(),
                create,
                TRANSACTION_GAS_MAX,
                _has_code(addresses["accounts"]),
            ),
            *(
                DeploymentStep(
                    f"set rule {rule.id}, {rule.name}",
                    addresses["rules"],
                    rules.calldata("setRule", rule.id, terms_to_tuple(rule.terms(start))),
                    _RULE_GAS_MAX,
                    _has_rule(addresses["rules"], rule.id),
                )
                for rule in plan.spec.rules
            ),
            *([self._handover(plan, addresses["access"])] if plan.keys.need_handover(plan.deployer) else []),
        ]

    def _handover(self, plan: DeploymentPlan, manager: Address) -> DeploymentStep:
        async def is_done(rpc: RpcClient) -> bool:
            return await plan.keys.are_in_place(rpc, manager, plan.deployer)

        return DeploymentStep(HAND_OVER, manager, plan.keys.handover(plan.deployer), _HAND_OVER_GAS_MAX, is_done)

    async def _gas(self, plan: DeploymentPlan, step: DeploymentStep) -> int:
        request = {"from": hex_of(plan.deployer), "to": hex_of(step.to), "data": hex_of(step.calldata)}
        return int(await self._rpc.call("eth_estimateGas", request), 16)

    async def _gas_if_known(self, plan: DeploymentPlan, step: DeploymentStep) -> int | None:
        """None where the step needs others before it."""
        if not await self._rpc.code(step.to):
            return None
        try:
            return await self._gas(plan, step)
        except ChainRefused:
            return None

    def _addresses_before(self, plan: DeploymentPlan) -> dict[str, Address]:
        return foundation.program_addresses(plan.deployer, plan.salt)

    async def _addresses(self, plan: DeploymentPlan) -> dict[str, Address]:
        """Where the factory says that the program's contracts are, which is where they were expected."""
        factory = interface("ProgramFactory")
        answer = await self._rpc.read(
            foundation.factory_address(), factory.calldata("programOf", plan.deployer, plan.salt)
        )
        (program,) = factory.decode_output("programOf", answer)
        found = {
            part: Address(bytes.fromhex(address[2:])) for part, address in zip(foundation.PARTS, program, strict=True)
        }
        if found != self._addresses_before(plan):
            raise DeploymentError(f"the factory at {hex_of(foundation.factory_address())} is another one than ours")
        return found

    async def _creation(self, plan: DeploymentPlan) -> dict[str, Any]:
        """The receipt of the program's creation."""
        known = plan.transactions.get(CREATE_PROGRAM)
        if known is not None and (receipt := await self._rpc.transaction_receipt(known)) is not None:
            return receipt
        # Sent by another run of this deployment, whose plan is lost.
        topics = [
            hex_of(interface("ProgramFactory").topic("ProgramCreated")),
            hex_of(bytes(12) + plan.deployer),
            hex_of(plan.salt),
        ]
        logs = await self._rpc.call(
            "eth_getLogs", {"address": hex_of(foundation.factory_address()), "topics": topics, "fromBlock": "0x0"}
        )
        if not logs:
            raise DeploymentError("the program exists, but no log tells of its creation")
        return {"blockNumber": logs[0]["blockNumber"], "transactionHash": logs[0]["transactionHash"]}

    async def missing_steps(self, plan: DeploymentPlan) -> list[DeploymentStep]:
        """What the chain lacks of `plan`, in order."""
        return [
            step for step in (*self._shared_steps(), *self._program_steps(plan)) if not await step.is_done(self._rpc)
        ]

    async def program(self, plan: DeploymentPlan) -> Program:
        """The program that a plan has created. Raises DeploymentError where it is not what was planned."""
        addresses = await self._addresses(plan)
        created = await self._creation(plan)
        arguments = constructor_arguments(plan, addresses)
        created_by = Hash32(bytes.fromhex(created["transactionHash"][2:]))
        contracts = {}
        for part, address in addresses.items():
            code = await self._rpc.code(address)
            if not interface(foundation.PARTS[part]).is_code(code):
                raise DeploymentError(f"the code at {hex_of(address)} is not that of {foundation.PARTS[part]}")
            contracts[part] = Contract(
                address=address,
                block_number=int(created["blockNumber"], 16),
                transaction_hash=created_by,
                constructor_arguments=_written(arguments[part]),
                code_hash=Hash32(keccak(code)),
            )
        spec = plan.spec
        rules = [plan.transactions.get(f"set rule {rule.id}, {rule.name}") for rule in spec.rules]
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
            adjustment_limit=spec.adjustment_limit,
            adjustment_days=spec.adjustment_days,
            issuer=plan.keys.issuer,
            account_implementation=foundation.account_implementation(),
            rules=[rule.program_rule for rule in spec.rules],
            contracts=Contracts(**contracts),
            origin=Origin(
                deployer=plan.deployer,
                factory=foundation.factory_address(),
                salt=plan.salt,
                transactions=[created_by, *(hash_ for hash_ in rules if hash_ is not None)],
            ),
        )


class Deployer(Planner):
    """Carries out deployment plans with the owner's key."""

    def __init__(self, rpc: RpcClient, signer: Signer) -> None:
        super().__init__(rpc, signer.address)
        self._signer = signer

    async def perform(
        self, plan: DeploymentPlan, *, keep: Callable[[DeploymentPlan], None], on_step: Callable[[str], None]
    ) -> Program:
        """Send what the chain lacks of `plan`. `keep` stores the plan whenever it has changed.

        Raises DeploymentError where the plan cannot be carried out on this chain.
        """
        if plan.deployer != self._signer.address:
            raise DeploymentError(f"the plan is of {hex_of(plan.deployer)}, the key of {hex_of(self._signer.address)}")
        if not await self._rpc.code(foundation.PROXY):
            raise DeploymentError(
                f"the chain has no deterministic deployment proxy at {hex_of(foundation.PROXY)}: "
                "see https://github.com/Arachnid/deterministic-deployment-proxy"
            )
        keep(plan)
        await self._nothing_pending(plan)
        for step in self._shared_steps():
            await self._perform(plan, step, keep, on_step)
        for step in self._program_steps(plan):
            await self._perform(plan, step, keep, on_step)
        return await self.program(plan)

    async def _perform(
        self,
        plan: DeploymentPlan,
        step: DeploymentStep,
        keep: Callable[[DeploymentPlan], None],
        on_step: Callable[[str], None],
    ) -> None:
        if await step.is_done(self._rpc):
            return
        on_step(step.title)
        receipt = await self._send(plan, step, keep)
        if int(receipt["status"], 16) != 1 or not await step.is_done(self._rpc):
            raise DeploymentError(f"the transaction to {step.title} failed: {receipt['transactionHash']}")

    async def _send(
        self, plan: DeploymentPlan, step: DeploymentStep, keep: Callable[[DeploymentPlan], None]
    ) -> dict[str, Any]:
        gas = await self._gas(plan, step)
        block = await self._rpc.block("latest")
        priority_fee_wei = int(await self._rpc.call("eth_maxPriorityFeePerGas"), 16)
        signed = self._signer.sign(
            nonce=await self._rpc.transaction_count(plan.deployer),
            to=step.to,
            calldata=step.calldata,
            gas_limit=min(gas * 5 // 4, TRANSACTION_GAS_MAX),
            fees=suggest(block.base_fee_wei if block else 0, priority_fee_wei),
        )
        plan.transactions[step.title] = signed.hash
        keep(plan)
        await self._rpc.send(signed.raw)
        return await self._wait(signed.hash)

    async def _nothing_pending(self, plan: DeploymentPlan) -> None:
        """Wait for what an interrupted deployment sent: its nonce is not to be used twice."""
        async with asyncio.timeout(_RECEIPT_TIMEOUT_SECONDS):
            while True:
                pending = await self._rpc.call("eth_getTransactionCount", hex_of(plan.deployer), "pending")
                if int(pending, 16) == await self._rpc.transaction_count(plan.deployer):
                    return
                await asyncio.sleep(_RECEIPT_POLL_SECONDS)

    async def _wait(self, transaction_hash: Hash32) -> dict[str, Any]:
        async with asyncio.timeout(_RECEIPT_TIMEOUT_SECONDS):
            while True:
                if (receipt := await self._rpc.transaction_receipt(transaction_hash)) is not None:
                    return receipt
                await asyncio.sleep(_RECEIPT_POLL_SECONDS)


def _has_code(address: Address) -> Callable[[RpcClient], Awaitable[bool]]:
    async def is_done(rpc: RpcClient) -> bool:
        return bool(await rpc.code(address))

    return is_done


def _has_rule(rules: Address, rule_id: int) -> Callable[[RpcClient], Awaitable[bool]]:
    async def is_done(rpc: RpcClient) -> bool:
        if not await rpc.code(rules):
            return False
        contract = interface("EarningRules")
        answer = await rpc.read(rules, contract.calldata("versionCount", rule_id))
        return bool(contract.decode_output("versionCount", answer)[0])

    return is_done


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
