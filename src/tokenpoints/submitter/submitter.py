"""The submitter: observe the chain and the database, decide, then broadcast, sign, take apart or seal."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from tokenpoints.domain.batches import entry_count_max, gas_limit_at_most, should_seal
from tokenpoints.domain.fees import suggest_within
from tokenpoints.domain.occurrence import Moment, margin_seconds
from tokenpoints.domain.programs import Program
from tokenpoints.domain.submissions import Attempt, Cargo, Look, OpenBatch, Plan, Wait, Why, plan
from tokenpoints.errors import ChainUnavailable, SignerUnavailable
from tokenpoints.failpoints import Point, reached
from tokenpoints.loops import repeat
from tokenpoints.storage import batches
from tokenpoints.storage.awards import Unsealed
from tokenpoints.storage.batches import SealedBatch, Submission
from tokenpoints.storage.database import Database
from tokenpoints.storage.submitter_states import SubmitterState
from tokenpoints.submitter.issuing import IssuerState, Issuing, TornLook
from tokenpoints.submitter.policy import BatchPolicy
from tokenpoints.submitter.sealing import Sealing
from tokenpoints.submitter.signing import Outcome, Signing
from tokenpoints.submitter.telling import Telling
from tokenpoints.submitter.withdrawing import Withdrawing

log = structlog.get_logger()

_BATCH_WINDOW = 64
_SUBMISSION_WINDOW = 1024
"""Batches and submissions looked at in one step."""
_SEALED_AT_ONCE = 4
"""Batches of one step, where so many are full: the next step looks at the chain once for all, and signs them."""
_TORN_MAX = 20
"""Looks in a row: what does not fit together passes with the next block."""


@dataclass(frozen=True, slots=True)
class _Observed:
    """What one look found."""

    look: Look
    batches: dict[int, SealedBatch]
    """Those that are open, by number."""
    submissions: dict[int, Submission]
    """Those whose nonces are not used, by key."""
    failed: dict[int, Submission]
    """By number of the batch, the last attempt whose nonce was used without it."""
    moment: Moment
    """From which the groups of all that is sealed and signed in this step follow."""
    waiting: Unsealed | None
    """What could be sealed."""


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
        self._timing = policy.timing(stale_seconds=margin_seconds(program.look_back_seconds) / 2)
        self._sealing = Sealing(database, program, issuing.address, clock=clock)
        self._signing = Signing(issuing, database, program, clock=clock, monotonic=monotonic)
        self._withdrawing = Withdrawing(issuing, database, program, self._sealing, clock=clock)
        self._telling = Telling(issuing, database, program, clock=clock)
        # What was found out by trial. After a restart it is found out again.
        self._reverting: int | None = None
        self._refused: tuple[float, str] | None = None
        self._size_max, self._halved_at = policy.size, 0
        self._batch_count = 0
        self._torn_count = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        await repeat(self.step, stop, name="submitter", poll_seconds=self._poll_seconds)

    async def step(self) -> bool:
        """One round. Returns whether there is more to do at once."""
        state = await self._issuing.state()
        if state.batch_count > self._batch_count:
            reached(Point.SUBMITTER_MINED)
        self._batch_count = state.batch_count
        self._sealing.saw(state)
        observed = await self._observe(state)
        goes_on, wait, detail = False, self._standing_wait(state), ""
        if wait is None:
            decided = plan(observed.look, self._timing)
            try:
                await self._require_one_state(decided, observed)
                await self._telling.failures(observed.failed, state)
                async with self._signing.sending():
                    goes_on, wait, detail = await self._act(decided, observed, state)
            except TornLook as error:
                self._torn_count += 1
                if self._torn_count > _TORN_MAX:
                    raise ChainUnavailable(f"what the node says does not fit together: {error}") from error
                return True
            except SignerUnavailable as error:
                wait, detail = Wait.SIGNER_UNAVAILABLE, str(error)
        self._torn_count = 0
        await self._telling.state(
            SubmitterState(
                issuer=self._issuing.address,
                wait=wait,
                detail=detail or (self._refused[1] if self._refused else ""),
                in_flight=len(observed.batches),
                oldest_unsealed_at=observed.waiting.oldest_created_at if observed.waiting else None,
                balance_wei=state.balance_wei,
                base_fee_wei=state.base_fee_wei,
                nonce=state.nonce,
                since=self._clock(),
                observed_at=self._clock(),
            )
        )
        return goes_on

    def _standing_wait(self, state: IssuerState) -> Wait | None:
        """Why batches wait, whatever they are: now they would revert."""
        # A chain that mines on demand has no block when a pause ends: then the clock tells it.
        if state.paused_until > max(state.timestamp, int(self._clock().timestamp())):
            return Wait.TOKEN_PAUSED
        if self._refused and self._monotonic() - self._refused[0] < self._timing.resend_seconds:
            return Wait.ISSUER_REFUSED
        self._refused = None
        return None

    async def _observe(self, state: IssuerState) -> _Observed:
        issuer, now = self._issuing.address, self._clock()
        async with self._database.snapshot() as session:
            opened = await batches.above(session, self._program.slug, issuer, state.batch_count, limit=_BATCH_WINDOW)
            stored = await batches.submissions_from(session, issuer, state.nonce, limit=_SUBMISSION_WINDOW)
            failures = await batches.failures_of(session, [batch.seq for batch in opened], nonce=state.nonce)
            moment = await self._sealing.moment(session, state)
            waiting = await self._sealing.waiting(session, moment)
        if state.batch_count > self._halved_at:
            self._size_max = self._policy.size
        if self._reverting not in {batch.number for batch in opened[:1]}:
            self._reverting = None
        self._signing.sent.keep([each.seq for each in stored])
        look = Look(
            nonce=state.nonce,
            batch_count=state.batch_count,
            block_number=state.block_number,
            gas_limit_max=self._gas_limit_max(state),
            base_fee_wei=state.base_fee_wei,
            fees=suggest_within(self._policy.fee_cap_wei, state.base_fee_wei, state.priority_fee_wei),
            fee_cap_wei=self._policy.fee_cap_wei,
            balance_wei=state.balance_wei,
            open_batches=[
                OpenBatch(
                    batch.number,
                    gas_limit_at_most(batch.entry_count),
                    failures[batch.seq].count if batch.seq in failures else 0,
                    (now - failures[batch.seq].last.created_at).total_seconds() if batch.seq in failures else 0.0,
                )
                for batch in opened
            ],
            attempts=[
                Attempt(
                    seq=each.seq,
                    nonce=each.nonce,
                    cargo=_cargo(each),
                    batch_number=each.batch_number,
                    fees=each.fees,
                    gas_limit=each.gas_limit,
                    age_seconds=(now - each.created_at).total_seconds(),
                    block_number=each.block_number,
                )
                for each in stored
            ],
            sent_seconds_ago=self._signing.sent.seconds_ago(),
            too_cheap=self._signing.sent.too_cheap(),
            reverting=self._reverting,
            has_more=len(stored) == _SUBMISSION_WINDOW,
        )
        return _Observed(
            look,
            {batch.number: batch for batch in opened},
            {each.seq: each for each in stored},
            {batch.number: failures[batch.seq].last for batch in opened if batch.seq in failures},
            moment,
            waiting,
        )

    async def _act(self, decided: Plan, observed: _Observed, state: IssuerState) -> tuple[bool, Wait | None, str]:
        """Carry out the plan. Returns whether there is more to do at once, or why not."""
        await self._signing.send_again([observed.submissions[seq] for seq in decided.broadcast])
        attempts = Counter(attempt.nonce for attempt in observed.look.attempts)
        for order in decided.orders:
            batch = None if order.batch_number is None else observed.batches[order.batch_number]
            contents = None if batch is None else await self._sealing.contents(batch, observed.moment)
            if contents is not None and order.why is Why.OPEN and order.batch_number == state.batch_count + 1:
                verdict = await self._withdrawing.trial(contents, state)
                if verdict.refusal is not None:
                    self._refused = self._monotonic(), verdict.refusal
                    return False, Wait.ISSUER_REFUSED, verdict.refusal
                if verdict.revert is not None:
                    log.error("batch_reverts", batch=order.batch_number, reason=verdict.revert)
                    self._reverting = order.batch_number
                    return True, Wait.WITHDRAWING, verdict.revert
            outcome = await self._signing.carry_out(order, contents, state, attempt=attempts[order.nonce])
            if outcome is Outcome.NOT_INDEXED:
                # Those after it are out of sequence until it is mined.
                return False, Wait.RULES_NOT_INDEXED, f"batch {order.batch_number}"
            if outcome is Outcome.OVERTAKEN:
                return False, None, ""
        if decided.withdraw_from is not None:
            done = await self._withdraw(decided.withdraw_from, state, observed.moment)
            return done, decided.wait, decided.detail
        if decided.wait is not None:
            return False, decided.wait, decided.detail
        return await self._seal(state, observed)

    async def _require_one_state(self, decided: Plan, observed: _Observed) -> None:
        """Raises TornLook where a batch that would be signed again is awarded: the nonce was read of a newer state than
        the count of batches."""
        again = [order.batch_number for order in decided.orders if order.why is Why.OPEN]
        seqs = [observed.batches[number].seq for number in again if number in observed.failed]
        if not seqs:
            return
        async with self._database.snapshot() as session:
            hashes = await batches.hashes_below(session, seqs, nonce=observed.look.nonce)
        if await self._issuing.is_one_awarded(hashes):
            raise TornLook(f"a batch above {observed.look.batch_count} is awarded")

    async def _withdraw(self, number: int, state: IssuerState, moment: Moment) -> bool:
        is_reverting = number == self._reverting
        done = await self._withdrawing.withdraw(number, state, moment, is_reverting=is_reverting)
        if done is None:
            return False
        if is_reverting:
            self._reverting = None
        if is_reverting and done.batches and not done.dead_count:
            # It reverts as a whole and no award does by itself: fewer of them may not.
            self._size_max, self._halved_at = max(1, done.batches[0].entry_count // 2), state.batch_count
        return True

    async def _seal(self, state: IssuerState, observed: _Observed) -> tuple[bool, Wait | None, str]:
        waiting, in_flight = observed.waiting, len(observed.batches)
        if waiting is None or not should_seal(
            pending=waiting.pending,
            oldest_age_seconds=(self._clock() - waiting.oldest_created_at).total_seconds(),
            size=self._size_max,
            age_seconds=self._policy.age_seconds,
            idle_age_seconds=self._policy.idle_age_seconds,
            in_flight=in_flight,
            in_flight_max=self._policy.in_flight_max,
        ):
            return False, None, ""
        size = min(self._size_max, entry_count_max(self._gas_limit_max(state)))
        if size == 0:
            return False, Wait.BLOCK_TOO_SMALL, f"not even one award fits into {self._gas_limit_max(state)} gas"
        count = min(_SEALED_AT_ONCE, self._policy.in_flight_max - in_flight)
        return await self._sealing.seal(state, observed.moment, size=size, count=count), None, ""

    def _gas_limit_max(self, state: IssuerState) -> int:
        return min(self._policy.gas_limit_max, state.block_gas_limit)


def _cargo(submission: Submission) -> Cargo:
    if submission.batch_number is None:
        return Cargo.CANCEL
    return Cargo.WITHDRAWN if submission.batch_seq is None else Cargo.BATCH
