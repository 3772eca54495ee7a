"""Messages on their way: to receivers that are well, ill, dead or gone."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from structlog.testing import capture_logs

from tests.support.receiver import OK, Receiver, answering, receiving
from tests.webhooks.conftest import World
from tokenpoints.dispatcher import dispatcher as dispatching
from tokenpoints.domain.instants import parse_rfc3339
from tokenpoints.domain.webhooks import RETRY_DELAYS

pytestmark = pytest.mark.asyncio


async def metric(world: World, name: str) -> float:
    text = (await world.http.get("/metrics")).text
    return next(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == f"tokenpoints_{name}" and sample.labels["program"] == "demo"
    )


async def test_a_message_is_signed_and_told_once(world: World) -> None:
    async with receiving(Receiver()) as receiver:
        webhook = await world.webhook(receiver.url)
        await world.award(12)
        await world.finalize()
        await world.deliver()
        await world.deliver()
        assert len(receiver.got) == len(set(receiver.ids)) == 12
        for got in receiver.got:
            assert Webhook(webhook["secret"]).verify(got.body, got.headers) == got.json
    listed = await world.messages(webhook)
    assert {message["id"] for message in listed} == set(receiver.ids)
    assert {(message["state"], message["attempts"], message["last_status"]) for message in listed} == {
        ("delivered", 1, 204)
    }


async def test_a_dead_receiver_beside_a_live_one_never_slows_it(world: World) -> None:
    async with receiving(Receiver(silent=True)) as dead, receiving(Receiver()) as live:
        for url in (dead.url, live.url):
            await world.webhook(url)
        stop = asyncio.Event()
        running = asyncio.create_task(world.dispatcher.run(stop))
        for number in range(1, 4):
            await world.award(20)
            await world.finalize()
            # Whatever comes for the live one arrives while the dead one keeps its first messages open.
            await live.has(20 * number)
        assert len(dead.requests) == 8
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert len(set(live.ids)) == 60


async def test_what_fails_is_tried_for_three_days_and_is_then_dead_until_it_is_replayed(world: World) -> None:
    async with receiving(Receiver(answering(500))) as receiver:
        webhook = await world.webhook(receiver.url)
        await world.award()
        await world.finalize()
        delays = []
        with capture_logs() as lines:
            for attempt in range(1, 11):
                await world.deliver()
                [message] = await world.messages(webhook)
                assert message["attempts"] == attempt == len(receiver.requests)
                assert message["last_error"] == "the receiver answered with status 500"
                if message["next_attempt_at"] is not None:
                    assert message["state"] == "waiting"
                    due = parse_rfc3339(message["next_attempt_at"])
                    delays.append(due - parse_rfc3339(message["last_attempt_at"]))
                    world.ahead += due - world.clock()
        assert delays == list(RETRY_DELAYS)
        assert message["state"] == "dead" and set(receiver.ids) == {message["id"]}
        assert (await metric(world, "webhook_messages_dead"), await metric(world, "webhook_messages_waiting")) == (1, 0)
        assert [line["event"] for line in lines if "webhook" in line["event"]] == [
            "webhook_failing",
            "webhook_message_dead",
        ]
        assert not any(word in repr(lines) for word in (webhook["secret"], receiver.url, "jane-doe", "till-"))

        receiver.answer = OK
        world.ahead += timedelta(days=1)
        await world.deliver()
        assert len(receiver.requests) == 10
        await world.call("POST", f"webhooks/{webhook['id']}/replay", {"message": message["id"]})
        await world.deliver()
        [message] = await world.messages(webhook)
        assert (message["state"], message["attempts"]) == ("delivered", 1)
        assert len(receiver.requests) == 11 and len(set(receiver.ids)) == 1


async def test_a_receiver_that_is_well_again_gets_what_waited(world: World) -> None:
    async with receiving(Receiver(answering(500))) as receiver:
        webhook = await world.webhook(receiver.url)
        await world.award(20)
        await world.finalize()
        await world.deliver()
        failing = await world.call("GET", f"webhooks/{webhook['id']}")
        assert failing["failing_since"] is not None and failing["disabled_at"] is None
        # After the first eight at once, one at a time.
        assert len(receiver.requests) == 8
        world.ahead += timedelta(minutes=2)
        await world.deliver()
        assert len(receiver.requests) == 9
        receiver.answer = OK
        world.ahead += timedelta(hours=6)
        await world.deliver()
        assert {message["state"] for message in await world.messages(webhook)} == {"delivered"}
        assert len(set(receiver.ids)) == 20 and len(receiver.requests) == 29
        assert (await world.call("GET", f"webhooks/{webhook['id']}"))["failing_since"] is None


async def test_a_receiver_that_asks_for_time_gets_it(world: World) -> None:
    async with receiving(Receiver(answering(503, "retry-after: 3600"))) as receiver:
        await world.webhook(receiver.url)
        await world.award()
        await world.finalize()
        await world.deliver()
        receiver.answer = OK
        world.ahead += timedelta(minutes=59)
        await world.award()
        await world.finalize()
        await world.deliver()
        assert len(receiver.requests) == 1
        world.ahead += timedelta(minutes=2)
        await world.deliver()
        assert len(receiver.requests) == 3 and len(set(receiver.ids)) == 2


async def test_what_is_gone_is_disabled_at_once_and_goes_on_where_it_stopped(world: World) -> None:
    async with receiving(Receiver(answering(410))) as receiver:
        webhook = await world.webhook(receiver.url)
        await world.award()
        await world.finalize()
        with capture_logs() as lines:
            await world.deliver()
        assert [(line["why"], line["log_level"]) for line in lines if line["event"] == "webhook_disabled"] == [
            ("gone", "error")
        ]
        assert (await world.call("GET", f"webhooks/{webhook['id']}"))["disabled_why"] == "gone"
        assert await metric(world, "webhooks_disabled") == 1
        receiver.answer = OK
        world.ahead += timedelta(days=2)
        await world.award(2)
        await world.finalize()
        await world.deliver()
        assert len(receiver.requests) == 1
        await world.call("PATCH", f"webhooks/{webhook['id']}", {"enabled": True})
        await world.deliver()
        assert len(receiver.requests) == 4 and len(set(receiver.ids)) == 3


async def test_only_failures_for_five_days_disable(world: World) -> None:
    async with receiving(Receiver(answering(500))) as receiver:
        webhook = await world.webhook(receiver.url)
        for days in (0, 3, 6):
            world.ahead = timedelta(days=days)
            await world.award()
            await world.finalize()
            await world.deliver()
            assert (await world.call("GET", f"webhooks/{webhook['id']}"))["disabled_why"] == (
                "failing" if days == 6 else None
            )


async def test_a_replaced_secret_signs_too_for_a_while(world: World) -> None:
    async with receiving(Receiver()) as receiver:
        webhook = await world.webhook(receiver.url)
        path = f"webhooks/{webhook['id']}/rotate-secret"
        rotated = await world.call("POST", path, {"overlap_seconds": 100})
        assert rotated["secret"] != webhook["secret"]
        await world.award()
        await world.finalize()
        await world.deliver()
        world.ahead = timedelta(seconds=101)
        await world.award()
        await world.finalize()
        await world.deliver()
        both, one = receiver.got
        for secret in (webhook["secret"], rotated["secret"]):
            Webhook(secret).verify(both.body, both.headers)
        Webhook(rotated["secret"]).verify(one.body, one.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(webhook["secret"]).verify(one.body, one.headers)
        assert (await world.call("GET", f"webhooks/{webhook['id']}"))["previous_secret_until"] is None


async def test_what_was_told_since_a_time_is_told_again_under_the_same_ids(world: World) -> None:
    async with receiving(Receiver()) as receiver:
        webhook = await world.webhook(receiver.url)
        await world.award()
        await world.finalize()
        await world.deliver()
        world.ahead = timedelta(hours=1)
        await world.award(2)
        await world.finalize()
        await world.deliver()
        since = (world.clock() - timedelta(minutes=5)).isoformat()
        path = f"webhooks/{webhook['id']}/replay"
        assert await world.call("POST", path, {"since": since, "state": "dead"}) == {"replayed": 0}
        assert await world.call("POST", path, {"since": since}) == {"replayed": 2}
        await world.deliver()
        assert sorted(receiver.ids[3:]) == sorted(receiver.ids[1:3])
        assert await world.call("POST", path, {"since": "2020-01-01T00:00:00Z"}) == {"replayed": 3}


async def test_messages_are_kept_for_a_month_and_those_that_wait_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "_FORGOTTEN_AT_ONCE", 2)
    async with receiving(Receiver()) as receiver:
        webhook = await world.webhook(receiver.url)
        await world.award(5)
        await world.finalize()
        await world.deliver()
        await world.call("PATCH", f"webhooks/{webhook['id']}", {"enabled": False})
        [first, *_] = await world.messages(webhook)
        await world.call("POST", f"webhooks/{webhook['id']}/replay", {"message": first["id"]})
        world.ahead = timedelta(days=29)
        await world.deliver()
        assert len(await world.messages(webhook)) == 5
        world.ahead = timedelta(days=31)
        await world.deliver()
        assert [message["id"] for message in await world.messages(webhook)] == [first["id"]]
