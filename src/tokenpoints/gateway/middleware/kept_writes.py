"""Writes under an idempotency key: their answers are stored with their effects, and forgotten some day."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tokenpoints.errors import DatabaseBusy
from tokenpoints.gateway.context import Context
from tokenpoints.gateway.idempotency import HEADER, KEPT_FOR, KeptWrite
from tokenpoints.gateway.problems import KINDS, Problem, response_to
from tokenpoints.storage import idempotency_keys

_WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_FORGET_EVERY = timedelta(minutes=1)
_FORGET_COUNT_MAX = 1_000

log = structlog.get_logger(__name__)


class KeptWrites:
    """Holds the answer to a write back until it is committed together with what it tells of."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._forgot_at: datetime | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        if scope["method"] in _WRITING and HEADER.lower() in Headers(scope=scope):
            kept = state["kept_write"] = KeptWrite()
            try:
                await self._answer(kept, scope, receive, send)
            finally:
                await kept.undo()
        else:
            await self._app(scope, receive, send)
        if "key" in state or "member_id" in state:
            await self._forget(scope["app"].state.context)

    async def _answer(self, kept: KeptWrite, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []

        async def gathered(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, gathered)
        if kept.is_open and (status := messages[0]["status"]) < 400:
            headers = Headers(raw=messages[0]["headers"])
            body = b"".join(message.get("body", b"") for message in messages[1:])
            try:
                await kept.finish(status, headers, body, scope["app"].state.context.clock())
            except (DatabaseBusy, IntegrityError, ConnectionError):
                problem = Problem("database_unavailable", KINDS["database_unavailable"].meaning)
                await response_to(problem, Headers(scope=scope))(scope, receive, send)
                return
        else:
            await kept.undo()
        for message in messages:
            await send(message)

    async def _forget(self, context: Context) -> None:
        now = context.clock()
        if self._forgot_at is not None and now - self._forgot_at < _FORGET_EVERY:
            return
        self._forgot_at = now
        try:
            async with context.database.session() as session:
                await idempotency_keys.forget(session, before=now - KEPT_FOR, limit=_FORGET_COUNT_MAX)
        except (DatabaseBusy, SQLAlchemyError, OSError) as error:
            # The answer is out already, and the next minute tries again.
            log.warning("idempotency_keys_not_forgotten", error=type(error).__name__)
