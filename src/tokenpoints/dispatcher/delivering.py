"""Sending what is due to one endpoint, and recording how it went."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from tokenpoints.domain.webhooks import Failure, Health, at_once, health_after, next_attempt
from tokenpoints.errors import DatabaseBusy, NotDelivered
from tokenpoints.failpoints import Point, reached
from tokenpoints.observability.telling import WEBHOOK_ATTEMPTS
from tokenpoints.storage import webhook_endpoints, webhook_messages
from tokenpoints.storage.database import Database
from tokenpoints.storage.webhook_endpoints import Endpoint
from tokenpoints.storage.webhook_messages import MessageRecord
from tokenpoints.webhooks.sending import Message, Sender

log = structlog.get_logger()

_RECORDING_ATTEMPTS_MAX = 5
_RECORDING_PAUSE_SECONDS = 1.0

Attempt = tuple[MessageRecord, int | Failure]
"""What was sent, and the status with which it was accepted, or why it was not."""


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
        pending = {asyncio.create_task(self._attempt(endpoint, message)) for message in messages}
        try:
            while pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                # Those that end while others are being recorded are recorded together.
                await self._record_surely(endpoint, [attempt.result() for attempt in done])
        finally:
            for attempt in pending:
                attempt.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

    async def _attempt(self, endpoint: Endpoint, message: MessageRecord) -> Attempt:
        now, begun = self._clock(), time.perf_counter()
        reached(Point.WEBHOOKS_SENDING)
        try:
            status = await self._sender.send(
                endpoint.url, Message(message.id, message.body), secrets=endpoint.secrets(now), at=now
            )
        except NotDelivered as error:
            WEBHOOK_ATTEMPTS.labels("failed").observe(time.perf_counter() - begun)
            return message, Failure(str(error), error.status, error.retry_after_seconds)
        reached(Point.WEBHOOKS_SENT)
        WEBHOOK_ATTEMPTS.labels("delivered").observe(time.perf_counter() - begun)
        return message, status

    async def _record_surely(self, endpoint: Endpoint, attempts: Sequence[Attempt]) -> None:
        for _ in range(_RECORDING_ATTEMPTS_MAX - 1):
            try:
                await self._record(endpoint, attempts)
            except DatabaseBusy:
                await asyncio.sleep(_RECORDING_PAUSE_SECONDS)
            else:
                return
        await self._record(endpoint, attempts)

    async def _record(self, endpoint: Endpoint, attempts: Sequence[Attempt]) -> None:
        now, told = self._clock(), []
        async with self._database.session() as session:
            # As it is by now: the brand may have changed it.
            present = await webhook_endpoints.with_seq_alone(session, endpoint.seq)
            if present is None:
                return
            health = present.health
            for message, outcome in attempts:
                before = health
                if isinstance(outcome, int):
                    await webhook_messages.set_delivered(session, message, status=outcome, now=now)
                    health = health if health.disabled_at is not None else Health()
                    continue
                due_at = next_attempt(message.attempt_count + 1, outcome, now=now, chance=self._chance())
                await webhook_messages.set_failed(
                    session, message, status=outcome.status, error=outcome.detail, due_at=due_at, now=now
                )
                health = health_after(health, outcome, now=now)
                told.append((message, outcome, due_at is None, before, health))
            if health != present.health:
                await webhook_endpoints.set_health(session, endpoint.seq, health)
        for message, failure, is_dead, before, after in told:
            _tell(endpoint, message, failure, is_dead=is_dead, before=before, after=after)


def _tell(
    endpoint: Endpoint, message: MessageRecord, failure: Failure, *, is_dead: bool, before: Health, after: Health
) -> None:
    facts = {"webhook": endpoint.id, "message": message.id, "status": failure.status, "detail": failure.detail}
    if after.disabled_at is not None and before.disabled_at is None:
        log.error("webhook_disabled", why=after.disabled_why, failing_since=after.failing_since, **facts)
    if is_dead:
        log.error("webhook_message_dead", attempts=message.attempt_count + 1, **facts)
    elif not before.failure_count:
        log.warning("webhook_failing", **facts)
