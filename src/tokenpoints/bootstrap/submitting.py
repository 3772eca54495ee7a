"""The submitter."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from tokenpoints.bootstrap.opening import database, deployment, node, standby, utc_now
from tokenpoints.bootstrap.signers import issuer_signers
from tokenpoints.config import Settings
from tokenpoints.domain.programs import Deployment, Program
from tokenpoints.domain.types import hex_of
from tokenpoints.errors import SignerError
from tokenpoints.storage.database import Database

if TYPE_CHECKING:
    from tokenpoints.chain.signers import Signer

log = structlog.get_logger()


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
