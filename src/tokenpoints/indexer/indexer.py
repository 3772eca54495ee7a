"""The indexer: observe the head, decide, then roll back or read on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import structlog

from tokenpoints.domain.blocks import next_range
from tokenpoints.domain.ledger import LedgerChange, accounts_in, apply
from tokenpoints.domain.programs import Deployment, Program
from tokenpoints.domain.types import Hash32
from tokenpoints.indexer.source import ChainSource, Head, PlacedEvent, Span
from tokenpoints.loops import repeat
from tokenpoints.storage import ledger
from tokenpoints.storage.database import Database, Session
from tokenpoints.storage.ledger import Checkpoint

log = structlog.get_logger()

_ANCESTOR_STEP = 64
_IDLE_TOUCH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of the indexer did."""

    block_count: int = 0
    entry_count: int = 0
    rolled_back_to: int | None = None

    @property
    def moved(self) -> bool:
        return self.block_count > 0 or self.rolled_back_to is not None


class Indexer:
    """Follows one chain into one database."""

    def __init__(
        self,
        source: ChainSource,
        database: Database,
        deployment: Deployment,
        *,
        clock: Callable[[], datetime],
        block_count_max: int,
        poll_seconds: float,
    ) -> None:
        self._source, self._database, self._deployment = source, database, deployment
        self._clock, self._block_count_max, self._poll_seconds = clock, block_count_max, poll_seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Follow the chain until `stop` is set."""

        async def step() -> bool:
            return (await self.step()).moved

        await repeat(step, stop, name="indexer", poll_seconds=self._poll_seconds)

    async def step(self) -> Step:
        """Roll back what the chain no longer has, or else read the next blocks."""
        head = await self._source.head()
        async with self._database.snapshot() as session:
            checkpoint = await ledger.checkpoint(session, self._deployment.chain_id)
        if checkpoint is not None and not await self._is_canonical(checkpoint, head):
            return await self._roll_back(checkpoint, head)
        indexed = self._deployment.first_block - 1 if checkpoint is None else checkpoint.block_number
        numbers = next_range(indexed, head.block.number, block_count_max=self._block_count_max)
        if not numbers:
            await self._touch(checkpoint, head)
            return Step()
        span = await self._source.read(numbers, None if checkpoint is None else checkpoint.block_hash)
        return await self._record(span, head)

    async def _is_canonical(self, checkpoint: Checkpoint, head: Head) -> bool:
        # The hash is compared even at the same height: a reorg need not make the chain longer.
        if checkpoint.block_number == head.block.number:
            return checkpoint.block_hash == head.block.hash
        (on_chain,) = await self._source.hashes([checkpoint.block_number])
        return on_chain == checkpoint.block_hash

    async def _roll_back(self, checkpoint: Checkpoint, head: Head) -> Step:
        ancestor = await self._common_ancestor(checkpoint.block_number)
        number = self._deployment.first_block - 1 if ancestor is None else ancestor[0]
        async with self._database.session() as session:
            entry_count = await ledger.roll_back(session, number)
            if ancestor is None:
                await ledger.clear_checkpoint(session, self._deployment.chain_id)
            else:
                await self._set_checkpoint(session, *ancestor, head)
        log.warning("reorg", depth=checkpoint.block_number - number, rolled_back_to=number, entries_removed=entry_count)
        return Step(entry_count=entry_count, rolled_back_to=number)

    async def _common_ancestor(self, number: int) -> tuple[int, Hash32] | None:
        """The highest stored block that the chain still has, if any."""
        while True:
            async with self._database.snapshot() as session:
                stored = await ledger.block_hashes_below(session, number, limit=_ANCESTOR_STEP)
            if not stored:
                return None
            on_chain = await self._source.hashes([height for height, _ in stored])
            for (height, block_hash), chain_hash in zip(stored, on_chain, strict=True):
                if block_hash == chain_hash:
                    return height, block_hash
            number = stored[-1][0] - 1

    async def _record(self, span: Span, head: Head) -> Step:
        timestamps = {block.number: block.timestamp for block in span.blocks}
        last = span.blocks[-1]
        entry_count = 0
        async with self._database.session() as session:
            await ledger.add_blocks(session, span.blocks)
            await ledger.add_transactions(
                session,
                [
                    {
                        "hash": transaction.hash,
                        "block_number": transaction.block_number,
                        "position": transaction.position,
                        "sender": transaction.sender,
                        "recipient": transaction.recipient,
                        "nonce": transaction.nonce,
                        "selector": transaction.selector,
                    }
                    for transaction in span.transactions
                ],
            )
            for program in self._deployment.programs.values():
                change = await self._change(session, program, span, timestamps)
                await ledger.add_change(session, program.slug, change)
                entry_count += len(change.entries)
            await self._set_checkpoint(session, last.number, last.hash, head)
        if entry_count:
            log.info("blocks_indexed", first=span.blocks[0].number, last=last.number, entries=entry_count)
        return Step(len(span.blocks), entry_count)

    async def _change(self, session: Session, program: Program, span: Span, timestamps: dict[int, int]) -> LedgerChange:
        """What the span's blocks did to one program."""
        events = sorted(
            span.events.get(program.contracts.token.address, []) + span.events.get(program.contracts.rules.address, []),
            key=_chain_order,
        )
        transactions: list[tuple[int, list[PlacedEvent]]] = [
            (timestamps[block_number], list(group))
            for (block_number, _), group in groupby(
                events, key=lambda placed: (placed[0].block_number, placed[0].transaction_index)
            )
        ]
        words = await ledger.words_of(session, program.slug, accounts_in(event for _, event in events))
        return apply(transactions, words, program.clock)

    async def _touch(self, checkpoint: Checkpoint | None, head: Head) -> None:
        """Note that the chain was looked at, though it has not moved."""
        if checkpoint is None:
            return
        idle_seconds = (self._clock() - checkpoint.observed_at).total_seconds()
        if idle_seconds < _IDLE_TOUCH_SECONDS and checkpoint.finalized_number == head.finalized_number:
            return
        async with self._database.session() as session:
            await self._set_checkpoint(session, checkpoint.block_number, checkpoint.block_hash, head)

    async def _set_checkpoint(self, session: Session, number: int, block_hash: Hash32, head: Head) -> None:
        await ledger.set_checkpoint(
            session,
            self._deployment.chain_id,
            Checkpoint(
                block_number=number,
                block_hash=block_hash,
                head_number=head.block.number,
                finalized_number=min(head.finalized_number, number),
                observed_at=self._clock(),
            ),
        )


def _chain_order(placed: PlacedEvent) -> tuple[int, int]:
    return placed[0].block_number, placed[0].log_index
