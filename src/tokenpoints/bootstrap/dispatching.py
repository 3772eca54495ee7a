"""The process of webhooks."""

from __future__ import annotations

import asyncio

from tokenpoints.bootstrap.applications import require_receivers_allowed
from tokenpoints.bootstrap.opening import database, deployment, standby, utc_now
from tokenpoints.config import Settings
from tokenpoints.storage.database import Database


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
