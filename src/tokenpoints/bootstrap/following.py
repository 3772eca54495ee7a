"""Starting a process's work again when another program is deployed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tokenpoints.bootstrap.opening import followed_deployment
from tokenpoints.chain import deployments
from tokenpoints.config import Settings

_LOOK_SECONDS = 0.5


async def following_deployment(
    work: Callable[[Settings, asyncio.Event], Awaitable[None]], settings: Settings, stop: asyncio.Event
) -> None:
    """Do `work` until `stop`, from the start again whenever another program is deployed."""
    while not stop.is_set():
        until, followed = asyncio.Event(), followed_deployment(settings)
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
            async with asyncio.timeout(_LOOK_SECONDS):
                await stop.wait()
    until.set()
