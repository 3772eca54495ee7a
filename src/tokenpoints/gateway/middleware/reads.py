"""What reads have in common: `fields`, and the `ETag` by which a caller who has the answer is not sent it again."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qs

import orjson
from pydantic import BaseModel
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tokenpoints.errors import InvalidInput
from tokenpoints.gateway.errors import problem_of
from tokenpoints.gateway.fields import PARAMETER, asked_for, thinned
from tokenpoints.gateway.problems import response_to

_JSON = "application/json"


class Reads:
    """Passes on everything but the JSON that a GET is answered with."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        messages: list[Message] = []

        async def gathered(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, gathered)
        is_json = Headers(raw=messages[0]["headers"]).get("content-type", "").startswith(_JSON)
        if messages[0]["status"] != 200 or not is_json or "key" not in scope.get("state", {}):
            for message in messages:
                await send(message)
            return
        body = b"".join(message.get("body", b"") for message in messages[1:])
        try:
            body = _thinned(scope, body)
        except InvalidInput as error:
            await response_to(problem_of(error), Headers(scope=scope))(scope, receive, send)
            return
        tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = MutableHeaders(raw=messages[0]["headers"])
        headers["ETag"] = tag
        headers.setdefault("Cache-Control", "private, no-cache")
        if _is_known(tag, Headers(scope=scope).get("if-none-match", "")):
            del headers["content-length"], headers["content-type"]
            messages[0]["status"], body = 304, b""
        else:
            headers["Content-Length"] = str(len(body))
        await send({**messages[0], "headers": headers.raw})
        await send({"type": "http.response.body", "body": body})


def _thinned(scope: Scope, body: bytes) -> bytes:
    """Less of the body, where less was asked for. Raises InvalidInput."""
    model = getattr(scope.get("route"), "response_model", None)
    asked = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True).get(PARAMETER)
    if asked is None or not isinstance(model, type) or not issubclass(model, BaseModel):
        return body
    return orjson.dumps(thinned(orjson.loads(body), asked_for(asked[-1], model), model))


def _is_known(tag: str, given: str) -> bool:
    """Whether `If-None-Match` names the tag, compared as weak ones (RFC 9110, 8.8.3.2)."""
    names = [each.strip().removeprefix("W/") for each in given.split(",")]
    return tag.removeprefix("W/") in names or given.strip() == "*"
