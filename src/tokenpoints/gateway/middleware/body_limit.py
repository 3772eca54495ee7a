"""No body above the limit, announced or streamed."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tokenpoints.gateway.problems import Problem, response_to


class BodyLimit:
    """Counts what is received and answers 413 as soon as it is too much."""

    def __init__(self, app: ASGIApp, bytes_max: int) -> None:
        self._app = app
        self._bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        announced = headers.get("content-length", "")
        # A length that is no number is the server's to refuse; what arrives is counted anyway.
        if announced.isascii() and announced.isdigit() and (len(announced) > 18 or int(announced) > self._bytes_max):
            await response_to(self._problem(), headers)(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._bytes_max:
                raise self._problem()
            return message

        await self._app(scope, counted, send)

    def _problem(self) -> Problem:
        return Problem("body_too_large", f"a body has at most {self._bytes_max} bytes")
