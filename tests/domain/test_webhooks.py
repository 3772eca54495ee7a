"""When a message is tried again, and when an endpoint is given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tokenpoints.domain.webhooks import (
    DISABLED_AFTER,
    IN_FLIGHT_MAX,
    RETRY_DELAYS,
    DisabledWhy,
    Failure,
    Health,
    at_once,
    health_after,
    next_attempt,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FAILURE = Failure("the receiver answered with status 500", 500)


def test_attempts_go_on_for_three_days_and_then_the_message_is_dead() -> None:
    at, attempts = NOW, 1
    while (following := next_attempt(attempts, FAILURE, now=at, chance=0)) is not None:
        assert following - at == RETRY_DELAYS[attempts - 1]
        at, attempts = following, attempts + 1
    assert attempts == 10
    assert timedelta(days=3) < at - NOW < timedelta(days=4)


def test_chance_adds_at_most_a_tenth() -> None:
    for attempts, delay in enumerate(RETRY_DELAYS, start=1):
        latest = next_attempt(attempts, FAILURE, now=NOW, chance=1)
        assert latest is not None and latest - NOW == delay * 1.1


def test_a_receiver_that_asks_for_time_gets_it_up_to_a_day() -> None:
    asked = Failure("later", 503, 600)
    assert next_attempt(1, asked, now=NOW, chance=0) == NOW + timedelta(minutes=10)
    assert next_attempt(3, asked, now=NOW, chance=0) == NOW + RETRY_DELAYS[2]
    assert health_after(Health(), asked, now=NOW).resume_at == NOW + timedelta(minutes=10)
    too_long = Failure("later", 503, 10**9)
    assert next_attempt(1, too_long, now=NOW, chance=0) == NOW + timedelta(days=1)


def test_an_endpoint_rests_longer_with_each_failure_and_is_tried_with_one_message() -> None:
    health, rests = Health(), []
    assert at_once(health) == IN_FLIGHT_MAX
    for _ in range(9):
        health = health_after(health, FAILURE, now=NOW)
        assert at_once(health) == 1 and health.resume_at is not None
        rests.append((health.resume_at - NOW).total_seconds())
    assert rests == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert health_after(Health(5_000, NOW), FAILURE, now=NOW).resume_at == NOW + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("failure", "after", "why"),
    [
        (FAILURE, DISABLED_AFTER - timedelta(seconds=1), None),
        (FAILURE, DISABLED_AFTER, DisabledWhy.FAILING),
        (Failure("gone", 410), timedelta(0), DisabledWhy.GONE),
    ],
)
def test_what_only_fails_for_days_or_is_gone_is_disabled(
    failure: Failure, after: timedelta, why: DisabledWhy | None
) -> None:
    health = health_after(Health(1, NOW), failure, now=NOW + after)
    assert health.disabled_why == why
    assert health.disabled_at == (None if why is None else NOW + after)


def test_what_is_disabled_stays_as_it_is() -> None:
    disabled = Health(disabled_at=NOW, disabled_why=DisabledWhy.REQUESTED)
    assert health_after(disabled, Failure("gone", 410), now=NOW + timedelta(days=9)) == disabled
