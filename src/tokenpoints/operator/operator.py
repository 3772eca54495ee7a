"""The operator: observe the chain and the database, decide, then send, sign or record.

What a brand changes is made one after the other, and so is what one member does; members do not wait for each other.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError

from tokenpoints.chain.member_accounts import executed_by
from tokenpoints.chain.reverts import explained, revert_name, reverted
from tokenpoints.chain.sendings import Sendings
from tokenpoints.domain.fees import suggest_within
from tokenpoints.domain.operations import STEPS, Fate, OperationState, Progress, Step, Verdict, judged
from tokenpoints.domain.programs import Deployment
from tokenpoints.domain.submissions import Attempt, Cargo, Look, OpenBatch, Order, Plan, Timing, Wait, Why, plan
from tokenpoints.domain.types import Address, Hash32, hex_of
from tokenpoints.errors import ChainRefused, SignerUnavailable
from tokenpoints.failpoints import Point, reached
from tokenpoints.loops import repeat
from tokenpoints.observability.operating import OPERATIONS, OPERATIONS_LOST, OPERATIONS_SIGNED
from tokenpoints.operator.acting import Acting, KeyState, transaction_of
from tokenpoints.operator.reading import Receipts, by_hash, effective_at, progress_of
from tokenpoints.operator.telling import Telling
from tokenpoints.storage import operations
from tokenpoints.storage.database import Database, Session
from tokenpoints.storage.operations import Operation, OperationSubmission

log = structlog.get_logger()

_OPERATION_WINDOW = 64
_DECIDED_WINDOW = 256
_SUBMISSION_WINDOW = 256
"""Operations, open and decided, and submissions looked at in one step."""
_LOOK_BACK_SECONDS = 2.0
"""After which those that are decided are looked at again though no block came."""
_BUSY_SECONDS = 0.5
"""The least between two such looks while there is something to make."""
_NOT_READY = "AccessManagerNotReady"
_NOTHING_DONE = "NothingDone()"
Done = Callable[[Operation, Mapping[str, Hash32]], Awaitable[None]]
"""Told of each operation that is in blocks, with its transactions by title; perhaps more than once."""


@dataclass(frozen=True, slots=True)
class OperatorPolicy:
    """What is set."""

    gas_limit_max: int
    fee_cap_wei: int
    bump_seconds: float
    actions_in_flight_max: int = 16
    """Of members, each of another."""
    resend_seconds: float = 5.0
    bump_block_count: int = 3

    @property
    def timing(self) -> Timing:
        """Operations are never too old to be mined."""
        return Timing(self.resend_seconds, self.bump_seconds, self.bump_block_count, float("inf"))


@dataclass(frozen=True, slots=True)
class _Observed:
    """What one look found of an operation."""

    operation: Operation
    progress: Progress
    verdict: Verdict
    submissions: list[OperationSubmission]

    @property
    def next_number(self) -> int:
        """Of its next step, among all steps of all operations."""
        assert self.verdict.next_step is not None
        return _number(self.operation.seq, self.verdict.next_step)

    @property
    def is_live(self) -> bool:
        """Whether its next step is on its way."""
        step = self.verdict.next_step
        return step is not None and step in self.progress.taken and not self.progress.taken[step].is_blocked

    @property
    def is_blocked(self) -> bool:
        step = self.verdict.next_step
        return step is not None and step in self.progress.taken and self.progress.taken[step].is_blocked


class Operator:
    """Makes what is asked of one key, in whatever roles and programs."""

    def __init__(
        self,
        acting: Acting,
        database: Database,
        deployment: Deployment,
        *,
        policy: OperatorPolicy,
        clock: Callable[[], datetime],
        poll_seconds: float,
        creates_programs: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
        done: Done | None = None,
    ) -> None:
        self._acting, self._database, self._deployment = acting, database, deployment
        self._policy, self._clock, self._monotonic = policy, clock, monotonic
        self._poll_seconds, self._done = poll_seconds, done
        self._telling = Telling(
            acting, database, deployment, creates_programs=creates_programs, clock=clock, monotonic=monotonic
        )
        self._blocked: str | None = None
        self._looked_back: tuple[int, float] | None = None  # the block and the time
        self._sent = Sendings(monotonic)  # by submission

    async def run(self, stop: Any) -> None:
        """Work until `stop` is set."""
        await repeat(self.step, stop, name="operator", poll_seconds=self._poll_seconds)

    async def step(self) -> bool:
        """One round. Returns whether there is more to do at once."""
        opened: list[Operation] = []
        decided: list[Operation] = []
        async with self._database.snapshot() as session:
            if await operations.any_open(session, self._acting.address):
                opened = await operations.to_make(session, self._acting.address, limit=_OPERATION_WINDOW)
                decided = await operations.to_see_final(session, self._acting.address, limit=_DECIDED_WINDOW)
        if not opened and not decided and not self._telling.is_due():
            return False
        state = await self._acting.state()
        if self._looks_back(state, is_busy=bool(opened)):
            opened = sorted([*opened, *decided], key=lambda each: each.seq)
        observed, receipts = await self._observe(opened, state)
        for each in observed:
            await self._record(each, receipts)
        goes_on, wait, detail = False, None, ""
        try:
            goes_on, wait, detail = await self._act(observed, state)
        except SignerUnavailable as error:
            wait, detail = Wait.SIGNER_UNAVAILABLE, str(error)
        await self._telling.tell(state, wait, detail)
        return goes_on

    def _looks_back(self, state: KeyState, *, is_busy: bool) -> bool:
        """Whether what is decided may look otherwise than at the last time. What is not decided comes first."""
        now = self._monotonic()
        if self._looked_back is not None:
            number, at = self._looked_back
            pause_seconds = _BUSY_SECONDS if is_busy else 0.0
            if now - at < (_LOOK_BACK_SECONDS if number == state.block_number else pause_seconds):
                return False
        self._looked_back = state.block_number, now
        return True

    async def _observe(self, opened: Sequence[Operation], state: KeyState) -> tuple[list[_Observed], Receipts]:
        async with self._database.snapshot() as session:
            signed = await operations.submissions_of(session, [each.seq for each in opened])
        hashes = [each.transaction_hash for each in signed]
        receipts = by_hash(hashes, await self._acting.receipts(hashes))
        of: dict[int, list[OperationSubmission]] = {each.seq: [] for each in opened}
        for submission in signed:
            assert submission.operation_seq is not None
            of[submission.operation_seq].append(submission)
        observed = []
        for each in opened:
            progress = progress_of(each, of[each.seq], receipts, state)
            observed.append(_Observed(each, progress, judged(progress), of[each.seq]))
        return observed, receipts

    async def _record(self, observed: _Observed, receipts: Receipts) -> None:
        """Keep how far an operation is, where that has changed."""
        operation, verdict = observed.operation, observed.verdict
        is_closing = verdict.is_closed and operation.closed_at is None
        is_told = (verdict.state, verdict.transaction_hash) == (operation.state, operation.transaction_hash)
        if is_told and not is_closing:
            return
        error, effective = None, operation.effective_at
        if verdict.state is OperationState.FAILED:
            error = observed.progress.error
            if (failed := verdict.transaction_hash) is not None and _has_failed(observed.progress):
                error = await self._acting.failure_of(failed) or error or _NOTHING_DONE
                OPERATIONS_LOST.labels("reverted").inc()
        if verdict.state in (OperationState.CONFIRMED, OperationState.FINALIZED):
            reached(Point.OPERATOR_MINED)
            effective = await self._effective_at(observed, receipts)
            if self._done is not None:
                mined = {
                    operation.calls[each.step.call].title: each.transaction_hash
                    for each in observed.submissions
                    if each.step is not None and each.transaction_hash in receipts
                }
                await self._done(operation, mined)
        now = self._clock()
        async with self._database.session() as session:
            current = await operations.with_seq(session, operation.seq)
            if current is None or current.cancel_requested_at != operation.cancel_requested_at:
                return
            await operations.save_progress(
                session,
                operation.seq,
                state=verdict.state,
                error=error,
                closed_at=now if verdict.is_closed else None,
                due_at=verdict.not_before or operation.due_at,
                effective_at=effective,
                transaction_hash=verdict.transaction_hash,
                now=now,
            )
        if verdict.state is not operation.state:
            OPERATIONS.labels(operation.kind, verdict.state).inc()
            log.info("operation", operation=operation.id, kind=operation.kind, state=verdict.state, error=error)

    async def _effective_at(self, observed: _Observed, receipts: Receipts) -> int:
        last = observed.verdict.transaction_hash
        assert last is not None
        timestamp = await self._acting.timestamp_of(int(receipts[last]["blockNumber"], 16))
        return max(
            effective_at(receipts[each.transaction_hash], timestamp)
            for each in observed.submissions
            if each.transaction_hash in receipts
        )

    async def _act(self, observed: Sequence[_Observed], state: KeyState) -> tuple[bool, Wait | None, str]:
        """Send and sign what is due. Returns whether there is more to do at once, or why not."""
        live = {each.next_number: each for each in observed if each.is_live}
        blocked = next((each for each in observed if each.is_blocked), None)
        gas_limits = {number: each.submissions[-1].gas_limit for number, each in live.items()}
        if (following := self._next_to_sign(observed, state)) is not None:
            gas_limit = await self._trial(following, state)
            if gas_limit is None:
                return True, None, ""
            if gas_limit:
                live[following.next_number], gas_limits[following.next_number] = following, gas_limit
        decided, stored = await self._decide(gas_limits, state)
        await self._send_again([stored[seq] for seq in decided.broadcast])
        attempts = Counter(each.nonce for each in stored.values())
        for order in decided.orders:
            if not await self._carry_out(order, live, state, attempt=attempts[order.nonce]):
                return False, None, ""
        if blocked is not None and decided.wait is None:
            if self._blocked != blocked.operation.id:
                OPERATIONS_LOST.labels("foreign").inc()
            self._blocked = blocked.operation.id
            detail = f"something else used a nonce of {blocked.operation.id}; waiting until that is final"
            return False, Wait.NONCE_USED, detail
        # One at a time, so that each is tried behind those before it: of those who want the last item, one pays gas.
        is_one_more = following is not None and following.operation.subject is not None
        signed = {order.batch_number for order in decided.orders}
        goes_on = is_one_more and following is not None and following.next_number in signed
        return goes_on, decided.wait, decided.detail

    def _next_to_sign(self, observed: Sequence[_Observed], state: KeyState) -> _Observed | None:
        # A chain that mines on demand has no block when a delay ends: then the clock tells it.
        now = max(state.timestamp, int(self._clock().timestamp()))
        under_way = [_lane(each.operation) for each in observed if each.is_live or each.is_blocked]
        is_full = sum(lane is not None for lane in under_way) >= self._policy.actions_in_flight_max
        for each in observed:
            lane, verdict = _lane(each.operation), each.verdict
            if verdict.next_step is None or (verdict.not_before or 0) > now or lane in under_way:
                continue
            if lane is None or not is_full:
                return each
        return None

    async def _trial(self, following: _Observed, state: KeyState) -> int | None:
        """The gas limit of the next step; 0 where it is too early for it, None where it would revert, which is then
        recorded."""
        to, calldata = self._transaction(following)
        subject, calls = following.operation.subject, following.operation.calls
        try:
            if subject is not None and len(calls) > 1 and not following.submissions:
                # Nobody pays for an account whose first action is refused.
                inner = executed_by(calls[-1])
                await self._acting.gas_for(inner.to, inner.calldata, after_pool=True, sender=subject.account)
            gas = await self._acting.gas_for(to, calldata, after_pool=subject is not None)
        except ChainRefused as error:
            if revert_name(error) == _NOT_READY:
                return 0
            if not reverted(error):
                raise
            await self._refuse(following.operation, following.verdict, explained(error))
            return None
        return min(gas * 5 // 4, self._policy.gas_limit_max, state.block_gas_limit)

    async def _refuse(self, operation: Operation, verdict: Verdict, error: str) -> None:
        async with self._database.session() as session:
            current = await operations.with_seq(session, operation.seq)
            if current is None or current.cancel_requested_at != operation.cancel_requested_at:
                return
            await operations.save_progress(
                session,
                operation.seq,
                state=OperationState.FAILED,
                error=error,
                closed_at=None,
                due_at=operation.due_at,
                effective_at=None,
                transaction_hash=verdict.transaction_hash,
                now=self._clock(),
            )
        OPERATIONS.labels(operation.kind, OperationState.FAILED).inc()
        log.warning("operation_refused", operation=operation.id, kind=operation.kind, error=error)

    async def _decide(
        self, gas_limits: Mapping[int, int], state: KeyState
    ) -> tuple[Plan, dict[int, OperationSubmission]]:
        """As for batches: an operation's step takes a batch's place."""
        async with self._database.snapshot() as session:
            rows = await operations.submissions_from(
                session, self._acting.address, state.nonce, limit=_SUBMISSION_WINDOW
            )
        now, stored = self._clock(), {each.seq: each for each in rows}
        self._sent.keep(stored)
        look = Look(
            nonce=state.nonce,
            batch_count=0,
            block_number=state.block_number,
            gas_limit_max=min(self._policy.gas_limit_max, state.block_gas_limit),
            base_fee_wei=state.base_fee_wei,
            fees=suggest_within(self._policy.fee_cap_wei, state.base_fee_wei, state.priority_fee_wei),
            fee_cap_wei=self._policy.fee_cap_wei,
            balance_wei=state.balance_wei,
            open_batches=[OpenBatch(number, limit) for number, limit in sorted(gas_limits.items())],
            attempts=[
                Attempt(
                    seq=each.seq,
                    nonce=each.nonce,
                    cargo=Cargo.CANCEL if each.operation_seq is None else Cargo.BATCH,
                    batch_number=None
                    if each.operation_seq is None or each.step is None
                    else _number(each.operation_seq, each.step),
                    fees=each.fees,
                    gas_limit=each.gas_limit,
                    age_seconds=(now - each.created_at).total_seconds(),
                    block_number=each.block_number,
                )
                for each in rows
            ],
            sent_seconds_ago=self._sent.seconds_ago(),
            too_cheap=self._sent.too_cheap(),
        )
        return plan(look, self._policy.timing), stored

    async def _send_again(self, submissions: Sequence[OperationSubmission]) -> None:
        sent = [each for each in submissions if each.seq in self._sent]
        known = await self._acting.known([each.transaction_hash for each in sent])
        there = {each.seq for each, is_known in zip(sent, known, strict=True) if is_known}
        for each in sent:
            if each.seq in there:
                self._sent.note(each.seq)
            else:
                OPERATIONS_LOST.labels("dropped").inc()
                log.warning("transaction_dropped", nonce=each.nonce)
        missing = [each for each in submissions if each.seq not in there]
        async with self._database.snapshot() as session:
            raw = await operations.signed_bytes(session, [each.seq for each in missing])
        for each in missing:
            await self._send(each.seq, raw[each.seq], nonce=each.nonce)

    async def _carry_out(self, order: Order, live: Mapping[int, _Observed], state: KeyState, *, attempt: int) -> bool:
        """Sign, store and send. Returns whether that was done: if not, somebody else has acted meanwhile."""
        observed = None if order.batch_number is None else live[order.batch_number]
        if observed is None:
            signed = await self._acting.sign_cancel(nonce=order.nonce, gas_limit=order.gas_limit, fees=order.fees)
        else:
            to, calldata = self._transaction(observed)
            signed = await self._acting.sign(
                nonce=order.nonce, to=to, calldata=calldata, gas_limit=order.gas_limit, fees=order.fees
            )
        reached(Point.OPERATOR_BUMPING if order.why is Why.STUCK else Point.OPERATOR_SIGNED)
        try:
            async with self._database.session() as session:
                if observed is not None and not await self._is_still_wanted(session, observed, signed.hash):
                    return False
                seq = await operations.add_submission(
                    session,
                    operation_seq=None if observed is None else observed.operation.seq,
                    step=None if observed is None else observed.verdict.next_step,
                    sender=self._acting.address,
                    nonce=order.nonce,
                    attempt=attempt,
                    transaction_hash=signed.hash,
                    signed_bytes=signed.raw,
                    gas_limit=order.gas_limit,
                    fees=order.fees,
                    block_number=state.block_number,
                    created_at=self._clock(),
                )
        except IntegrityError:
            # Another process has taken this attempt at the nonce. What was signed here is never sent.
            return False
        # Committed before broadcast: a crash between the two must not reuse the nonce.
        reached(Point.OPERATOR_STORED)
        OPERATIONS_SIGNED.labels(order.why).inc()
        log.info(
            "transaction_signed",
            operation=None if observed is None else observed.operation.id,
            nonce=order.nonce,
            attempt=attempt,
            why=order.why,
        )
        await self._send(seq, signed.raw, nonce=order.nonce)
        return True

    async def _is_still_wanted(self, session: Session, observed: _Observed, hash_: Hash32) -> bool:
        """Whether nobody has cancelled it meanwhile; then its state is that it was sent."""
        seen, now = observed.operation, self._clock()
        current = await operations.with_seq(session, seen.seq)
        if current is None or current.closed_at or current.cancel_requested_at != seen.cancel_requested_at:
            return False
        await operations.save_progress(
            session,
            seen.seq,
            state=OperationState.SENT,
            error=None,
            closed_at=None,
            due_at=observed.verdict.not_before or seen.due_at,
            effective_at=None,
            transaction_hash=hash_,
            now=now,
        )
        return True

    def _transaction(self, observed: _Observed) -> tuple[Address, bytes]:
        step, operation = observed.verdict.next_step, observed.operation
        assert step is not None
        program = self._deployment.programs.get(operation.program)
        manager = None if program is None else program.contracts.access.address
        return transaction_of(step, operation.calls[step.call], manager, operation.sender)

    async def _send(self, seq: int, signed_bytes: bytes, *, nonce: int) -> None:
        objection = await self._acting.broadcast(signed_bytes)
        reached(Point.OPERATOR_SENT)
        self._sent.note(seq, objection)
        log.info("transaction_broadcast", nonce=nonce, key=hex_of(self._acting.address), objection=objection)


def _number(operation_seq: int, step: Step) -> int:
    return operation_seq * STEPS + step.number


def _has_failed(progress: Progress) -> bool:
    return any(each.fate is Fate.FAILED for each in progress.taken.values())


def _lane(operation: Operation) -> Address | None:
    """What is made one after the other: what one member does, and all that brands change."""
    return None if operation.subject is None else operation.subject.account
