"""What a request's key leaves behind: how often it may still call, and, off the request's way, when it was used."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tokenpoints.domain.keys import ApiKey
from tokenpoints.errors import DatabaseBusy
from tokenpoints.gateway.context import Context
from tokenpoints.storage import api_keys

_USED_EVERY = timedelta(minutes=1)
"""Most often that a key's last use is written."""

log = structlog.get_logger(__name__)


class KeyUse:
    """Adds the headers to the answer, and writes the last use after it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def labelled(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in state.get("rate_headers", {}).items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, labelled)
        if "key" in state:
            await _write(scope["app"].state.context, state["key"])


async def _write(context: Context, key: ApiKey) -> None:
    now = context.clock()
    if key.last_used_at is not None and now - key.last_used_at < _USED_EVERY:
        return
    try:
        async with context.database.session() as session:
            await api_keys.used(session, key.seq, now, at_most_every=_USED_EVERY)
        context.known_keys.used(key, now)
    except (DatabaseBusy, SQLAlchemyError, OSError) as error:
        # The answer is out already, and the next request tries again.
        log.warning("key_use_not_written", key=key.id, error=type(error).__name__)
