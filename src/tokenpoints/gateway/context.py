"""What endpoints work with: the program named in the path, and the request's one database session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from sqlalchemy.exc import IntegrityError

from tokenpoints.access.auditing import note
from tokenpoints.access.member_tokens import MemberTokens
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.audit import DONE, INSTALLATION, Caller
from tokenpoints.domain.keys import Mode
from tokenpoints.domain.programs import Deployment, Program
from tokenpoints.errors import TokenPointsError, UnknownProgram, WriteConflict
from tokenpoints.failpoints import Point, reached
from tokenpoints.gateway.idempotency import KeptWrite, keyed_request, require_new
from tokenpoints.gateway.known_keys import KnownKeys
from tokenpoints.gateway.problems import KINDS, Problem
from tokenpoints.gateway.rates import Rates
from tokenpoints.storage.database import Database, Session

_ATTEMPT_COUNT_MAX = 4
_NOT_REFUSED = "idempotency_key_in_flight"
"""Says that the same is being done, which the audit log will have."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Audited:
    """Whose writes these are, and in which program's audit log they stand."""

    caller: Caller
    program: str
    path_ids: Sequence[str] = ()


@dataclass(frozen=True)
class Context:
    """One gateway's parts, as one request sees them."""

    database: Database
    deployed: Callable[[], Deployment]
    clock: Callable[[], datetime]
    node: RpcClient
    webhooks_allow_loopback: bool
    mode: Mode
    rates: Rates
    known_keys: KnownKeys
    tokens: MemberTokens
    sign_in_domains: frozenset[str]
    audited: Audited | None = None
    kept: KeptWrite | None = None
    """Of a request under an idempotency key."""

    @property
    def deployment(self) -> Deployment:
        """What is deployed now."""
        return self.deployed()

    async def read(self, question: Callable[[Session], Awaitable[Answer]]) -> Answer:
        """Ask in a session that only reads."""
        async with self.database.snapshot() as session:
            return await question(session)

    async def look_up(self, question: Callable[[Session], Awaitable[Answer]]) -> Answer:
        """Ask what one statement answers, or what need not be of one moment."""
        async with self.database.lookup() as session:
            return await question(session)

    async def write(
        self,
        action: Callable[[Session], Awaitable[Answer]],
        *,
        subjects: Callable[[Answer], Sequence[str]] = lambda _: (),
        dry_run: bool = False,
    ) -> Answer:
        """Act in a session that writes, and commit. `action` may be done several times, each from the start.

        The audit log has it in the same session, with the ids of the path and the `subjects` of the answer. Where
        the action is refused, the log has that in a session of its own. Under an idempotency key the session is
        committed with the request's answer. A dry run leaves nothing anywhere.
        """
        if dry_run:
            return await self._repeated(lambda: self._try(action))
        try:
            return await self._repeated(lambda: self._act(action, subjects))
        except (TokenPointsError, Problem) as error:
            kind = KINDS.get(error.code)
            if kind is not None and kind.status < 500 and error.code != _NOT_REFUSED:
                await self.note_refusal(error.code)
            raise

    async def note_refusal(self, code: str) -> None:
        """Have the audit log say that the caller was refused."""
        await self._note(code)

    async def note_read(self) -> None:
        """Have the audit log say that the caller reads."""
        await self._note(DONE)

    async def _note(self, outcome: str) -> None:
        if self.audited is None:
            return
        of = self.audited
        async with self.database.session() as session:
            await note(session, of.program, of.caller, of.path_ids, now=self.clock(), outcome=outcome)

    async def _repeated(self, act: Callable[[], Awaitable[Answer]]) -> Answer:
        # Two gateways may record the same receipt at once. The database lets one of them through; the
        # other acts again, and then finds what the first one wrote.
        for _ in range(_ATTEMPT_COUNT_MAX - 1):
            try:
                return await act()
            except (IntegrityError, WriteConflict):
                continue
        return await act()

    async def _try(self, action: Callable[[Session], Awaitable[Answer]]) -> Answer:
        answers: list[Answer] = []
        with suppress(_Tried):
            async with self.database.session() as session:
                answers.append(await action(session))
                raise _Tried
        return answers[0]

    async def _act(
        self, action: Callable[[Session], Awaitable[Answer]], subjects: Callable[[Answer], Sequence[str]]
    ) -> Answer:
        if self.kept is not None:
            return await self._act_kept(self.kept, action, subjects)
        async with self.database.session() as session:
            answer, _ = await self._done(session, action, subjects)
            reached(Point.GATEWAY_COMMITTING)
        reached(Point.GATEWAY_ANSWERING)
        return answer

    async def _act_kept(
        self,
        kept: KeptWrite,
        action: Callable[[Session], Awaitable[Answer]],
        subjects: Callable[[Answer], Sequence[str]],
    ) -> Answer:
        try:
            answer, ids = await self._done(await kept.begin(self.database), action, subjects)
        except BaseException as error:
            await kept.undo(error)
            raise
        reached(Point.GATEWAY_ACTED)
        kept.done_to([*(self.audited.path_ids if self.audited is not None else ()), *ids])
        return answer

    async def _done(
        self,
        session: Session,
        action: Callable[[Session], Awaitable[Answer]],
        subjects: Callable[[Answer], Sequence[str]],
    ) -> tuple[Answer, Sequence[str]]:
        answer = await action(session)
        ids = subjects(answer)
        if self.audited is not None:
            of = self.audited
            await note(session, of.program, of.caller, [*of.path_ids, *ids], now=self.clock())
        return answer, ids


class _Tried(Exception):
    """Ends the session of a dry run."""


def context_of(request: Request) -> Context:
    """The gateway's parts, with the caller once they are known."""
    context = _parts(request)
    key = getattr(request.state, "key", None)
    kept = getattr(request.state, "kept_write", None)
    kept = kept if kept is not None and kept.request is not None else None
    if key is None:
        return context if kept is None else replace(context, kept=kept)
    path = dict(request.path_params)
    caller = Caller(key.id, request.scope["route"].name, getattr(request.state, "request_id", None))
    audited = Audited(caller, path.pop("program", INSTALLATION), tuple(path.values()))
    return replace(context, audited=audited, kept=kept)


def _parts(request: Request) -> Context:
    context = request.app.state.context
    assert isinstance(context, Context)
    return context


async def _context_of_call(request: Request) -> Context:
    """The gateway's parts, unless the request was answered already. Raises AnsweredBefore, Problem."""
    kept, caller = getattr(request.state, "kept_write", None), _caller(request)
    if kept is None or caller is None:
        return context_of(request)
    # Before anything is asked of the request: what it did may have made it one that would be refused.
    kept.request = keyed = await keyed_request(request, caller)
    context = context_of(request)
    await context.read(lambda session: require_new(session, keyed))
    return context


def _caller(request: Request) -> str | None:
    """Whose idempotency keys they are: an API key's lineage, or a member."""
    key = getattr(request.state, "key", None)
    return getattr(request.state, "member_id", None) if key is None else key.lineage


async def program_in_path(program: str, request: Request) -> Program:
    """The program named in the path. Raises UnknownProgram."""
    found = _parts(request).deployment.programs.get(program)
    if found is None:
        raise UnknownProgram(program[:100])
    return found


ContextPart = Annotated[Context, Depends(_context_of_call)]
ProgramPart = Annotated[Program, Depends(program_in_path)]
