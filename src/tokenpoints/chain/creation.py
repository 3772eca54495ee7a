"""The creation of a program as an operation: which deployment plan it stands for."""

from __future__ import annotations

from collections.abc import Mapping

from tokenpoints.chain.deploying import DeploymentPlan
from tokenpoints.chain.keys import ProgramKeys
from tokenpoints.domain.change_bodies import KeysOfProgram
from tokenpoints.domain.changes import CreateProgram
from tokenpoints.domain.types import Address, Hash32


def keys_of(keys: KeysOfProgram, deployer: Address) -> ProgramKeys:
    """Every role with its key: the deployer's where none is named."""
    return ProgramKeys(
        owner=keys.owner or deployer,
        operator=keys.operator or deployer,
        issuer=keys.issuer,
        guardian=keys.guardian or deployer,
        custodian=keys.custodian,
        adjuster=keys.adjuster or deployer,
        owner_delay_seconds=keys.owner_delay_seconds,
        operator_delay_seconds=keys.operator_delay_seconds,
    )


def plan_of(
    change: CreateProgram, chain_id: int, deployer: Address, transactions: Mapping[str, Hash32]
) -> DeploymentPlan:
    """The plan that the operation carries out, with the transactions that it took, by title."""
    return DeploymentPlan(
        spec=change.program,
        chain_id=chain_id,
        deployer=deployer,
        keys=keys_of(change.keys, deployer),
        start=change.start,
        transactions=dict(transactions),
    )
