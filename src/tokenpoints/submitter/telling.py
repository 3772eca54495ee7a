"""Saying what goes on: in the log, and to the gateway through the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import hex_of
from tokenpoints.observability.submitting import TRANSACTIONS_LOST
from tokenpoints.storage import batches, submitter_states
from tokenpoints.storage.batches import Submission
from tokenpoints.storage.database import Database
from tokenpoints.storage.submitter_states import SubmitterState
from tokenpoints.submitter.issuing import IssuerState, Issuing

log = structlog.get_logger()

_REPEAT_SECONDS = 2.0


class Telling:
    """For one issuer of one program."""

    def __init__(
        self, issuing: Issuing, database: Database, program: Program, *, clock: Callable[[], datetime]
    ) -> None:
        self._issuing, self._database, self._program, self._clock = issuing, database, program, clock
        self._told: set[int] = set()
        self._last: SubmitterState | None = None

    async def state(self, state: SubmitterState) -> None:
        """Store how the submitter is doing: at each change, and else now and then."""
        last = self._last
        if last is not None and last.wait == state.wait:
            state = replace(state, since=last.since)
            age_seconds = (state.observed_at - last.observed_at).total_seconds()
            # Whoever reads this measures the queue's age: so at once where it begins or ends.
            is_idle = (state.in_flight == 0, state.oldest_unsealed_at is None)
            was_idle = (last.in_flight == 0, last.oldest_unsealed_at is None)
            if is_idle == was_idle and 0 <= age_seconds < _REPEAT_SECONDS:
                return
        elif state.wait is not None:
            log.warning("submitter_waits", why=state.wait, detail=state.detail)
        elif last is not None:
            log.info("submitter_goes_on", after=last.wait)
        async with self._database.session() as session:
            await submitter_states.save(session, self._program.slug, state)
        self._last = state

    async def failures(self, failed: Mapping[int, Submission], state: IssuerState) -> None:
        """Log why batches are still open though a nonce of theirs is used; each case once."""
        self._told &= {each.seq for each in failed.values()}
        for number, last in failed.items():
            if last.seq in self._told:
                continue
            self._told.add(last.seq)
            async with self._database.snapshot() as session:
                rivals = await batches.submissions_at(session, self._issuing.address, last.nonce)
            for each in rivals:
                if reason := await self._issuing.failure_of(each.transaction_hash):
                    TRANSACTIONS_LOST.labels("reverted").inc()
                    log.warning("batch_failed", batch=number, nonce=last.nonce, reason=reason)
            if any(await self._issuing.receipts([each.transaction_hash for each in rivals])):
                continue
            user = await self._issuing.user_of(last.nonce, above=last.block_number, up_to=state.block_number)
            TRANSACTIONS_LOST.labels("foreign").inc()
            log.warning(
                "foreign_transaction",
                batch=number,
                nonce=last.nonce,
                transaction=None if user is None else hex_of(user),
            )
