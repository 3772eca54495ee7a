"""What every process opens: the clock, the database, the deployment, the node, its turn at the work."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from tokenpoints.chain import deployments
from tokenpoints.chain.rpc import RpcClient, wait_until_ready
from tokenpoints.config import Settings
from tokenpoints.domain.programs import Deployment
from tokenpoints.errors import ConfigurationError, DatabaseBusy
from tokenpoints.failpoints import clock_offset_seconds
from tokenpoints.standby import Standby
from tokenpoints.storage.database import Database
from tokenpoints.storage.limits import ConnectionLimits

_NODE_TIMEOUT_SECONDS = 60.0


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


async def require_tables(settings: Settings) -> None:
    """Raises ConfigurationError where the database is not migrated. One that does not answer may be, and is waited for
    by who asks it."""
    from tokenpoints.storage import schema_version

    opened = database(settings)
    try:
        with suppress(DatabaseBusy):
            await schema_version.require_newest(opened)
    finally:
        await opened.close()


def deployment(settings: Settings) -> Deployment:
    """What is deployed on the chain of the settings."""
    return deployments.load(settings.deployments_dir, settings.chain_id)


def followed_deployment(settings: Settings) -> deployments.Followed:
    """The same, as it changes."""
    return deployments.Followed(settings.deployments_dir, settings.chain_id)


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
