"""The only place where objects are wired."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tokenpoints.chain import deployments
from tokenpoints.chain.rpc import RpcClient, wait_until_ready
from tokenpoints.config import Settings
from tokenpoints.domain.programs import Deployment, Program
from tokenpoints.domain.types import Address, hex_of
from tokenpoints.errors import ConfigurationError, DeploymentError, SignerError
from tokenpoints.storage.database import Database

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tokenpoints.chain.deploying import DeploymentPlan, PreviewedStep
    from tokenpoints.chain.signers import Signer
    from tokenpoints.domain.specs import ProgramSpec
    from tokenpoints.indexer.indexer import Indexer

# Each process imports only what it runs: what the others need is imported where they are wired.

_NODE_TIMEOUT_SECONDS = 60.0


def utc_now() -> datetime:
    """The clock of every process."""
    return datetime.now(UTC)


def database(settings: Settings) -> Database:
    """The database, not migrated."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return Database.open(settings.storage_url)


async def migrate(settings: Settings) -> None:
    """Bring the database to the present schema."""
    from tokenpoints.storage import schema

    opened = database(settings)
    try:
        await schema.upgrade(opened)
    finally:
        await opened.close()


def deployment(settings: Settings) -> Deployment:
    """What is deployed on the chain of the settings."""
    return deployments.load(settings.deployments_dir, settings.chain_id)


@asynccontextmanager
async def node(settings: Settings) -> AsyncIterator[RpcClient]:
    """The node, once it answers. Raises ConfigurationError where it is of another chain."""
    async with RpcClient(settings.node_url) as rpc:
        chain_id = await wait_until_ready(rpc, timeout_seconds=_NODE_TIMEOUT_SECONDS)
        if chain_id != settings.chain_id:
            raise ConfigurationError(
                f"the node at {settings.node_url} is of chain {chain_id}, "
                f"not {settings.chain_id} (TOKENPOINTS_CHAIN_ID)"
            )
        yield rpc


def signer(settings: Settings, role: str) -> Signer:
    """The key of this process: its keystore, or on a development chain the public key of `role`."""
    from tokenpoints.chain.signers import development_signer, keystore_signer

    if settings.signer_keystore is None:
        return development_signer(role, settings.chain_id)
    if settings.signer_password_file is None:
        raise SignerError("TOKENPOINTS_SIGNER_PASSWORD_FILE is not set")
    return keystore_signer(settings.signer_keystore, settings.signer_password_file, settings.chain_id)


def development_address(role: str, settings: Settings) -> Address:
    """The address of the public key of `role`. Raises SignerError on any chain but a development one."""
    from tokenpoints.chain.signers import development_signer

    return development_signer(role, settings.chain_id).address


async def deploy(
    settings: Settings,
    spec: ProgramSpec,
    *,
    issuer: Address | None = None,
    custodian: Address | None = None,
    on_step: Callable[[str], None] = lambda _: None,
    approve: Callable[[list[PreviewedStep], int], None] | None = None,
) -> Program:
    """Deploy a program, or finish doing so, or find that it is deployed.

    `approve` is shown the steps with their gas and the present fee of a unit in wei, before anything is sent,
    and raises what it pleases to prevent that. On the embedded node, whose chain can lose its last blocks, what is
    missing is sent again, to the same addresses. Elsewhere, missing contracts raise DeploymentError.
    """
    from tokenpoints.chain import verification
    from tokenpoints.chain.deploying import Deployer, DeploymentPlan, missing_contracts, plan_path
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
            if settings.chain_id not in DEVELOPMENT_CHAINS and (issuer is None or custodian is None):
                raise ConfigurationError(f"chain {settings.chain_id} needs --issuer and --custodian")
            plan = await deployer.new_plan(
                spec,
                chain_id=settings.chain_id,
                issuer=issuer or development_address("issuer", settings),
                custodian=custodian or development_address("custodian", settings),
            )

        def keep(changed: DeploymentPlan) -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial")
            partial.write_text(changed.model_dump_json(indent=2))
            partial.replace(path)

        if approve is not None:
            approve(*await deployer.preview(plan))
        program = await deployer.perform(plan, keep=keep, on_step=on_step)
        if program != existing:
            programs = {**known.programs, spec.slug: program}
            deployments.save(settings.deployments_dir, known.model_copy(update={"programs": programs}))
        verification.save(settings.deployments_dir)
        return program


def gateway_app(settings: Settings) -> FastAPI:
    """The gateway's HTTP application."""
    from tokenpoints.gateway.app import create_app

    return create_app(database=database(settings), deployment=deployment(settings), settings=settings, clock=utc_now)


def explorer_app(settings: Settings) -> FastAPI:
    """The explorer's pages."""
    from tokenpoints.explorer.app import create_app

    return create_app(
        database=database(settings),
        deployment=deployment(settings),
        node=RpcClient(settings.node_url, timeout_seconds=5),
        clock=utc_now,
    )


@asynccontextmanager
async def indexer(settings: Settings) -> AsyncIterator[Indexer]:
    """The indexer of the settings' chain, with its node and its database."""
    from tokenpoints.indexer.indexer import Indexer
    from tokenpoints.indexer.source import ChainSource

    deployed, opened = deployment(settings), database(settings)
    contracts = [
        contract.address
        for program in deployed.programs.values()
        for contract in (program.contracts.token, program.contracts.rules)
    ]
    try:
        async with AsyncExitStack() as stack:
            rpc = await stack.enter_async_context(node(settings))
            second = (
                await stack.enter_async_context(RpcClient(settings.second_rpc_url)) if settings.second_rpc_url else None
            )
            yield Indexer(
                ChainSource(rpc, contracts, log_check=settings.log_check, second=second),
                opened,
                deployed,
                clock=utc_now,
                block_count_max=settings.block_count_max,
                poll_seconds=settings.poll_seconds,
                node_is_the_chain=settings.rpc_url is None,
            )
    finally:
        await opened.close()


async def run_indexer(settings: Settings, stop: asyncio.Event) -> None:
    """Follow the chain until `stop`."""
    from tokenpoints.chain.heads import follow_heads

    async with indexer(settings) as following:
        wake = asyncio.Event()
        listening = asyncio.create_task(follow_heads(settings.heads_url, wake)) if settings.heads_url else None
        try:
            await following.run(stop, wake)
        finally:
            if listening is not None:
                listening.cancel()


async def resume_indexer(settings: Settings, *, accept_chain: bool) -> str | None:
    """Let a halted indexer go on, and undo even what was final if `accept_chain`. Returns why it stood still."""
    from tokenpoints.storage import checkpoints

    opened = database(settings)
    try:
        async with opened.session() as session:
            return await checkpoints.resume(session, settings.chain_id, accept_chain=accept_chain)
    finally:
        await opened.close()


async def run_submitter(settings: Settings, stop: asyncio.Event) -> None:
    """Send the awards of every program whose issuer's key this process holds, until `stop`."""
    from tokenpoints.submitter.issuing import Issuing
    from tokenpoints.submitter.submitter import BatchPolicy, Submitter

    deployed, opened, key = deployment(settings), database(settings), signer(settings, "issuer")
    programs = [program for program in deployed.programs.values() if program.issuer == key.address]
    if not programs:
        raise SignerError(f"no program has {hex_of(key.address)} as its issuer")
    if len(programs) > 1:
        raise SignerError("several programs have the same issuer; each needs a key of its own")
    policy = BatchPolicy(settings.batch_size, settings.batch_age_seconds, settings.batches_in_flight_max)
    try:
        async with node(settings) as rpc:
            submitter = Submitter(
                Issuing(rpc, key, programs[0]),
                opened,
                programs[0],
                policy=policy,
                clock=utc_now,
                poll_seconds=settings.poll_seconds,
            )
            await submitter.run(stop)
    finally:
        await opened.close()


async def run_node(settings: Settings, stop: asyncio.Event) -> None:
    """Run the embedded node until `stop`."""
    from tokenpoints.chain.node import EmbeddedNode, find_anvil

    embedded = EmbeddedNode(
        anvil=find_anvil(),
        directory=settings.data_dir,
        port=settings.node_port,
        chain_id=settings.chain_id,
    )
    await embedded.run(stop)
