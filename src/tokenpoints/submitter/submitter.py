"""The submitter: observe the chain and the database, decide, then broadcast, sign again or seal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from tokenpoints.chain.signers import SignedTransaction
from tokenpoints.domain.batches import BatchEntry, receipts_root, should_seal
from tokenpoints.domain.occurrence import DatedAward, Moment, groups_of, margin_seconds, present
from tokenpoints.domain.programs import Program
from tokenpoints.domain.receipts import receipt_hash
from tokenpoints.domain.submissions import Attempt, free_nonce, plan
from tokenpoints.loops import repeat
from tokenpoints.storage import awards, batches, terms
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
        self._paused_until = 0  # as last logged

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        await repeat(self.step, stop, name="submitter", poll_seconds=self._poll_seconds)

    async def step(self) -> bool:
        """One round. Returns whether a batch was sealed, so that more may follow at once."""
        state = await self._issuing.state()
        if await self._is_paused(state):
            return False
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
            await self._broadcast(await self._fresh(by_nonce[nonce], state))
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

    async def _is_paused(self, state: IssuerState) -> bool:
        """Whether batches wait, since the token stands still: it would revert them."""
        # A chain that mines on demand has no block when a pause ends: then the clock tells it.
        is_paused = state.paused_until > max(state.timestamp, int(self._clock().timestamp()))
        if is_paused and self._paused_until != state.paused_until:
            log.warning("token_paused", until=state.paused_until)
        self._paused_until = state.paused_until if is_paused else 0
        return is_paused

    async def _moment(self, session: Session, state: IssuerState) -> Moment:
        """What the rules are now. Rules of which not every version is indexed are left out: their awards wait."""
        versions = await terms.versions(session, self._program.slug)
        return Moment(
            now=present(state.timestamp, int(self._clock().timestamp())),
            look_back_seconds=self._program.look_back_seconds,
            end_announced_at=state.end_announced_at,
            versions={
                rule_id: known
                for rule_id, known in versions.items()
                if len(known) == state.version_counts.get(rule_id, 0)
            },
        )

    async def _seal(self, state: IssuerState, *, in_flight: int) -> bool:
        async with self._database.snapshot() as session:
            moment = await self._moment(session, state)
            waiting = await awards.unsealed_summary(session, self._program.slug, moment.versions.keys())
        now = self._clock()
        if waiting is None or not should_seal(
            pending=waiting.pending,
            oldest_age_seconds=(now - waiting.oldest_created_at).total_seconds(),
            size=self._policy.size,
            age_seconds=self._policy.age_seconds,
            in_flight=in_flight,
            in_flight_max=self._policy.in_flight_max,
        ):
            return False
        fees_wei = await self._issuing.fees_in_wei()
        async with self._database.session() as session:
            rows = await awards.next_unsealed(session, self._program.slug, moment.versions.keys(), self._policy.size)
            dated = _dated(rows)
            chosen = moment.together(dated)
            if not chosen:
                return False
            sealed_awards = [dated[index] for index in chosen]
            entries = [award.entry for award in sealed_awards]
            last = await batches.last_number(session, self._program.slug, self._program.issuer)
            number = max(last, state.batch_count) + 1
            root = await asyncio.to_thread(receipts_root, entries)
            batch_seq = await batches.add_batch(
                session,
                program=self._program.slug,
                issuer=self._program.issuer,
                number=number,
                receipts_root=root,
                entry_count=len(entries),
                sealed_at=now,
            )
            await awards.assign_to_batch(session, [rows[index].seq for index in chosen], batch_seq)
            sealed = SealedBatch(batch_seq, number, root, len(entries))
            submission = await self._add_signed(session, sealed, sealed_awards, moment, state, fees_wei)
        # Committed before broadcast: a crash between the two must not reuse the nonce.
        log.info("batch_sealed", batch=number, entries=len(entries), nonce=submission.nonce)
        await self._broadcast(submission)
        return True

    async def _fresh(self, submission: Submission, state: IssuerState) -> Submission:
        """The submission, or another in its place where it is so old that the chain might refuse the dates in it."""
        now = self._clock()
        age_seconds = (now - submission.created_at).total_seconds()
        if age_seconds < margin_seconds(self._program.look_back_seconds) / 2:
            return submission
        fees_wei = await self._issuing.fees_in_wei()
        async with self._database.session() as session:
            moment = await self._moment(session, state)
            batch = await batches.with_number(
                session, self._program.slug, self._program.issuer, submission.batch_number
            )
            sealed_awards = _dated(await awards.in_batch(session, submission.batch_seq))
            if not moment.knows(sealed_awards):
                return submission
            signed = self._sign(batch, sealed_awards, moment, submission.nonce, fees_wei)
            renewed = replace(submission, transaction_hash=signed.hash, signed_bytes=signed.raw, created_at=now)
            await batches.replace_submission(session, self._program.issuer, renewed)
        log.info("batch_renewed", batch=batch.number, nonce=submission.nonce)
        return renewed

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
            moment = await self._moment(session, state)
            sealed_awards = _dated(await awards.in_batch(session, batch.seq))
            if not moment.knows(sealed_awards):
                return False
            submission = await self._add_signed(session, batch, sealed_awards, moment, state, fees_wei)
        if previous is not None:
            log.warning("batch_failed", batch=batch.number, reason=await self._issuing.failure_of(previous))
        await self._broadcast(submission)
        return True

    async def _add_signed(
        self,
        session: Session,
        batch: SealedBatch,
        sealed_awards: list[DatedAward],
        moment: Moment,
        state: IssuerState,
        fees_wei: tuple[int, int],
    ) -> Submission:
        signed_nonces = await batches.nonces_from(session, self._program.issuer, state.nonce)
        nonce = free_nonce(chain_nonce=state.nonce, signed=signed_nonces)
        signed = self._sign(batch, sealed_awards, moment, nonce, fees_wei)
        created_at = self._clock()
        await batches.add_submission(
            session,
            batch_seq=batch.seq,
            issuer=self._program.issuer,
            nonce=nonce,
            transaction_hash=signed.hash,
            signed_bytes=signed.raw,
            created_at=created_at,
        )
        return Submission(batch.seq, batch.number, nonce, signed.hash, signed.raw, created_at)

    def _sign(
        self,
        batch: SealedBatch,
        sealed_awards: list[DatedAward],
        moment: Moment,
        nonce: int,
        fees_wei: tuple[int, int],
    ) -> SignedTransaction:
        # The entries, their order and the root never change once sealed, whichever signature is mined. The groups
        # follow from the versions of the rules, which a failed attempt may not have known.
        groups = groups_of(sealed_awards, moment)
        return self._issuing.sign(
            number=batch.number, groups=groups, root=batch.receipts_root, nonce=nonce, fees_wei=fees_wei
        )


def _dated(rows: list[PackedAward]) -> list[DatedAward]:
    return [
        DatedAward(
            row.rule_id,
            int(row.occurred_at.timestamp()),
            BatchEntry(row.account, row.units, receipt_hash(row.body_hash, row.salt)),
        )
        for row in rows
    ]
