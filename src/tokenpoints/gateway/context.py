"""What endpoints work with: the program named in the path, and the request's one database session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from sqlalchemy.exc import IntegrityError

from tokenpoints.access.auditing import note
from tokenpoints.access.member_tokens import MemberTokens
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.audit import INSTALLATION, Caller
from tokenpoints.domain.keys import Mode
from tokenpoints.domain.programs import Deployment, Program
from tokenpoints.errors import TokenPointsError, UnknownProgram, WriteConflict
from tokenpoints.failpoints import Point, reached
from tokenpoints.gateway.problems import KINDS, Problem
from tokenpoints.gateway.rates import Rates
from tokenpoints.storage.database import Database, Session

_ATTEMPT_COUNT_MAX = 4

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
    tokens: MemberTokens
    sign_in_domains: frozenset[str]
    audited: Audited | None = None

    @property
    def deployment(self) -> Deployment:
        """What is deployed now."""
        return self.deployed()

    async def read(self, question: Callable[[Session], Awaitable[Answer]]) -> Answer:
        """Ask in a session that only reads."""
        async with self.database.snapshot() as session:
            return await question(session)

    async def write(
        self,
        action: Callable[[Session], Awaitable[Answer]],
        *,
        subjects: Callable[[Answer], Sequence[str]] = lambda _: (),
    ) -> Answer:
        """Act in a session that writes, and commit. `action` may be done several times, each from the start.

        The audit log has it in the same session, with the ids of the path and the `subjects` of the answer. Where
        the action is refused, the log has that in a session of its own.
        """
        try:
            # Two gateways may record the same receipt at once. The database lets one of them through; the
            # other acts again, and then finds what the first one wrote.
            for _ in range(_ATTEMPT_COUNT_MAX - 1):
                try:
                    return await self._act(action, subjects)
                except (IntegrityError, WriteConflict):
                    continue
            return await self._act(action, subjects)
        except (TokenPointsError, Problem) as error:
            kind = KINDS.get(error.code)
            if kind is not None and kind.status < 500:
                await self.note_refusal(error.code)
            raise

    async def note_refusal(self, code: str) -> None:
        """Have the audit log say that the caller was refused."""
        if self.audited is None:
            return
        of = self.audited
        async with self.database.session() as session:
            await note(session, of.program, of.caller, of.path_ids, now=self.clock(), outcome=code)

    async def _act(
        self, action: Callable[[Session], Awaitable[Answer]], subjects: Callable[[Answer], Sequence[str]]
    ) -> Answer:
        async with self.database.session() as session:
            answer = await action(session)
            if self.audited is not None:
                ids = [*self.audited.path_ids, *subjects(answer)]
                await note(session, self.audited.program, self.audited.caller, ids, now=self.clock())
            reached(Point.GATEWAY_COMMITTING)
        reached(Point.GATEWAY_ANSWERING)
        return answer


def context_of(request: Request) -> Context:
    """The gateway's parts, with the caller once they are known."""
    context = request.app.state.context
    assert isinstance(context, Context)
    key = getattr(request.state, "key", None)
    if key is None:
        return context
    path = dict(request.path_params)
    caller = Caller(key.id, request.scope["route"].name, getattr(request.state, "request_id", None))
    return replace(context, audited=Audited(caller, path.pop("program", INSTALLATION), tuple(path.values())))


def program_in_path(program: str, request: Request) -> Program:
    """The program named in the path. Raises UnknownProgram."""
    found = context_of(request).deployment.programs.get(program)
    if found is None:
        raise UnknownProgram(program[:100])
    return found


ContextPart = Annotated[Context, Depends(context_of)]
ProgramPart = Annotated[Program, Depends(program_in_path)]
