"""The indexer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from tokenpoints.bootstrap.opening import database, deployment, node, standby, utc_now
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.config import Settings
from tokenpoints.storage.database import Database

if TYPE_CHECKING:
    from tokenpoints.indexer.indexer import Indexer


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
    from tokenpoints.storage import checkpoints, schema_version

    opened = database(settings)
    try:
        await schema_version.require_newest(opened)
        async with opened.session() as session:
            return await checkpoints.resume(session, settings.chain_id, accept_chain=accept_chain)
    finally:
        await opened.close()
