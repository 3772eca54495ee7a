"""The only place where objects are wired."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

import structlog

from tokenpoints.chain import deployments
from tokenpoints.chain.rpc import RpcClient, wait_until_ready
from tokenpoints.config import Settings
from tokenpoints.domain.programs import Deployment, Program
from tokenpoints.domain.types import Address, hex_of
from tokenpoints.errors import ConfigurationError, DeploymentError, SignerError, UnknownProgram
from tokenpoints.failpoints import clock_offset_seconds
from tokenpoints.standby import Standby
from tokenpoints.storage.database import Database
from tokenpoints.storage.limits import ConnectionLimits

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tokenpoints.chain.deploying import DeploymentPlan, PreviewedStep
    from tokenpoints.chain.keys import ProgramKeys
    from tokenpoints.chain.signers import Signer
    from tokenpoints.domain.reconciliation import Reconciliation
    from tokenpoints.domain.specs import ProgramSpec
    from tokenpoints.indexer.indexer import Indexer
    from tokenpoints.reconciler.reconciler import Reconciler

log = structlog.get_logger()

# Each process imports only what it runs: what the others need is imported where they are wired.

_NODE_TIMEOUT_SECONDS = 60.0
_DEPLOYMENT_LOOK_SECONDS = 0.5


def utc_now() -> datetime:
    """The clock of every process."""
    return datetime.now(UTC) + timedelta(seconds=clock_offset_seconds())


def database(settings: Settings) -> Database:
    """The database, not migrated."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    limits = ConnectionLimits(
        pool_size=settings.database_pool_size,
        pool_timeout_seconds=settings.database_pool_timeout_seconds,
        statement_timeout_seconds=settings.database_statement_timeout_seconds,
        lock_timeout_seconds=settings.database_lock_timeout_seconds,
        idle_timeout_seconds=settings.database_idle_timeout_seconds,
    )
    return Database.open(settings.storage_url, limits=limits)


def standby(settings: Settings, opened: Database, name: str) -> Standby:
    """This process's turn at the work called `name`."""
    return Standby(opened, name, holder=f"{socket.gethostname()}:{os.getpid()}", lease_seconds=settings.lease_seconds)


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


def _followed(settings: Settings) -> deployments.Followed:
    return deployments.Followed(settings.deployments_dir, settings.chain_id)


async def following_deployment(
    work: Callable[[Settings, asyncio.Event], Awaitable[None]], settings: Settings, stop: asyncio.Event
) -> None:
    """Do `work` until `stop`, from the start again whenever another program is deployed."""
    while not stop.is_set():
        until, followed = asyncio.Event(), _followed(settings)
        # Before the work reads the file: a change in between is then a change.
        watching = asyncio.create_task(_until_redeployed(followed, followed.mark(), stop, until))
        try:
            await work(settings, until)
        finally:
            watching.cancel()
        if not until.is_set():
            return


async def _until_redeployed(
    followed: deployments.Followed, mark: tuple[int, ...] | None, stop: asyncio.Event, until: asyncio.Event
) -> None:
    while not stop.is_set() and followed.mark() == mark:
        with suppress(TimeoutError):
            async with asyncio.timeout(_DEPLOYMENT_LOOK_SECONDS):
                await stop.wait()
    until.set()


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


def issuer_signers(settings: Settings) -> list[Signer]:
    """The issuers' keys that this process holds. Raises SignerError, also where two are the same."""
    if not settings.issuer_keys:
        return [signer(settings, "issuer")]
    return _distinct_signers("TOKENPOINTS_ISSUER_KEYS", settings.issuer_keys, settings)


def operator_signers(settings: Settings) -> list[Signer]:
    """The roles' keys that this process holds. Raises SignerError, also where two are the same."""
    if not settings.operator_keys:
        # On a development chain the custodian's is public as well.
        roles = ("owner", "custodian") if settings.signer_keystore is None else ("owner",)
        return [signer(settings, role) for role in roles]
    return _distinct_signers("TOKENPOINTS_OPERATOR_KEYS", settings.operator_keys, settings)


def _distinct_signers(variable: str, uris: Sequence[str], settings: Settings) -> list[Signer]:
    from tokenpoints.chain.signers.opening import open_signer

    found = [open_signer(uri, settings.chain_id) for uri in uris]
    if len({each.address for each in found}) < len(found):
        raise SignerError(f"{variable} names a key twice")
    return found


def development_address(role: str, settings: Settings) -> Address:
    """The address of the public key of `role`. Raises SignerError on any chain but a development one."""
    from tokenpoints.chain.signers import development_signer

    return development_signer(role, settings.chain_id).address


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


def gateway_app(settings: Settings) -> FastAPI:
    """The gateway's HTTP application."""
    from tokenpoints.gateway.app import create_app

    require_receivers_allowed(settings)

    return create_app(database=database(settings), deployment=_followed(settings), settings=settings, clock=utc_now)


def require_receivers_allowed(settings: Settings) -> None:
    """Raises ConfigurationError where webhooks to this machine are allowed on any chain but a development one."""
    from tokenpoints.chain.signers import DEVELOPMENT_CHAINS

    if settings.webhooks_allow_loopback and settings.chain_id not in DEVELOPMENT_CHAINS:
        raise ConfigurationError("TOKENPOINTS_WEBHOOKS_ALLOW_LOOPBACK is for development chains only")


def explorer_app(settings: Settings) -> FastAPI:
    """The explorer's pages."""
    from tokenpoints.explorer.app import create_app

    return create_app(
        database=database(settings),
        deployment=_followed(settings),
        node=RpcClient(settings.node_url, timeout_seconds=5),
        clock=utc_now,
    )


@asynccontextmanager
async def indexing(settings: Settings) -> AsyncIterator[Callable[[Database], Indexer]]:
    """Indexers of the settings' chain, with its node, by the database that they write."""
    from tokenpoints.indexer.indexer import Indexer
    from tokenpoints.indexer.source import ChainSource

    deployed = deployment(settings)
    contracts = [contract.address for program in deployed.programs.values() for contract in program.contracts.logging]
    async with AsyncExitStack() as stack:
        rpc = await stack.enter_async_context(node(settings))
        second = (
            await stack.enter_async_context(RpcClient(settings.second_rpc_url)) if settings.second_rpc_url else None
        )
        yield lambda written: Indexer(
            ChainSource(rpc, contracts, log_check=settings.log_check, second=second),
            written,
            deployed,
            clock=utc_now,
            block_count_max=settings.block_count_max,
            poll_seconds=settings.poll_seconds,
            node_is_the_chain=settings.rpc_url is None,
        )


async def run_indexer(settings: Settings, stop: asyncio.Event) -> None:
    """Follow the chain until `stop`, whenever no other process does."""
    from tokenpoints.chain.heads import follow_heads

    opened = database(settings)
    try:
        async with indexing(settings) as indexer_on:
            wake = asyncio.Event()
            listening = asyncio.create_task(follow_heads(settings.heads_url, wake)) if settings.heads_url else None

            async def work(fenced: Database, until: asyncio.Event) -> None:
                await indexer_on(fenced).run(until, wake)

            try:
                await standby(settings, opened, f"indexer:{settings.chain_id}").run(work, stop)
            finally:
                if listening is not None:
                    listening.cancel()
    finally:
        await opened.close()


async def resume_indexer(settings: Settings, *, accept_chain: bool) -> str | None:
    """Let a halted indexer go on, and undo even what was final if `accept_chain`. Returns why it stood still."""
    from tokenpoints.storage import checkpoints

    opened = database(settings)
    try:
        async with opened.session() as session:
            return await checkpoints.resume(session, settings.chain_id, accept_chain=accept_chain)
    finally:
        await opened.close()


@asynccontextmanager
async def reconciler(settings: Settings) -> AsyncIterator[tuple[Reconciler, Deployment]]:
    """The reconciler, with the programs that it compares."""
    from tokenpoints.reconciler.reconciler import Reconciler

    deployed, opened = deployment(settings), database(settings)
    try:
        async with node(settings) as rpc:
            yield (
                Reconciler(rpc, opened, deployed, clock=utc_now, interval_seconds=settings.reconcile_seconds),
                deployed,
            )
    finally:
        await opened.close()


async def run_reconciler(settings: Settings, stop: asyncio.Event) -> None:
    """Compare every program with the chain, again and again, until `stop`."""
    async with reconciler(settings) as (runner, _):
        await runner.run(stop)


async def reconcile(settings: Settings, slugs: Sequence[str]) -> list[Reconciliation]:
    """Compare these programs with the chain once, all of them where none is named. Raises UnknownProgram."""
    async with reconciler(settings) as (runner, deployed):
        unknown = [slug for slug in slugs if slug not in deployed.programs]
        if unknown:
            raise UnknownProgram(unknown[0])
        return [await runner.reconcile_now(deployed.programs[slug]) for slug in slugs or deployed.programs]


async def run_submitter(settings: Settings, stop: asyncio.Event) -> None:
    """Send the awards of every program whose issuer's key this process holds, until `stop`, whenever no other does."""
    from tokenpoints.submitter.issuing import Issuing
    from tokenpoints.submitter.policy import BatchPolicy
    from tokenpoints.submitter.submitter import Submitter

    deployed, opened = deployment(settings), database(settings)
    programs = _programs_of(issuer_signers(settings), deployed)
    policy = BatchPolicy(
        size=settings.batch_size,
        age_seconds=settings.batch_age_seconds,
        idle_age_seconds=settings.batch_idle_age_seconds,
        in_flight_max=settings.batches_in_flight_max,
        gas_limit_max=settings.transaction_gas_max,
        fee_cap_wei=int(settings.fee_cap_gwei * 10**9),
        bump_seconds=settings.bump_seconds,
    )
    try:
        async with node(settings) as rpc, asyncio.TaskGroup() as group:
            for key, program in programs.items():

                async def work(
                    fenced: Database, until: asyncio.Event, key: Signer = key, program: Program = program
                ) -> None:
                    submitter = Submitter(
                        Issuing(rpc, key, program),
                        fenced,
                        program,
                        policy=policy,
                        clock=utc_now,
                        poll_seconds=settings.poll_seconds,
                    )
                    await submitter.run(until)

                # By the key and not by the program: the nonces are the key's.
                lease = f"submitter:{hex_of(key.address)}"
                group.create_task(standby(settings, opened, lease).run(work, stop))
    except BaseExceptionGroup as several:
        # One line says what is wrong, not a tree of them.
        raise several.exceptions[0] from several
    finally:
        await opened.close()


def _programs_of(keys: Sequence[Signer], deployed: Deployment) -> dict[Signer, Program]:
    """By key, the program that it issues for. A key may be there before its program is, but not all of them."""
    known = {issuer for program in deployed.programs.values() for issuer in program.issuers}
    waiting = [key for key in keys if key.address not in known]
    if len(waiting) < len(keys):
        for key in waiting:
            log.warning("issuer_without_program", issuer=hex_of(key.address))
        keys = [key for key in keys if key.address in known]
    return {key: _program_of(key, deployed) for key in keys}


def _program_of(key: Signer, deployed: Deployment) -> Program:
    programs = [program for program in deployed.programs.values() if key.address in program.issuers]
    if not programs:
        raise SignerError(f"no program has {hex_of(key.address)} among its issuers")
    if len(programs) > 1:
        raise SignerError("several programs have the same issuer; each needs a key of its own")
    return programs[0]


async def run_operator(settings: Settings, stop: asyncio.Event) -> None:
    """Make the operations of every role whose key this process holds, until `stop`, whenever no other does."""
    from tokenpoints.loops import together
    from tokenpoints.operator.acting import Acting
    from tokenpoints.operator.adjuster import Adjuster
    from tokenpoints.operator.deploying import Deploying
    from tokenpoints.operator.erasing import Erasing
    from tokenpoints.operator.operator import Operator, OperatorPolicy

    deployed, opened, keys = deployment(settings), database(settings), operator_signers(settings)
    issuers = {issuer for program in deployed.programs.values() for issuer in program.issuers}
    if shared := sorted(hex_of(key.address) for key in keys if key.address in issuers):
        raise SignerError(f"{shared[0]} signs batches: a submitter's key makes no operations, as both count its nonces")
    policy = OperatorPolicy(
        gas_limit_max=settings.transaction_gas_max,
        fee_cap_wei=int(settings.fee_cap_gwei * 10**9),
        bump_seconds=settings.bump_seconds,
    )
    try:
        async with node(settings) as rpc, asyncio.TaskGroup() as group:
            for key in keys:

                async def work(fenced: Database, until: asyncio.Event, key: Signer = key) -> None:
                    operator = Operator(
                        Acting(rpc, key),
                        fenced,
                        deployed,
                        policy=policy,
                        clock=utc_now,
                        poll_seconds=settings.poll_seconds,
                        creates_programs=key is keys[0],
                        done=Deploying(
                            rpc, settings.deployments_dir, settings.chain_id, keys=[each.address for each in keys]
                        ).done,
                    )
                    adjuster = Adjuster(
                        rpc, fenced, deployed, key.address, clock=utc_now, poll_seconds=settings.poll_seconds
                    )
                    runs = [operator.run(until), adjuster.run(until)]
                    if key is keys[0]:
                        erasing = Erasing(fenced, clock=utc_now, poll_seconds=max(1.0, settings.poll_seconds))
                        runs.append(erasing.run(until))
                    await together(*runs)

                group.create_task(standby(settings, opened, f"operator:{hex_of(key.address)}").run(work, stop))
    except BaseExceptionGroup as several:
        # One line says what is wrong, not a tree of them.
        raise several.exceptions[0] from several
    finally:
        await opened.close()


async def run_webhooks(settings: Settings, stop: asyncio.Event) -> None:
    """Tell the brands' endpoints what became final, until `stop`, whenever no other process does."""
    from tokenpoints.dispatcher.dispatcher import Dispatcher
    from tokenpoints.webhooks.sending import Sender

    require_receivers_allowed(settings)
    deployed, opened = deployment(settings), database(settings)
    try:
        async with Sender(allow_loopback=settings.webhooks_allow_loopback) as sender:

            async def work(fenced: Database, until: asyncio.Event) -> None:
                dispatcher = Dispatcher(
                    sender, fenced, list(deployed.programs), clock=utc_now, poll_seconds=settings.poll_seconds
                )
                await dispatcher.run(until)

            await standby(settings, opened, f"webhooks:{settings.chain_id}").run(work, stop)
    finally:
        await opened.close()


async def run_postgresql(settings: Settings, stop: asyncio.Event) -> None:
    """Run the embedded PostgreSQL until `stop`."""
    from tokenpoints.storage.embedded import EmbeddedServer

    await EmbeddedServer(settings.postgresql_dir).run(stop)


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
