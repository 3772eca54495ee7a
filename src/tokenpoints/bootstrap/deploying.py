"""Deploying a program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from tokenpoints.bootstrap.opening import deployment, node
from tokenpoints.bootstrap.signers import development_address, signer
from tokenpoints.chain import deployments
from tokenpoints.config import Settings
from tokenpoints.domain.programs import Deployment, Program
from tokenpoints.domain.types import Address
from tokenpoints.errors import ConfigurationError, DeploymentError

if TYPE_CHECKING:
    from tokenpoints.chain.deploying import DeploymentPlan, PreviewedStep
    from tokenpoints.chain.keys import ProgramKeys
    from tokenpoints.domain.specs import ProgramSpec


async def deploy(
    settings: Settings,
    spec: ProgramSpec,
    *,
    keys: Mapping[str, Address] = MappingProxyType({}),
    owner_delay_seconds: int = 0,
    operator_delay_seconds: int = 0,
    on_step: Callable[[str], None] = lambda _: None,
    approve: Callable[[ProgramKeys, list[PreviewedStep], int], None] | None = None,
) -> Program:
    """Deploy a program, or finish doing so, or find that it is deployed.

    `keys` has addresses by role. Without one, the issuer and the custodian are the development ones, where the chain is
    a development one, and the others are the owner's key's.

    `approve` is shown who acts for the program, the steps with their gas, and the present fee of a unit in wei, before
    anything is sent, and raises what it pleases to prevent that. On the embedded node, whose chain can lose its last
    blocks, what is missing is sent again, to the same addresses. Elsewhere, missing contracts raise DeploymentError.
    """
    from tokenpoints.chain import verification
    from tokenpoints.chain.deploying import Deployer, DeploymentPlan, missing_contracts, plan_path
    from tokenpoints.chain.keys import ProgramKeys
    from tokenpoints.chain.signers import DEVELOPMENT_CHAINS

    path = plan_path(settings.data_dir, settings.chain_id, spec.slug)
    async with node(settings) as rpc:
        try:
            known = deployment(settings)
        except DeploymentError:
            if deployments.path_for(settings.deployments_dir, settings.chain_id).exists():
                raise
            known = Deployment(chain_id=settings.chain_id, programs={})
        existing = known.programs.get(spec.slug)
        missing = await missing_contracts(rpc, existing) if existing else []
        plan = DeploymentPlan.model_validate_json(path.read_bytes()) if path.exists() else None
        if existing and not missing and (plan is None or settings.rpc_url is not None):
            return existing
        if existing and missing and settings.rpc_url is not None:
            raise DeploymentError(
                f"{', '.join(missing)} of {spec.slug} not found at {settings.node_url}: it is another chain than "
                f"{deployments.path_for(settings.deployments_dir, settings.chain_id)} describes"
            )
        deployer = Deployer(rpc, signer(settings, "owner"))
        if plan is None:
            if settings.chain_id not in DEVELOPMENT_CHAINS and not keys.keys() >= {"issuer", "custodian"}:
                raise ConfigurationError(f"chain {settings.chain_id} needs --issuer and --custodian")
            chosen = {
                role: keys.get(role) or development_address(role, settings) for role in ("issuer", "custodian")
            } | {role: keys.get(role) or deployer.address for role in ("owner", "operator", "guardian", "adjuster")}
            plan = await deployer.new_plan(
                spec,
                chain_id=settings.chain_id,
                keys=ProgramKeys(
                    **chosen, owner_delay_seconds=owner_delay_seconds, operator_delay_seconds=operator_delay_seconds
                ),
            )

        def keep(changed: DeploymentPlan) -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial")
            partial.write_text(changed.model_dump_json(indent=2))
            partial.replace(path)

        if approve is not None:
            approve(plan.keys, *await deployer.preview(plan))
        program = await deployer.perform(plan, keep=keep, on_step=on_step)
        if existing:
            program = program.model_copy(update={"further_issuers": existing.further_issuers})
        deployments.change(settings.deployments_dir, settings.chain_id, lambda known: known.having(program))
        verification.save(settings.deployments_dir)
        return program
