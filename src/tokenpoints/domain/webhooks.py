"""Webhooks: what is told, to whom, and when it is tried again. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.types import Address, Hash32

RETRY_DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""From one failed attempt to the next: the example schedule of Standard Webhooks, three days in all."""
JITTER = 0.1
"""The part of a delay that chance may add, so that what failed together does not come back together."""
DISABLED_AFTER = timedelta(days=5)
"""Of failures only."""
IN_FLIGHT_MAX = 8
"""Messages that are under way to one endpoint at once."""
_PAUSE_SECONDS_MAX = 60.0
_RETRY_AFTER_MAX = timedelta(hours=24)
_GONE = 410


class EventType(StrEnum):
    """What can be told. Everything on chain is told by exactly one of these, once its block is finalized."""

    AWARD_MINTED = "award.minted"
    AWARD_REFUSED = "award.refused"
    AWARD_CLAWED_BACK = "award.clawed_back"
    ENTRY_CREATED = "entry.created"
    """Any other line of a balance history."""


class MessageState(StrEnum):
    """How far a message has come."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Every attempt failed. It is sent again only when it is replayed."""


class DisabledWhy(StrEnum):
    """Why nothing is sent to an endpoint."""

    REQUESTED = "requested"
    GONE = "gone"
    """It answered 410."""
    FAILING = "failing"
    """Nothing but failures for DISABLED_AFTER."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something final on the chain. What does not apply to its type is None."""

    type: EventType
    program: str
    block_number: int
    block_hash: Hash32
    occurred_at: datetime
    """The block's time."""
    transaction_hash: Hash32 | None
    """None for points that expired, as no transaction does that."""
    log_index: int | None
    account: Address
    member_id: str | None
    entry_type: EntryType | None
    """None for a refusal, as are the three below."""
    amount: int | None
    """Signed."""
    balance_after: int | None
    tier_after: int | None
    counterparty: Address | None
    rule_id: int | None
    rule_version: int | None
    batch_number: int | None
    batch_position: int | None
    award_id: str | None
    """Of the award that was minted, refused or clawed back, as are the three below."""
    receipt_id: str | None
    reference: str | None
    points_expected: int | None
    reason: int | None
    """Of a refusal, a clawback or a freeze: the number of the contract's."""


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint has done of late."""

    failure_count: int = 0
    """In a row."""
    failing_since: datetime | None = None
    resume_at: datetime | None = None
    """Nothing is sent before."""
    disabled_at: datetime | None = None
    disabled_why: DisabledWhy | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed."""

    detail: str
    status: int | None = None
    """Of the answer, if there was one."""
    retry_after_seconds: float | None = None
    """What the receiver asked for with a 429 or a 503."""


def next_attempt(attempt_count: int, failure: Failure, *, now: datetime, chance: float) -> datetime | None:
    """When to try again after `attempt_count` attempts, the last of which failed; None where the message is dead.

    `chance` is from 0 to 1.
    """
    if attempt_count > len(RETRY_DELAYS):
        return None
    delay = RETRY_DELAYS[attempt_count - 1] * (1 + JITTER * chance)
    return now + max(delay, _asked_for(failure))


def health_after(health: Health, failure: Failure, *, now: datetime) -> Health:
    """An endpoint's health after a failed attempt. It rests longer with each failure, up to a minute."""
    if health.disabled_at is not None:
        return health
    since = health.failing_since or now
    count = health.failure_count + 1
    pause = timedelta(seconds=min(_PAUSE_SECONDS_MAX, 2.0 ** min(count - 1, 10)))
    after = replace(health, failure_count=count, failing_since=since, resume_at=now + max(pause, _asked_for(failure)))
    if failure.status == _GONE:
        return replace(after, disabled_at=now, disabled_why=DisabledWhy.GONE)
    if now - since >= DISABLED_AFTER:
        return replace(after, disabled_at=now, disabled_why=DisabledWhy.FAILING)
    return after


def at_once(health: Health) -> int:
    """How many messages may be under way: one where the last attempt failed, so that nobody is flooded who is ill."""
    return 1 if health.failure_count else IN_FLIGHT_MAX


def _asked_for(failure: Failure) -> timedelta:
    return min(timedelta(seconds=failure.retry_after_seconds or 0), _RETRY_AFTER_MAX)
