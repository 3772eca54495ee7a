"""The reconciler."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tokenpoints.bootstrap.opening import database, deployment, node, require_tables, utc_now
from tokenpoints.config import Settings
from tokenpoints.domain.programs import Deployment
from tokenpoints.errors import UnknownProgram

if TYPE_CHECKING:
    from tokenpoints.domain.reconciliation import Reconciliation
    from tokenpoints.reconciler.reconciler import Reconciler


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
    """Compare these programs with the chain once, all of them where none is named. Raises UnknownProgram, and
    ConfigurationError where the database is not migrated."""
    await require_tables(settings)
    async with reconciler(settings) as (runner, deployed):
        unknown = [slug for slug in slugs if slug not in deployed.programs]
        if unknown:
            raise UnknownProgram(unknown[0])
        return [await runner.reconcile_now(deployed.programs[slug]) for slug in slugs or deployed.programs]
