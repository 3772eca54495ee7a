"""The applications that answer HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tokenpoints.bootstrap.opening import database, followed_deployment, utc_now
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.config import Settings
from tokenpoints.errors import ConfigurationError

if TYPE_CHECKING:
    from fastapi import FastAPI

_EXPLORER_TIMEOUT_SECONDS = 5.0


def gateway_app(settings: Settings) -> FastAPI:
    """The gateway's HTTP application."""
    from tokenpoints.gateway.app import create_app

    require_receivers_allowed(settings)

    return create_app(
        database=database(settings), deployment=followed_deployment(settings), settings=settings, clock=utc_now
    )


def require_receivers_allowed(settings: Settings) -> None:
    """Raises ConfigurationError where webhooks to this machine are allowed on any chain but a development one."""
    from tokenpoints.chain.signers import DEVELOPMENT_CHAINS

    if settings.webhooks_allow_loopback and settings.chain_id not in DEVELOPMENT_CHAINS:
        raise ConfigurationError("TOKENPOINTS_WEBHOOKS_ALLOW_LOOPBACK is for development chains only")


def explorer_app(settings: Settings) -> FastAPI:
    """The explorer's pages."""
    from tokenpoints.explorer.app import create_app

    node = RpcClient(settings.node_url, timeout_seconds=_EXPLORER_TIMEOUT_SECONDS)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with node:
            yield

    return create_app(
        database=database(settings),
        deployment=followed_deployment(settings),
        node=node,
        clock=utc_now,
        lifespan=lifespan,
    )
