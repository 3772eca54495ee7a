"""The submitter: observe the chain and the database, decide, then broadcast, sign again or seal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from tokenpoints.domain.batches import BatchEntry, receipts_root, should_seal
from tokenpoints.domain.programs import Program
from tokenpoints.domain.receipts import receipt_hash
from tokenpoints.domain.submissions import Attempt, free_nonce, plan
from tokenpoints.domain.types import Hash32
from tokenpoints.loops import repeat
from tokenpoints.storage import awards, batches
from tokenpoints.storage.awards import PackedAward
from tokenpoints.storage.batches import SealedBatch, Submission
from tokenpoints.storage.database import Database, Session
from tokenpoints.submitter.issuing import IssuerState, Issuing

log = structlog.get_logger()

_WINDOW = 64
"""Batches and submissions looked at in one step."""
_ATTEMPTS_MAX = 8
_RESEND_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """When batches are sealed."""

    size: int
    age_seconds: float
    in_flight_max: int


class Submitter:
    """Sends one program's awards with one issuer key."""

    def __init__(
        self,
        issuing: Issuing,
        database: Database,
        program: Program,
        *,
        policy: BatchPolicy,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        poll_seconds: float,
    ) -> None:
        self._issuing, self._database, self._program = issuing, database, program
        self._policy, self._clock, self._monotonic = policy, clock, monotonic
        self._poll_seconds = poll_seconds
        self._broadcast_at: dict[int, float] = {}  # by nonce; only saves the node repeated sends
        self._warned: set[int] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        await repeat(self.step, stop, poll_seconds=self._poll_seconds)

    async def step(self) -> bool:
        """One round. Returns whether a batch was sealed, so that more may follow at once."""
        state = await self._issuing.state()
        async with self._database.snapshot() as session:
            open_batches = await batches.above(
                session, self._program.slug, self._program.issuer, state.batch_count, limit=_WINDOW
            )
            stored = await batches.submissions_from(session, self._program.issuer, state.nonce, limit=_WINDOW)
        decision = plan(
            chain_nonce=state.nonce,
            open_batches=[batch.number for batch in open_batches],
            attempts=[Attempt(submission.batch_number, submission.nonce) for submission in stored],
            broadcast_at=self._broadcast_at,
            now=self._monotonic(),
            resend_seconds=_RESEND_SECONDS,
        )
        # A nonce can come back: a node restarted from an older state has not used it yet.
        self._broadcast_at = {nonce: at for nonce, at in self._broadcast_at.items() if nonce >= state.nonce}
        by_nonce = {submission.nonce: submission for submission in stored}
        for nonce in decision.broadcast:
            await self._broadcast(by_nonce[nonce])
        # Beyond the window lie older batches' own submissions, which come first.
        if len(stored) < _WINDOW:
            numbers = set(decision.sign_again)
            for batch in open_batches:
                if batch.number in numbers and not await self._sign_again(batch, state):
                    break  # those after it are out of sequence until it is mined
        return await self._seal(state, in_flight=len(open_batches))

    async def _broadcast(self, submission: Submission) -> None:
        objection = await self._issuing.broadcast(submission.signed_bytes)
        self._broadcast_at[submission.nonce] = self._monotonic()
        log.info("batch_broadcast", batch=submission.batch_number, nonce=submission.nonce, objection=objection)

    async def _seal(self, state: IssuerState, *, in_flight: int) -> bool:
        async with self._database.snapshot() as session:
            waiting = await awards.unsealed_summary(session, self._program.slug)
        now = self._clock()
        due = [
            (rule.oldest_created_at, rule.rule_id)
            for rule in waiting
            if should_seal(
                pending=rule.pending,
                oldest_age_seconds=(now - rule.oldest_created_at).total_seconds(),
                size=self._policy.size,
                age_seconds=self._policy.age_seconds,
                in_flight=in_flight,
                in_flight_max=self._policy.in_flight_max,
            )
        ]
        if not due:
            return False
        _, rule_id = min(due)
        fees_wei = await self._issuing.fees_in_wei()
        async with self._database.session() as session:
            rows = await awards.next_unsealed(session, self._program.slug, rule_id, self._policy.size)
            if not rows:
                return False
            entries = _entries(rows)
            last = await batches.last_number(session, self._program.slug, self._program.issuer)
            number = max(last, state.batch_count) + 1
            root = await asyncio.to_thread(receipts_root, entries)
            batch_seq = await batches.add_batch(
                session,
                program=self._program.slug,
                issuer=self._program.issuer,
                number=number,
                rule_id=rule_id,
                receipts_root=root,
                entry_count=len(entries),
                sealed_at=now,
            )
            await awards.assign_to_batch(session, [row.seq for row in rows], batch_seq)
            sealed = SealedBatch(batch_seq, number, rule_id, root, len(entries))
            submission = await self._sign(session, sealed, entries, state, fees_wei)
        # Committed before broadcast: a crash between the two must not reuse the nonce.
        log.info("batch_sealed", batch=number, rule=rule_id, entries=len(entries), nonce=submission.nonce)
        await self._broadcast(submission)
        return True

    async def _sign_again(self, batch: SealedBatch, state: IssuerState) -> bool:
        """Sign a batch anew. Returns False where that was tried too often."""
        fees_wei = await self._issuing.fees_in_wei()
        async with self._database.session() as session:
            previous = await batches.last_submission(session, batch.seq)
            if await batches.attempts(session, batch.seq) >= _ATTEMPTS_MAX:
                if batch.number not in self._warned:
                    self._warned.add(batch.number)
                    log.error("batch_stuck", batch=batch.number, attempts=_ATTEMPTS_MAX)
                return False
            rows = await awards.in_batch(session, batch.seq)
            entries = _entries(rows)
            submission = await self._sign(session, batch, entries, state, fees_wei)
        if previous is not None:
            log.warning("batch_failed", batch=batch.number, reason=await self._issuing.failure_of(previous))
        await self._broadcast(submission)
        return True

    async def _sign(
        self,
        session: Session,
        batch: SealedBatch,
        entries: list[BatchEntry],
        state: IssuerState,
        fees_wei: tuple[int, int],
    ) -> Submission:
        signed_nonces = await batches.nonces_from(session, self._program.issuer, state.nonce)
        nonce = free_nonce(chain_nonce=state.nonce, signed=signed_nonces)
        signed = self._issuing.sign(
            number=batch.number,
            rule_id=batch.rule_id,
            entries=entries,
            root=Hash32(batch.receipts_root),
            nonce=nonce,
            fees_wei=fees_wei,
        )
        await batches.add_submission(
            session,
            batch_seq=batch.seq,
            issuer=self._program.issuer,
            nonce=nonce,
            transaction_hash=signed.hash,
            signed_bytes=signed.raw,
            created_at=self._clock(),
        )
        return Submission(batch.seq, batch.number, nonce, signed.hash, signed.raw)


def _entries(rows: list[PackedAward]) -> list[BatchEntry]:
    return [BatchEntry(row.account, row.units, receipt_hash(row.body_hash, row.salt)) for row in rows]
