"""Sending to a real receiver, and to places where nothing may be sent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.support.receiver import Receiver, answering, receiving
from tokenpoints.errors import ForbiddenAddress, InvalidDestination, NotDelivered
from tokenpoints.webhooks.addresses import is_public
from tokenpoints.webhooks.sending import Message, Sender, require_destination

OLD, NEW = "whsec_" + "b2xk" * 8, "whsec_" + "bmV3" * 8
MESSAGE = Message("msg_1", '{"type":"award.confirmed","점":1}')


async def send(url: str, *, development: bool = True, timeout_seconds: float = 10, **options: object) -> int:
    async with Sender(allow_loopback=development, timeout_seconds=timeout_seconds, **options) as sender:  # type: ignore[arg-type]
        return await sender.send(url, MESSAGE, secrets=[OLD, NEW], at=datetime.now(UTC))


@pytest.mark.asyncio
async def test_a_message_is_verified_with_either_secret_while_one_is_replaced() -> None:
    async with receiving(Receiver()) as receiver:
        assert await send(receiver.url) == 204
    head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert first == "POST /hook?x=1 HTTP/1.1" and headers["host"] == f"127.0.0.1:{receiver.port}"
    assert body.decode() == MESSAGE.body
    for secret in (OLD, NEW):
        assert Webhook(secret).verify(body, headers) == {"type": "award.confirmed", "점": 1}
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "bm8=").verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(body.replace(b"1", b"2"), headers)


@pytest.mark.asyncio
async def test_a_redirect_is_not_followed() -> None:
    async with receiving(Receiver()) as elsewhere:
        moved = f"HTTP/1.1 307 Moved\r\nlocation: {elsewhere.url}\r\ncontent-length: 0\r\n\r\n".encode()
        async with receiving(Receiver(moved)) as receiver:
            with pytest.raises(NotDelivered, match="status 307"):
                await send(receiver.url)
        assert elsewhere.requests == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("receiver", "why"),
    [
        (Receiver(b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"), "status 500"),
        (Receiver(b"what is this"), "no answer"),
        (Receiver(silent=True), "no answer within"),
    ],
)
async def test_what_is_not_accepted_is_not_delivered(receiver: Receiver, why: str) -> None:
    async with receiving(receiver):
        with pytest.raises(NotDelivered, match=why):
            await send(receiver.url, timeout_seconds=0.3 if receiver.silent else 10)


@pytest.mark.asyncio
async def test_of_an_endless_answer_only_the_beginning_is_read() -> None:
    endless = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n" + b"x" * 100_000
    async with receiving(Receiver(endless)) as receiver:
        assert await send(receiver.url) == 200


@pytest.mark.asyncio
async def test_nobody_there_is_not_delivered() -> None:
    async with receiving(Receiver()) as receiver:
        pass
    with pytest.raises(NotDelivered, match="no answer"):
        await send(receiver.url)


@pytest.mark.asyncio
async def test_a_name_of_a_private_address_is_never_connected_to() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["93.184.215.14", "127.0.0.1"] if host == "two.example" else ["127.0.0.1"]

    async with receiving(Receiver()) as receiver:
        for host in ("one.example", "two.example", "127.0.0.1"):
            with pytest.raises(ForbiddenAddress):
                await send(f"http://{host}:{receiver.port}/", development=False, resolve=resolve)
        assert receiver.requests == []


@pytest.mark.asyncio
async def test_the_address_that_was_checked_is_the_one_that_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public when it is looked at and private a moment later gains nothing: it is looked at once."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    async with receiving(Receiver()) as receiver:
        assert await send(f"http://rebinding.example:{receiver.port}/", resolve=resolve) == 204
    assert asked == ["rebinding.example"] and b"host: rebinding.example" in receiver.requests[0].lower()


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "100.100.100.200", "192.0.0.192", "198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
        "2002:7f00:1::", "2002:a9fe:a9fe::", "2001:0:7f00:1::",
    ],
)  # fmt: skip
def test_other_addresses_are_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "https://", "https://user@example.com/", "nonsense",
        "https://example.com:8443/", "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest", "https://example.com/#x",
        "https://exa mple.com/", "https://example.com:x/", "https://example.com/" + 2000 * "a",
    ],
)  # fmt: skip
def test_destinations_that_are_refused(url: str) -> None:
    with pytest.raises(InvalidDestination):
        require_destination(url, allow_loopback=False)


def test_destinations_that_are_taken() -> None:
    require_destination("https://example.com/hooks?token=a", allow_loopback=False)
    require_destination("http://127.0.0.1:9000/", allow_loopback=True)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "asked", "seconds"),
    [
        (503, "120", 120.0),
        (429, "Sun, 22 Nov 2026 00:01:00 GMT", 60.0),
        (429, "Sun, 22 Nov 2020 00:01:00 GMT", 0.0),
        (503, "soon", None),
        (503, "9" * 30, 999_999_999.0),
        (500, "120", None),
    ],
)
async def test_when_the_receiver_asks_to_be_tried_again(status: int, asked: str, seconds: float | None) -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    async with (
        receiving(Receiver(answering(status, f"Retry-After: {asked}"))) as receiver,
        Sender(allow_loopback=True) as s,
    ):
        with pytest.raises(NotDelivered) as failed:
            await s.send(receiver.url, MESSAGE, secrets=[NEW], at=at)
    assert (failed.value.status, failed.value.retry_after_seconds) == (status, seconds)


@pytest.mark.asyncio
@pytest.mark.parametrize("host", ["a" * 70 + ".example", "no-such-host.invalid", "x..y"])
async def test_a_host_that_has_no_address_is_not_delivered(host: str) -> None:
    with pytest.raises(NotDelivered, match="no answer"):
        await send(f"https://{host}/", development=False)


@pytest.mark.asyncio
async def test_of_several_addresses_the_next_is_tried() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.9", "127.0.0.1"]

    async with receiving(Receiver()) as receiver:
        assert await send(f"http://two.example:{receiver.port}/", resolve=resolve) == 204


@pytest.mark.asyncio
async def test_in_development_only_this_machine_is_allowed_beside_public_addresses() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["10.1.2.3"]

    with pytest.raises(ForbiddenAddress):
        await send("http://inside.example/", resolve=resolve)
    with pytest.raises(InvalidDestination):
        require_destination("http://10.1.2.3/", allow_loopback=True)
