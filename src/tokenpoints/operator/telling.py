"""Saying which key acts in which roles and how it is doing, to the gateway through the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from tokenpoints.domain.operations import Role
from tokenpoints.domain.programs import Deployment
from tokenpoints.domain.submissions import Wait
from tokenpoints.domain.types import hex_of
from tokenpoints.operator.acting import Acting, KeyState
from tokenpoints.storage import operations, operator_states
from tokenpoints.storage.database import Database
from tokenpoints.storage.operator_states import ANY_PROGRAM, OperatorState

log = structlog.get_logger()

_REPEAT_SECONDS = 2.0
_ROLES_SECONDS = 10.0


class Telling:
    """For one key."""

    def __init__(
        self,
        acting: Acting,
        database: Database,
        deployment: Deployment,
        *,
        creates_programs: bool,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._acting, self._database, self._deployment = acting, database, deployment
        self._creates_programs, self._clock, self._monotonic = creates_programs, clock, monotonic
        self._told_at: float | None = None
        self._roles_at: float | None = None
        self._roles: dict[tuple[str, Role], int] = {}
        self._wait: Wait | None = None

    def is_due(self) -> bool:
        """Whether it is time to say it again."""
        return self._told_at is None or self._monotonic() - self._told_at >= _REPEAT_SECONDS

    async def tell(self, state: KeyState, wait: Wait | None, detail: str) -> None:
        """Store how the key is doing: at each change, and else now and then."""
        if wait is self._wait and not self.is_due():
            return
        if wait is not self._wait and wait is not None:
            log.warning("operator_waits", key=hex_of(self._acting.address), why=wait, detail=detail)
        now = self._monotonic()
        if self._roles_at is None or now - self._roles_at >= _ROLES_SECONDS:
            self._roles = await self._acting.roles_in(list(self._deployment.programs.values()))
            if self._creates_programs:
                self._roles[ANY_PROGRAM, Role.DEPLOYER] = 0
            self._roles_at = now
        async with self._database.session() as session:
            count = await operations.open_count(session, self._acting.address)
            states = [
                OperatorState(
                    program=program,
                    role=role,
                    address=self._acting.address,
                    delay_seconds=delay_seconds,
                    wait=wait,
                    detail=detail,
                    open_count=count,
                    balance_wei=state.balance_wei,
                    observed_at=self._clock(),
                )
                for (program, role), delay_seconds in self._roles.items()
            ]
            await operator_states.save(session, self._acting.address, states)
        self._told_at, self._wait = now, wait
