"""One attempt to deliver one message: signed, and to nowhere but where it may go."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpcore
from standardwebhooks.webhooks import Webhook

from tokenpoints.errors import InvalidInput, TokenPointsError
from tokenpoints.webhooks.addresses import is_public

URL_LENGTH_MAX = 2_000
ANSWER_BYTES_MAX = 4_096
"""Of a receiver's answer; nothing beyond is read."""
TIMEOUT_SECONDS = 15.0
"""For the whole attempt, as Standard Webhooks advises 15 to 30 seconds."""
_HTTPS_PORT = 443

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host."""


class InvalidDestination(InvalidInput):
    """A URL to which no webhook is ever sent."""

    code = "invalid_destination"

    def __init__(self, why: str) -> None:
        super().__init__(why, field="/url")


class NotDelivered(TokenPointsError):
    """The receiver did not accept the message. The same message may be accepted later."""

    code = "not_delivered"
    retryable = True


class ForbiddenAddress(NotDelivered):
    """The host has an address that is not public. It may have another one at the next attempt."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent, byte for byte the same at every attempt but for the time."""

    id: str
    body: str
    """JSON."""


def require_destination(url: str, *, is_development: bool) -> None:
    """Check a URL before it is kept. Raises InvalidDestination.

    Its host's addresses are checked at each connection, since what a name stands for can change between any two looks.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidDestination("is not a URL") from None
    if len(url) > URL_LENGTH_MAX or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidDestination(f"must be at most {URL_LENGTH_MAX} printable ASCII characters without blanks")
    if parts.scheme != "https" and not (is_development and parts.scheme == "http"):
        raise InvalidDestination("must begin with https://")
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise InvalidDestination("must have a host, and neither user, password nor fragment")
    if port not in (None, _HTTPS_PORT) and not is_development:
        raise InvalidDestination("must be of port 443")
    try:
        public = is_public(parts.hostname)
    except ValueError:
        return
    if not public and not is_development:
        raise InvalidDestination("must not be an address that is not public")


def signed_headers(message: Message, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks, with a signature for each secret: two while a secret is being replaced."""
    signatures = [Webhook(secret).sign(message.id, at, message.body) for secret in secrets]
    return {
        "webhook-id": message.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


class Sender:
    """Sends messages. In development it also sends to private addresses."""

    def __init__(
        self, *, is_development: bool, timeout_seconds: float = TIMEOUT_SECONDS, resolve: Resolve | None = None
    ) -> None:
        self._timeout_seconds = timeout_seconds
        # Below HTTP and without a proxy: what is connected to is what was checked, so a name that changes cannot
        # matter. httpcore follows no redirect.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=100,
            max_keepalive_connections=0,
            network_backend=_PublicNetwork(resolve or _resolve, allow_private=is_development),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.aclose()

    async def send(self, url: str, message: Message, *, secrets: Sequence[str], at: datetime) -> int:
        """Deliver a message; returns the status, from 200 to 299. Raises NotDelivered."""
        body = message.body.encode()
        headers = {
            "host": urlsplit(url).netloc,
            "content-type": "application/json",
            "content-length": str(len(body)),
            "user-agent": "tokenpoints-webhooks/1",
            "accept": "*/*",
            **signed_headers(message, secrets, at),
        }
        try:
            async with asyncio.timeout(self._timeout_seconds):
                status = await self._post(url, list(headers.items()), body)
        except TimeoutError:
            raise NotDelivered(f"no answer within {self._timeout_seconds:g} seconds") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            raise NotDelivered(f"no answer: {type(error).__name__}") from error
        if not 200 <= status < 300:
            raise NotDelivered(f"the receiver answered with status {status}")
        return status

    async def _post(self, url: str, headers: list[tuple[str, str]], body: bytes) -> int:
        async with self._pool.stream("POST", url, headers=headers, content=body) as response:
            size = 0
            async for part in response.aiter_stream():
                size += len(part)
                if size > ANSWER_BYTES_MAX:
                    break
            return response.status


class _PublicNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the very address that was checked."""

    def __init__(self, resolve: Resolve, *, allow_private: bool) -> None:
        self._resolve, self._allow_private = resolve, allow_private
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._resolve(host, port)
        if not addresses:
            raise NotDelivered("the host has no address")
        # All of them: a receiver that has one private address among public ones is not one to trust.
        if not self._allow_private and not all(map(is_public, addresses)):
            raise ForbiddenAddress("the host has an address that is not public")
        return await self._network.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


async def _resolve(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
