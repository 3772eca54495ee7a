"""One line in the log, and one observation, a request: of its route, never the path, the query or the body, which
name people.
"""

from __future__ import annotations

import re
import secrets
import time
import traceback
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tokenpoints.gateway.problems import KINDS, Problem, response_to
from tokenpoints.observability.http import HTTP_REQUESTS

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

log = structlog.get_logger(__name__)


class RequestLog:
    """Gives each request an id, logs how it went, and answers 500 where nothing else did."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        started_at = time.perf_counter()
        status = 0

        async def labelled(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, labelled)
        except Exception as error:
            # The message of an error may quote what was sent; where it happened does not.
            log.error("http_request_failed", request_id=request_id, route=_route(scope), **_facts(error))
            if status:
                raise
            await response_to(Problem("internal_error", KINDS["internal_error"].meaning), headers)(
                scope, receive, labelled
            )
        finally:
            seconds = time.perf_counter() - started_at
            facts = {
                "method": scope["method"] if scope["method"] in _METHODS else "other",
                "route": _route(scope),
                "status": status,
            }
            HTTP_REQUESTS.labels(**facts).observe(seconds)
            log.info("http_request", request_id=request_id, **facts, seconds=round(seconds, 4))


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "none")


def _facts(error: Exception) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return {"error": type(error).__name__, "at": [f"{frame.filename}:{frame.lineno}" for frame in frames]}
