"""Which hosts are served: keeps a web page that rebinds its name to this machine from reaching the API."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tokenpoints.gateway.problems import KINDS, Problem, response_to

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")


class AllowedHosts:
    """Refuses requests whose Host header names another host."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and host_in(Headers(scope=scope).get("host", "")) not in self._hosts:
            problem = Problem("host_not_allowed", KINDS["host_not_allowed"].meaning)
            await response_to(problem, Headers(scope=scope))(scope, receive, send)
            return
        await self._app(scope, receive, send)


def host_in(header: str) -> str:
    """The host of a Host header, without its port."""
    host, colon, port = header.lower().rpartition(":")
    return host if colon and port.isdigit() else header.lower()
