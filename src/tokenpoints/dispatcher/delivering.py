"""Sending what is due to one endpoint, and recording how it went."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from tokenpoints.domain.webhooks import Failure, Health, at_once, health_after, next_attempt
from tokenpoints.errors import DatabaseBusy, NotDelivered
from tokenpoints.storage import webhook_endpoints, webhook_messages
from tokenpoints.storage.database import Database
from tokenpoints.storage.webhook_endpoints import Endpoint
from tokenpoints.storage.webhook_messages import MessageRecord
from tokenpoints.webhooks.sending import Message, Sender

log = structlog.get_logger()

_RECORDING_ATTEMPTS_MAX = 5
_RECORDING_PAUSE_SECONDS = 1.0


class Courier:
    """Delivers messages. What it cannot record is sent again: at least once, under the same id."""

    def __init__(
        self, sender: Sender, database: Database, *, clock: Callable[[], datetime], chance: Callable[[], float]
    ) -> None:
        """`chance` gives numbers from 0 to 1."""
        self._sender, self._database, self._clock, self._chance = sender, database, clock, chance

    async def round(self, endpoint: Endpoint) -> None:
        """Send what is due to the endpoint now: a few messages at once, one where the last attempt failed."""
        async with self._database.snapshot() as session:
            messages = await webhook_messages.due(
                session, endpoint.seq, now=self._clock(), limit=at_once(endpoint.health)
            )
        async with asyncio.TaskGroup() as attempts:
            for message in messages:
                attempts.create_task(self._attempt(endpoint, message))

    async def _attempt(self, endpoint: Endpoint, message: MessageRecord) -> None:
        now = self._clock()
        outcome: int | Failure
        try:
            outcome = await self._sender.send(
                endpoint.url, Message(message.id, message.body), secrets=endpoint.secrets(now), at=now
            )
        except NotDelivered as error:
            outcome = Failure(str(error), error.status, error.retry_after_seconds)
        await self._record_surely(endpoint, message, outcome)

    async def _record_surely(self, endpoint: Endpoint, message: MessageRecord, outcome: int | Failure) -> None:
        for _ in range(_RECORDING_ATTEMPTS_MAX - 1):
            try:
                await self._record(endpoint, message, outcome)
            except DatabaseBusy:
                await asyncio.sleep(_RECORDING_PAUSE_SECONDS)
            else:
                return
        await self._record(endpoint, message, outcome)

    async def _record(self, endpoint: Endpoint, message: MessageRecord, outcome: int | Failure) -> None:
        now = self._clock()
        async with self._database.session() as session:
            # As it is by now: other attempts, or the brand, may have changed it.
            present = await webhook_endpoints.with_seq_alone(session, endpoint.seq)
            if present is None:
                return
            health = present.health
            if isinstance(outcome, int):
                await webhook_messages.set_delivered(session, message, status=outcome, now=now)
                if health.failure_count and health.disabled_at is None:
                    await webhook_endpoints.set_health(session, endpoint.seq, Health())
                return
            due_at = next_attempt(message.attempt_count + 1, outcome, now=now, chance=self._chance())
            await webhook_messages.set_failed(
                session, message, status=outcome.status, error=outcome.detail, due_at=due_at, now=now
            )
            after = health_after(health, outcome, now=now)
            await webhook_endpoints.set_health(session, endpoint.seq, after)
        self._tell(endpoint, message, outcome, is_dead=due_at is None, before=health, after=after)

    def _tell(
        self,
        endpoint: Endpoint,
        message: MessageRecord,
        failure: Failure,
        *,
        is_dead: bool,
        before: Health,
        after: Health,
    ) -> None:
        facts = {"webhook": endpoint.id, "message": message.id, "status": failure.status, "detail": failure.detail}
        if after.disabled_at is not None and before.disabled_at is None:
            log.error("webhook_disabled", why=after.disabled_why, failing_since=after.failing_since, **facts)
        if is_dead:
            log.error("webhook_message_dead", attempts=message.attempt_count + 1, **facts)
        elif not before.failure_count:
            log.warning("webhook_failing", **facts)
