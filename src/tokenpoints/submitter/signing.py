"""Signing what was ordered, storing it, and sending it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from sqlalchemy.exc import IntegrityError

from tokenpoints.chain.sendings import Sendings
from tokenpoints.chain.signers import SignedTransaction
from tokenpoints.domain.occurrence import groups_of
from tokenpoints.domain.programs import Program
from tokenpoints.domain.submissions import Order, Why
from tokenpoints.failpoints import Point, reached
from tokenpoints.observability.submitting import (
    OFFERED_FEE_WEI,
    TRANSACTION_GAS_LIMIT,
    TRANSACTIONS_LOST,
    TRANSACTIONS_SIGNED,
)
from tokenpoints.storage import batches
from tokenpoints.storage.batches import Submission
from tokenpoints.storage.database import Database
from tokenpoints.submitter.issuing import IssuerState, Issuing
from tokenpoints.submitter.sealing import Contents

log = structlog.get_logger()


class Outcome(StrEnum):
    """What became of an order."""

    SIGNED = "signed"
    """And stored: it is sent now."""
    NOT_INDEXED = "not_indexed"
    """The rules of its awards are not read from the chain yet."""
    OVERTAKEN = "overtaken"
    """Another process has acted meanwhile. The next look shows how."""


@dataclass(frozen=True, slots=True)
class _Stored:
    seq: int
    signed_bytes: bytes
    batch: int | None
    nonce: int


class Signing:
    """For one issuer of one program."""

    def __init__(
        self,
        issuing: Issuing,
        database: Database,
        program: Program,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._issuing, self._database, self._program = issuing, database, program
        self._clock = clock
        self.sent = Sendings(monotonic)
        """By submission."""
        self._unsent: asyncio.Queue[_Stored | None] = asyncio.Queue()

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Meanwhile, what is signed is sent, one after the other, and at the end all of it is.

        A node may answer no earlier than when it has mined what it got before: the submitter works on beside that.
        """
        self._unsent = asyncio.Queue()
        sender = asyncio.create_task(self._send_stored())
        try:
            yield
            self._unsent.put_nowait(None)
            await sender
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    async def _send_stored(self) -> None:
        while (each := await self._unsent.get()) is not None:
            await self._send(each)

    async def send_again(self, submissions: Sequence[Submission]) -> None:
        """Send stored bytes, but for those that this process has sent and the node still has."""
        sent = [each for each in submissions if each.seq in self.sent]
        known = await self._issuing.known([each.transaction_hash for each in sent])
        there = {each.seq for each, is_known in zip(sent, known, strict=True) if is_known}
        for each in sent:
            if each.seq in there:
                self.sent.note(each.seq)
            else:
                TRANSACTIONS_LOST.labels("dropped").inc()
                log.warning("transaction_dropped", batch=each.batch_number, nonce=each.nonce)
        missing = [each for each in submissions if each.seq not in there]
        async with self._database.snapshot() as session:
            raw = await batches.signed_bytes(session, [each.seq for each in missing])
        for each in missing:
            await self._send(_Stored(each.seq, raw[each.seq], each.batch_number, each.nonce))

    async def carry_out(self, order: Order, contents: Contents | None, state: IssuerState, *, attempt: int) -> Outcome:
        """Sign and store a batch, or nothing, to be sent. `attempt` is how many there are at the nonce already."""
        batch = None if contents is None else contents.batch
        if contents is None:
            signed = await self._issuing.sign_cancel(nonce=order.nonce, gas_limit=order.gas_limit, fees=order.fees)
        elif contents.moment.knows(contents.awards):
            signed = await self._signed(order, contents)
        else:
            return Outcome.NOT_INDEXED
        reached(Point.SUBMITTER_BUMPING if order.why is Why.STUCK else Point.SUBMITTER_SIGNED)
        try:
            async with self._database.session() as session:
                if batch is not None and await batches.locked(session, batch.seq) is None:
                    return Outcome.OVERTAKEN
                seq = await batches.add_submission(
                    session,
                    batch=batch,
                    issuer=self._issuing.address,
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
            return Outcome.OVERTAKEN
        # Committed before broadcast: a crash between the two must not reuse the nonce.
        reached(Point.SUBMITTER_STORED)
        TRANSACTIONS_SIGNED.labels(order.why).inc()
        TRANSACTION_GAS_LIMIT.observe(order.gas_limit)
        OFFERED_FEE_WEI.set(order.fees.max_fee_wei)
        log.info("transaction_signed", batch=order.batch_number, nonce=order.nonce, attempt=attempt, why=order.why)
        self._unsent.put_nowait(_Stored(seq, signed.raw, order.batch_number, order.nonce))
        return Outcome.SIGNED

    async def _signed(self, order: Order, contents: Contents) -> SignedTransaction:
        # The groups follow from the versions of the rules, which a failed attempt may not have known.
        return await self._issuing.sign_batch(
            number=contents.batch.number,
            groups=groups_of(contents.awards, contents.moment),
            root=contents.batch.receipts_root,
            nonce=order.nonce,
            fees=order.fees,
        )

    async def _send(self, stored: _Stored) -> None:
        objection = await self._issuing.broadcast(stored.signed_bytes)
        reached(Point.SUBMITTER_SENT)
        self.sent.note(stored.seq, objection)
        log.info("transaction_broadcast", batch=stored.batch, nonce=stored.nonce, objection=objection)
