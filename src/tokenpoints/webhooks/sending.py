"""One attempt to deliver one message: signed, and to nowhere but where it may go."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpcore
from standardwebhooks.webhooks import Webhook

from tokenpoints.errors import ForbiddenAddress, InvalidDestination, NotDelivered
from tokenpoints.webhooks.addresses import is_loopback, is_public

URL_LENGTH_MAX = 2_000
ANSWER_BYTES_MAX = 4_096
"""Of a receiver's answer; nothing beyond is read."""
TIMEOUT_SECONDS = 15.0
"""For the whole attempt, as Standard Webhooks advises 15 to 30 seconds."""
_HTTPS_PORT = 443
_TELLING_WHEN = (429, 503)
_RESOLVING_MAX = 64
_ADDRESSES_MAX = 3
_DIGITS_MAX = 9

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent, byte for byte the same at every attempt but for the time."""

    id: str
    body: str
    """JSON."""


def require_destination(url: str, *, allow_loopback: bool) -> None:
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
    if parts.scheme != "https" and not (allow_loopback and parts.scheme == "http"):
        raise InvalidDestination("must begin with https://")
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise InvalidDestination("must have a host, and neither user, password nor fragment")
    if port not in (None, _HTTPS_PORT) and not allow_loopback:
        raise InvalidDestination("must be of port 443")
    try:
        may_be_sent_to = _may_be_sent_to(parts.hostname, allow_loopback=allow_loopback)
    except ValueError:
        return
    if not may_be_sent_to:
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
    """Sends messages. `allow_loopback` is for development."""

    def __init__(
        self, *, allow_loopback: bool = False, timeout_seconds: float = TIMEOUT_SECONDS, resolve: Resolve | None = None
    ) -> None:
        self._timeout_seconds = timeout_seconds
        # Of our own and many: a name that does not resolve holds a thread for long, and must not hold up others.
        self._resolving = ThreadPoolExecutor(_RESOLVING_MAX, "resolving")
        # Below HTTP and without a proxy: what is connected to is what was checked, so a name that changes cannot
        # matter. httpcore follows no redirect.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=None,  # each endpoint has few: none waits for another's
            max_keepalive_connections=0,
            network_backend=_PublicNetwork(resolve or self._resolve, allow_loopback=allow_loopback),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.aclose()
        self._resolving.shutdown(wait=False, cancel_futures=True)

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
                status, retry_after = await self._post(url, list(headers.items()), body)
        except TimeoutError:
            raise NotDelivered(f"no answer within {self._timeout_seconds:g} seconds") from None
        except NotDelivered:
            raise
        except Exception as error:
            # Whatever a receiver or its name can cause, down to a host that no encoding can carry.
            raise NotDelivered(f"no answer: {type(error).__name__}") from error
        if not 200 <= status < 300:
            asked = _seconds_until(retry_after, at) if status in _TELLING_WHEN and retry_after else None
            raise NotDelivered(f"the receiver answered with status {status}", status=status, retry_after_seconds=asked)
        return status

    async def _post(self, url: str, headers: list[tuple[str, str]], body: bytes) -> tuple[int, str | None]:
        async with self._pool.stream("POST", url, headers=headers, content=body) as response:
            size = 0
            async for part in response.aiter_stream():
                size += len(part)
                if size > ANSWER_BYTES_MAX:
                    break
            return response.status, _retry_after(response)

    async def _resolve(self, host: str, port: int) -> list[str]:
        look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._resolving, look_up)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))


class _PublicNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the very address that was checked."""

    def __init__(self, resolve: Resolve, *, allow_loopback: bool) -> None:
        self._resolve, self._allow_loopback = resolve, allow_loopback
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
        if not all(_may_be_sent_to(address, allow_loopback=self._allow_loopback) for address in addresses):
            raise ForbiddenAddress("the host has an address that is not public")
        *others, last = addresses[:_ADDRESSES_MAX]
        for address in others:
            with suppress(httpcore.ConnectError):
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
        return await self._network.connect_tcp(last, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


def _may_be_sent_to(address: str, *, allow_loopback: bool) -> bool:
    return is_public(address) or (allow_loopback and is_loopback(address))


def _retry_after(response: httpcore.Response) -> str | None:
    values = (value for name, value in response.headers if name.lower() == b"retry-after")
    return next((value.decode("latin-1").strip() for value in values), None)


def _seconds_until(retry_after: str, now: datetime) -> float | None:
    """Of a Retry-After, which is seconds or a date (RFC 9110, 10.2.3); None where it is neither."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:_DIGITS_MAX])
    try:
        until = parsedate_to_datetime(retry_after)
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
