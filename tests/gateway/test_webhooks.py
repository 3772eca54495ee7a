"""Webhooks by API: what is taken, what is refused, what is shown."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.conftest import Gateway, document_of
from tokenpoints.gateway.schema_examples import example_of
from tokenpoints.webhooks.endpoints import ENDPOINT_COUNT_MAX

pytestmark = pytest.mark.asyncio

URL = "https://shop.example.com/hooks?token=t0ken"
CREATE = {"url": URL, "events": ["award.minted", "award.refused"]}


async def created(gateway: Gateway, **changes: Any) -> dict[str, Any]:
    answer = await gateway.post("webhooks", CREATE | changes)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def send(gateway: Gateway, method: str, path: str, body: object = None) -> Any:
    return await gateway.http.request(method, f"/v1/programs/demo/webhooks/{path}", json=body)


async def test_the_secret_is_shown_once(gateway: Gateway) -> None:
    webhook = await created(gateway)
    assert webhook["secret"].startswith("whsec_") and len(webhook["secret"]) == 50
    again = (await gateway.get(f"webhooks/{webhook['id']}")).json()
    assert "secret" not in again
    assert again == {name: value for name, value in webhook.items() if name != "secret"}
    listed = await gateway.get("webhooks")
    assert listed.json() == {"webhooks": [again], "next_cursor": None}
    rotated = (await send(gateway, "POST", f"{webhook['id']}/rotate-secret", {})).json()
    assert rotated["secret"] not in (webhook["secret"], None) and rotated["previous_secret_until"] is not None


async def test_what_is_given_is_changed(gateway: Gateway) -> None:
    webhook = await created(gateway)
    answer = await send(gateway, "PATCH", webhook["id"], {"events": ["entry.created", "entry.created"]})
    assert (answer.json()["events"], answer.json()["url"]) == (["entry.created"], URL)
    answer = await send(gateway, "PATCH", webhook["id"], {"url": "https://new.example.com/", "enabled": False})
    assert answer.json()["url"] == "https://new.example.com/" and answer.json()["disabled_why"] == "requested"
    disabled_at = answer.json()["disabled_at"]
    answer = await send(gateway, "PATCH", webhook["id"], {"enabled": False})
    assert answer.json()["disabled_at"] == disabled_at
    answer = await send(gateway, "PATCH", webhook["id"], {"enabled": True})
    assert answer.json()["disabled_at"] is None and answer.json()["disabled_why"] is None


async def test_what_is_deleted_is_gone(gateway: Gateway) -> None:
    webhook = await created(gateway)
    assert (await send(gateway, "DELETE", webhook["id"])).json()["id"] == webhook["id"]
    for method, path, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("PATCH", "", {"enabled": True}),
        ("POST", "/rotate-secret", {}),
        ("GET", "/messages", None),
        ("POST", "/replay", {"message": "msg_1"}),
    ):
        answer = await send(gateway, method, webhook["id"] + path, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_webhook"), (method, path)


async def test_a_webhook_is_of_its_program(gateway: Gateway) -> None:
    webhook = await created(gateway)
    other = await gateway.http.get(f"/v1/programs/other/webhooks/{webhook['id']}")
    assert other.json()["code"] == "unknown_webhook"
    assert (await gateway.http.get("/v1/programs/other/webhooks")).json()["webhooks"] == []
    assert (await gateway.http.get("/v1/programs/none/webhooks")).json()["code"] == "unknown_program"
    assert (await gateway.get("webhooks/whk_%00")).json()["code"] == "unknown_webhook"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"events": ["award.minted"]}, "invalid_input"),
        ({"url": URL, "events": []}, "invalid_input"),
        ({"url": URL, "events": ["award.lost"]}, "invalid_input"),
        ({"url": URL, "events": ["award.minted"] * 5}, "invalid_input"),
        ({"url": 7, "events": ["award.minted"]}, "invalid_input"),
        (CREATE | {"secret": "whsec_mine"}, "invalid_input"),
        (CREATE | {"url": "http://shop.example.com/"}, "invalid_destination"),
        (CREATE | {"url": "http://127.0.0.1/"}, "invalid_destination"),
        (CREATE | {"url": "https://169.254.169.254/latest/meta-data"}, "invalid_destination"),
        (CREATE | {"url": "https://shop.example.com:22/"}, "invalid_destination"),
        (CREATE | {"url": "https://\0/"}, "invalid_destination"),
    ],
)
async def test_what_cannot_be_meant_creates_nothing(gateway: Gateway, body: Any, code: str) -> None:
    answer = await gateway.post("webhooks", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await gateway.get("webhooks")).json()["webhooks"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"message": "msg_1", "since": "2026-01-01T00:00:00Z"},
        {"message": "msg_1", "state": "dead"},
        {"since": "yesterday"},
        {"since": "2026-01-01T00:00:00Z", "state": "lost"},
    ],
)
async def test_a_replay_is_of_one_message_or_of_a_time(gateway: Gateway, body: Any) -> None:
    webhook = await created(gateway)
    answer = await send(gateway, "POST", f"{webhook['id']}/replay", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_a_message_that_is_not_there_is_not_replayed(gateway: Gateway) -> None:
    webhook = await created(gateway)
    for message in ("msg_1", "msg_\0"):
        answer = await send(gateway, "POST", f"{webhook['id']}/replay", {"message": message})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_message")


async def test_a_program_has_so_many_and_lists_them_page_by_page(gateway: Gateway) -> None:
    ids = [(await created(gateway))["id"] for _ in range(ENDPOINT_COUNT_MAX)]
    refused = await gateway.post("webhooks", CREATE)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_webhooks")
    first = (await gateway.get("webhooks", limit=15)).json()
    second = (await gateway.get("webhooks", limit=15, cursor=first["next_cursor"])).json()
    assert [webhook["id"] for page in (first, second) for webhook in page["webhooks"]] == ids[::-1]
    assert second["next_cursor"] is None
    assert (await gateway.get("webhooks", cursor="x")).json()["code"] == "invalid_cursor"
    for query in ({"cursor": first["next_cursor"]}, {"cursor": "x"}):
        answer = await gateway.get(f"webhooks/{ids[0]}/messages", **query)
        assert answer.json()["code"] == "invalid_cursor"


async def test_examples_of_webhooks_are_accepted(gateway: Gateway) -> None:
    schemas = (await document_of(gateway.http))["components"]["schemas"]
    webhook = (await gateway.post("webhooks", example_of(schemas["WebhookToCreate"], schemas))).json()
    for method, path, model, status in (
        ("PATCH", "", "WebhookToChange", 200),
        ("POST", "/rotate-secret", "SecretToRotate", 200),
    ):
        answer = await send(gateway, method, webhook["id"] + path, example_of(schemas[model], schemas))
        assert answer.status_code == status, answer.text
    replay = example_of({"$ref": "MessagesToReplay"}, schemas)
    assert (await send(gateway, "POST", f"{webhook['id']}/replay", replay)).status_code == 202
