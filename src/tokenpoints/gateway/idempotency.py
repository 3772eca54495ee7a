"""Idempotency keys: a write that is asked for twice under one key happens once, and is answered the same.

The header is that of draft-ietf-httpapi-idempotency-key-header. Keys are the caller's own. The answer is stored in the
session of its effect, which therefore stays open until the answer is written (docs/decisions/0032).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Depends, Request
from starlette.responses import Response

from tokenpoints.domain.types import Hash32
from tokenpoints.failpoints import Point, reached
from tokenpoints.gateway.problems import KINDS, Fault, Problem
from tokenpoints.storage import idempotency_keys
from tokenpoints.storage.database import Database, Session
from tokenpoints.storage.idempotency_keys import StoredAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY_LENGTH_MAX = 255
KEPT_FOR = timedelta(hours=24)
"""How long the same request gets the same answer, at least."""
_KEPT_HEADERS = ("content-type", "location")
_SUBJECTS_SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A write, by the caller and the key under which it is asked for."""

    caller: str
    key_hash: Hash32
    request_hash: Hash32


async def _not_stored(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


SHOWS_SECRET = Depends(_not_stored)
"""What a route states in its `dependencies` whose answer nobody may store, this gateway included."""


class AnsweredBefore(Exception):
    """The request was answered under its key, and is to be answered the same."""

    def __init__(self, answer: StoredAnswer) -> None:
        super().__init__("answered before")
        self.answer = answer


class _Undone(Exception):
    """Ends a session without an effect."""


class KeptWrite:
    """A write under a key: its session is open from the effect until the answer is written beside it."""

    def __init__(self) -> None:
        self.request: KeyedRequest | None = None
        """None until it is known who calls."""
        self._stack: AsyncExitStack | None = None
        self._session: Session | None = None
        self._subjects: Sequence[str] = ()

    @property
    def is_open(self) -> bool:
        """Whether there is an effect that waits for its answer."""
        return self._session is not None

    async def begin(self, database: Database) -> Session:
        """A session that stays open. Raises AnsweredBefore, Problem."""
        assert self.request is not None and self._session is None, "one write to a request"
        self._stack = AsyncExitStack()
        self._session = await self._stack.enter_async_context(database.session())
        if not await idempotency_keys.is_alone(self._session, self.request.caller, self.request.key_hash):
            raise Problem("idempotency_key_in_flight", KINDS["idempotency_key_in_flight"].meaning)
        # Once more, now that nobody else can be at it.
        await require_new(self._session, self.request)
        return self._session

    def done_to(self, subjects: Sequence[str]) -> None:
        """The ids that the effect is about."""
        self._subjects = subjects

    async def finish(self, status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Store the answer, and commit it with its effect. Raises DatabaseBusy, IntegrityError."""
        assert self.request is not None and self._session is not None and self._stack is not None
        # Whoever marks an answer as not to be stored means this place as well.
        shows_secret = "no-store" in headers.get("cache-control", "")
        answer = StoredAnswer(
            request_hash=self.request.request_hash,
            status=status,
            headers={name: headers[name] for name in _KEPT_HEADERS if name in headers},
            body=None if shows_secret else body,
            subjects=self._subjects[:_SUBJECTS_SHOWN_MAX],
        )
        stack, session = self._stack, self._session
        self._stack = self._session = None
        async with stack:
            await idempotency_keys.add(session, self.request.caller, self.request.key_hash, answer, now)
            reached(Point.GATEWAY_COMMITTING)
        reached(Point.GATEWAY_ANSWERING)

    async def undo(self, because: BaseException | None = None) -> None:
        """End the session, if it is open, without an effect. Raises what a session makes of the error `because` of
        which it ends, where that is another one."""
        stack, self._stack, self._session = self._stack, None, None
        if stack is not None:
            error = because or _Undone()
            await stack.__aexit__(type(error), error, error.__traceback__)


async def keyed_request(request: Request, caller: str) -> KeyedRequest:
    """The request under its key. Raises Problem."""
    given = request.headers.getlist(HEADER)
    if len(given) != 1 or not _is_key(given[0]):
        why = f"must be one key of 1 to {KEY_LENGTH_MAX} visible ASCII characters"
        raise Problem("invalid_input", f"{HEADER} {why}", [Fault(HEADER, why)])
    asked = hashlib.sha256()
    query: bytes = request.scope["query_string"]
    for part in (request.method.encode(), request.scope["path"].encode(errors="surrogateescape"), query):
        asked.update(len(part).to_bytes(8) + part)
    asked.update(await request.body())
    return KeyedRequest(caller, Hash32(hashlib.sha256(given[0].encode()).digest()), Hash32(asked.digest()))


async def require_new(session: Session, request: KeyedRequest) -> None:
    """Raises AnsweredBefore where the request was answered, and Problem where another one was under its key."""
    answer = await idempotency_keys.found(session, request.caller, request.key_hash)
    if answer is None:
        return
    if answer.request_hash != request.request_hash:
        raise Problem("idempotency_key_reused", KINDS["idempotency_key_reused"].meaning)
    if answer.body is None:
        raise Problem(
            "idempotency_answer_not_kept",
            KINDS["idempotency_answer_not_kept"].meaning,
            extensions={"subjects": list(answer.subjects)},
        )
    raise AnsweredBefore(answer)


def replay(answer: StoredAnswer) -> Response:
    """The answer once more."""
    return Response(answer.body, answer.status, {**answer.headers, REPLAYED: "true"})


def _is_key(text: str) -> bool:
    return 0 < len(text) <= KEY_LENGTH_MAX and all("!" <= character <= "~" for character in text)
