"""The operator."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tokenpoints.bootstrap.opening import database, deployment, node, standby, utc_now
from tokenpoints.bootstrap.signers import operator_signers
from tokenpoints.config import Settings
from tokenpoints.domain.types import hex_of
from tokenpoints.errors import SignerError
from tokenpoints.storage.database import Database

if TYPE_CHECKING:
    from tokenpoints.chain.signers import Signer


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
