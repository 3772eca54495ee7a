"""From the chain's half of the database to messages: once for each event and endpoint."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from tokenpoints.domain.webhooks import Event
from tokenpoints.failpoints import Point, reached
from tokenpoints.storage import webhook_endpoints, webhook_events, webhook_messages
from tokenpoints.storage.database import Database
from tokenpoints.storage.webhook_endpoints import Endpoint
from tokenpoints.webhooks.payloads import message_body, message_id

PAGE_SIZE = 500
WAITING_MAX = 10_000
"""Messages of one endpoint. Beyond, events stay where they are, with the chain, until there is room."""


class Teller:
    """Makes messages of what has become final."""

    def __init__(self, database: Database, programs: Collection[str], *, clock: Callable[[], datetime]) -> None:
        self._database, self._programs, self._clock = database, programs, clock

    async def step(self) -> bool:
        """Bring every endpoint a page further. True if there may be more."""
        async with self._database.snapshot() as session:
            final = await webhook_events.last_final_block(session)
            behind = await webhook_endpoints.behind(session, self._programs, final)
        more = [await self._tell(endpoint, final) for endpoint in behind]
        return any(more)

    async def _tell(self, endpoint: Endpoint, final: int) -> bool:
        # The events and how far the index is are read at one moment: while the chain's half is being rebuilt, blocks
        # that are missing must not look like blocks without events.
        async with self._database.snapshot() as session:
            final = min(final, await webhook_events.last_final_block(session))
            if final <= endpoint.told_block:
                return False
            if await webhook_messages.waiting_count(session, endpoint.seq) >= WAITING_MAX:
                return False
            until = await webhook_events.last_block_of_page(
                session,
                endpoint.program,
                endpoint.events,
                after_block=endpoint.told_block,
                until_block=final,
                size=PAGE_SIZE,
            )
            events = await webhook_events.in_blocks(
                session, endpoint.program, endpoint.events, after_block=endpoint.told_block, until_block=until
            )
        # Messages and cursor in one session: an event is told to an endpoint once, whatever crashes.
        async with self._database.session() as session:
            if not await webhook_endpoints.advance(session, endpoint, until):
                return False
            rows = [_row(endpoint, event) for event in events]
            await webhook_messages.add(session, endpoint.seq, rows, now=self._clock())
            if rows:
                reached(Point.WEBHOOKS_TELLING)
        return until < final


def _row(endpoint: Endpoint, event: Event) -> dict[str, str]:
    return {"id": message_id(endpoint.id, event), "type": event.type, "body": message_body(event)}
