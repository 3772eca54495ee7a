"""What endpoints work with: the program named in the path, and the request's one database session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from sqlalchemy.exc import IntegrityError

from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.programs import Deployment, Program
from tokenpoints.errors import UnknownProgram, WriteConflict
from tokenpoints.failpoints import Point, reached
from tokenpoints.storage.database import Database, Session

_ATTEMPT_COUNT_MAX = 4

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Context:
    """One gateway's parts."""

    database: Database
    deployed: Callable[[], Deployment]
    clock: Callable[[], datetime]
    node: RpcClient
    webhooks_allow_loopback: bool

    @property
    def deployment(self) -> Deployment:
        """What is deployed now."""
        return self.deployed()

    async def read(self, question: Callable[[Session], Awaitable[Answer]]) -> Answer:
        """Ask in a session that only reads."""
        async with self.database.snapshot() as session:
            return await question(session)

    async def write(self, action: Callable[[Session], Awaitable[Answer]]) -> Answer:
        """Act in a session that writes, and commit. `action` may be done several times, each from the start."""
        # Two gateways may record the same receipt at once. The database lets one of them through; the
        # other acts again, and then finds what the first one wrote.
        for _ in range(_ATTEMPT_COUNT_MAX - 1):
            try:
                return await self._act(action)
            except (IntegrityError, WriteConflict):
                continue
        return await self._act(action)

    async def _act(self, action: Callable[[Session], Awaitable[Answer]]) -> Answer:
        async with self.database.session() as session:
            answer = await action(session)
            reached(Point.GATEWAY_COMMITTING)
        reached(Point.GATEWAY_ANSWERING)
        return answer


def context_of(request: Request) -> Context:
    """The gateway's parts."""
    context = request.app.state.context
    assert isinstance(context, Context)
    return context


def program_in_path(program: str, request: Request) -> Program:
    """The program named in the path. Raises UnknownProgram."""
    found = context_of(request).deployment.programs.get(program)
    if found is None:
        raise UnknownProgram(program[:100])
    return found


ContextPart = Annotated[Context, Depends(context_of)]
ProgramPart = Annotated[Program, Depends(program_in_path)]
