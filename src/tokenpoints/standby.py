"""Working only while holding a lease, and standing by while another process holds it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from tokenpoints.errors import DatabaseBusy, LeaseLost
from tokenpoints.storage import leases
from tokenpoints.storage.database import Database
from tokenpoints.storage.leases import Lease

log = structlog.get_logger()

_RENEWALS_PER_LEASE = 3
_LOOKS_PER_LEASE = 6

Work = Callable[[Database, asyncio.Event], Awaitable[None]]
"""Works on a database that is fenced by the lease, until the event is set."""


class Standby:
    """One process's turn at one piece of work."""

    def __init__(self, database: Database, name: str, *, holder: str, lease_seconds: float) -> None:
        self._database, self._name, self._holder = database, name, holder
        self._seconds = lease_seconds

    async def run(self, work: Work, stop: asyncio.Event) -> None:
        """Do `work` whenever the lease is ours, until `stop`. What `work` raises ends this, but for LeaseLost."""
        while (lease := await self._take(stop)) is not None:
            try:
                await self._hold(lease, work, stop)
            except LeaseLost:
                log.warning("lease_lost", lease=lease.name, token=lease.token)

    async def _take(self, stop: asyncio.Event) -> Lease | None:
        """The lease, once it is free; None when stopped before."""
        is_told = False
        while not stop.is_set():
            try:
                async with self._database.snapshot() as session:
                    is_free = await leases.is_free(session, self._name)
                if is_free:
                    async with self._database.session() as session:
                        lease = await leases.take(session, self._name, holder=self._holder, seconds=self._seconds)
                    if lease is not None:
                        log.info("lease_taken", lease=lease.name, token=lease.token)
                        return lease
                elif not is_told:
                    is_told = True
                    log.info("standing_by", lease=self._name)
            except DatabaseBusy as error:
                log.warning("lease_unknown", lease=self._name, detail=str(error))
            await _wait(stop, self._seconds / _LOOKS_PER_LEASE)
        return None

    async def _hold(self, lease: Lease, work: Work, stop: asyncio.Event) -> None:
        working = asyncio.ensure_future(work(leases.fenced(self._database, lease), stop))
        renewing = asyncio.create_task(self._renew(lease))
        try:
            await asyncio.wait({working, renewing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            working.cancel()
            renewing.cancel()
            await asyncio.gather(working, renewing, return_exceptions=True)
            await self._release(lease)
        # Where the work was stopped, the lease is lost.
        (renewing if working.cancelled() else working).result()

    async def _renew(self, lease: Lease) -> None:
        """Keep the lease, until cancelled. Raises LeaseLost."""
        while True:
            await asyncio.sleep(self._seconds / _RENEWALS_PER_LEASE)
            try:
                async with self._database.session() as session:
                    await leases.renew(session, lease, seconds=self._seconds)
            except DatabaseBusy as error:
                # Work goes on: as long as nobody else took the lease, the database accepts it.
                log.warning("lease_not_renewed", lease=lease.name, detail=str(error))

    async def _release(self, lease: Lease) -> None:
        # Where this fails, the lease runs out by itself.
        with suppress(DatabaseBusy, LeaseLost):
            async with self._database.session() as session:
                await leases.release(session, lease)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
