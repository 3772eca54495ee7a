"""The embedded node and PostgreSQL."""

from __future__ import annotations

import asyncio

from tokenpoints.config import Settings


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
