"""The indexer: observe the head, decide, then roll back or read on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from tokenpoints.domain.programs import Deployment
from tokenpoints.domain.types import Hash32, hex_of
from tokenpoints.errors import AnotherChain
from tokenpoints.failpoints import Point, reached
from tokenpoints.indexer.ahead import Reader
from tokenpoints.indexer.recording import Recorder
from tokenpoints.indexer.source import ChainSource, Head, Span
from tokenpoints.loops import repeat
from tokenpoints.observability.indexing import ENTRIES_INDEXED, REORG_DEPTH
from tokenpoints.storage import checkpoints, indexes, ledger, terms
from tokenpoints.storage.checkpoints import Checkpoint
from tokenpoints.storage.database import Database, Session

log = structlog.get_logger()

_ANCESTOR_STEP = 64
_IDLE_TOUCH_SECONDS = 1.0
_LIVE_BLOCKS_MAX = 64
_LOGS_A_SESSION = 500_000
_FIRST_READING_BLOCKS = 500
_SECONDS_A_SESSION = {"sqlite": 2.0, "postgresql": 15.0}
"""A session keeps others from writing to SQLite; in PostgreSQL it only holds what could be lost with a crash."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of the indexer did."""

    block_count: int = 0
    entry_count: int = 0
    rolled_back_to: int | None = None
    is_at_head: bool = False
    """Whether there was no further block when it began."""

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
        node_is_the_chain: bool = False,
    ) -> None:
        """`node_is_the_chain` is for the embedded node: what that one forgets, even finalized, is gone. Any other that
        goes back is waited for."""
        self._source, self._database, self._deployment = source, database, deployment
        self._clock, self._poll_seconds = clock, poll_seconds
        self._node_is_the_chain = node_is_the_chain
        self._recorder, self._reader = Recorder(deployment), Reader(source, block_count_max=block_count_max)
        self._reported: str | None = None
        self._is_begun, self._are_indexes_built = False, False
        self._are_programs_known = False

    async def run(self, stop: asyncio.Event, wake: asyncio.Event | None = None) -> None:
        """Follow the chain until `stop` is set. `wake` asks for a look before the next poll is due."""

        async def step() -> bool:
            done = await self.step()
            return done.moved and not done.is_at_head

        try:
            await repeat(step, stop, name="indexer", poll_seconds=self._poll_seconds, wake=wake)
        finally:
            await self._reader.drop()

    async def step(self) -> Step:
        """Roll back what the chain no longer has, or else read the next blocks.

        Raises AnotherChain, which no repetition heals.
        """
        try:
            return await self._step()
        except BaseException:
            # What was not committed must not be remembered.
            self._recorder.forget()
            raise

    async def _step(self) -> Step:
        async with self._database.snapshot() as session:
            checkpoint = await checkpoints.load(session, self._deployment.chain_id)
            finalized_hash = (
                None if checkpoint is None else await checkpoints.block_hash_at(session, checkpoint.finalized_number)
            )
        if checkpoint is not None and checkpoint.halted_because is not None:
            return await self._stand_still(checkpoint)
        if checkpoint is not None and (added := await self._make_room_for_new_programs(checkpoint)) is not None:
            return added
        heights = [] if checkpoint is None else [checkpoint.block_number, checkpoint.finalized_number]
        head = await self._source.head(heights)
        if head.chain_id != self._deployment.chain_id:
            raise AnotherChain(expected=self._deployment.chain_id, found=head.chain_id)
        if checkpoint is None:
            return await self._read_on(None, head)
        if not self._node_is_the_chain and finalized_hash is not None:
            found = head.hashes[checkpoint.finalized_number]
            if found is not None and found != finalized_hash:
                return await self._halt(checkpoint, checkpoint.finalized_number, finalized_hash, found)
        found = head.hashes[checkpoint.block_number]
        # The hash is compared even at the same height: a reorg need not make the chain longer.
        if found == checkpoint.block_hash:
            return await self._read_on(checkpoint, head)
        if found is None and not self._node_is_the_chain:
            async with self._database.snapshot() as session:
                stored = await checkpoints.block_hash_at(session, head.block.number)
            if stored == head.block.hash or (stored is None and head.block.number < self._deployment.first_block):
                self._report("node_behind", node=head.block.number, indexed=checkpoint.block_number)
                return Step()
            if stored is not None and head.block.number <= checkpoint.finalized_number:
                return await self._halt(checkpoint, head.block.number, stored, head.block.hash)
        return await self._roll_back(checkpoint, head)

    async def _make_room_for_new_programs(self, checkpoint: Checkpoint) -> Step | None:
        """Go back to before the creation of programs that were deployed since these blocks were read."""
        if self._are_programs_known:
            return None
        created = {slug: each.contracts.token.block_number for slug, each in self._deployment.programs.items()}
        async with self._database.snapshot() as session:
            known = await terms.programs(session)
        missed = [at for slug, at in created.items() if slug not in known and at <= checkpoint.block_number]
        if not missed:
            self._are_programs_known = True
            return None
        async with self._database.session() as session:
            await checkpoints.lock(session, self._deployment.chain_id, checkpoint)
            before = await checkpoints.block_hashes_below(session, min(missed) - 1, limit=1)
            number = before[0][0] if before else self._deployment.first_block - 1
            entry_count = await ledger.roll_back(session, number)
            if before:
                final = min(checkpoint.finalized_number, number)
                kept = replace(checkpoint, block_number=number, block_hash=before[0][1], finalized_number=final)
                await checkpoints.save(session, self._deployment.chain_id, kept)
            else:
                await checkpoints.clear(session, self._deployment.chain_id)
            self._recorder.forget()
        self._are_programs_known = True
        await self._reader.drop()
        log.info("programs_added", rolled_back_to=number, entries_removed=entry_count)
        return Step(entry_count=entry_count, rolled_back_to=number)

    async def _halt(self, checkpoint: Checkpoint, number: int, stored: Hash32, found: Hash32) -> Step:
        """Stand still: what was final is not what the node has. No reorg does that."""
        async with self._database.session() as session:
            await checkpoints.lock(session, self._deployment.chain_id, checkpoint)
            first = await checkpoints.first_block(session)
            assert first is not None
            is_another = (await self._source.hashes([first[0]])) != [first[1]]
            because = (
                f"the node is of another chain: its block {first[0]} is not the one that was read"
                if is_another
                else f"finalized block {number} is now another: {hex_of(found)}, not {hex_of(stored)}"
            )
            await checkpoints.save(
                session, self._deployment.chain_id, replace(checkpoint, halted_because=because[:200])
            )
        log.error("finalized_block_differs", block=number, stored=hex_of(stored), found=hex_of(found), because=because)
        return Step()

    async def _stand_still(self, checkpoint: Checkpoint) -> Step:
        """Wait for an operator, or for a node that has again what was final: the one before had not told the truth."""
        self._report("indexer_halted", because=checkpoint.halted_because, block=checkpoint.block_number)
        async with self._database.snapshot() as session:
            first = await checkpoints.first_block(session)
            last = await checkpoints.block_hashes_below(session, checkpoint.finalized_number, limit=1)
        assert first is not None
        known = [first, *last]
        if await self._source.hashes([number for number, _ in known]) != [block_hash for _, block_hash in known]:
            return Step()
        async with self._database.session() as session:
            await checkpoints.lock(session, self._deployment.chain_id, checkpoint)
            await checkpoints.save(session, self._deployment.chain_id, replace(checkpoint, halted_because=None))
        self._reported = None
        log.warning("indexer_goes_on", after=checkpoint.halted_because, block=checkpoint.finalized_number)
        return Step()

    async def _roll_back(self, checkpoint: Checkpoint, head: Head) -> Step:
        floor = -1 if self._node_is_the_chain else checkpoint.finalized_number
        ancestor = await self._common_ancestor(checkpoint.block_number, floor)
        number = self._deployment.first_block - 1 if ancestor is None else ancestor[0]
        async with self._database.session() as session:
            await checkpoints.lock(session, self._deployment.chain_id, checkpoint)
            entry_count = await ledger.roll_back(session, number)
            reached(Point.INDEXER_ROLLING_BACK)
            if ancestor is None:
                await checkpoints.clear(session, self._deployment.chain_id)
            else:
                await self._set_checkpoint(session, checkpoint, *ancestor, head)
            self._recorder.forget()
        await self._reader.drop()
        REORG_DEPTH.observe(checkpoint.block_number - number)
        log.warning("reorg", depth=checkpoint.block_number - number, rolled_back_to=number, entries_removed=entry_count)
        return Step(entry_count=entry_count, rolled_back_to=number)

    async def _common_ancestor(self, number: int, floor: int) -> tuple[int, Hash32] | None:
        """The highest stored block that the chain still has, not below `floor`; None where nothing is left of it."""
        while True:
            async with self._database.snapshot() as session:
                stored = await checkpoints.block_hashes_below(session, number, above=floor - 1, limit=_ANCESTOR_STEP)
            if not stored:
                return None
            on_chain = await self._source.hashes([height for height, _ in stored])
            for (height, block_hash), chain_hash in zip(stored, on_chain, strict=True):
                if block_hash == chain_hash:
                    return height, block_hash
            number = stored[-1][0] - 1

    async def _read_on(self, checkpoint: Checkpoint | None, head: Head) -> Step:
        indexed = self._deployment.first_block - 1 if checkpoint is None else checkpoint.block_number
        await self._see_to_indexes(head.finalized_number - indexed)
        if indexed >= head.block.number:
            await self._touch(checkpoint, head)
            return Step()
        self._reported = None
        first, log_count, entry_count = indexed + 1, 0, 0
        block_hash = None if checkpoint is None else checkpoint.block_hash
        # Before the session is begun, which may keep others from writing: a node can take its time.
        span = await self._next_span(indexed + 1, block_hash, head)
        started = self._clock()
        async with self._database.session() as session:
            await checkpoints.lock(session, self._deployment.chain_id, checkpoint)
            timestamp = None if checkpoint is None else await checkpoints.timestamp_at(session, indexed)
            self._recorder.begin(block_hash, timestamp)
            seconds_max = _SECONDS_A_SESSION[session.dialect.name]
            while True:
                entry_count += await self._recorder.add(session, span)
                reached(Point.INDEXER_MID_RANGE)
                log_count += span.log_count
                indexed, block_hash = span.blocks[-1].number, span.blocks[-1].hash
                seconds = (self._clock() - started).total_seconds()
                if indexed >= head.finalized_number or log_count >= _LOGS_A_SESSION:
                    break
                if not 0 <= seconds < seconds_max or not await self._reader.is_ready(
                    indexed + 1, within_seconds=seconds_max - seconds
                ):
                    break
                span = await self._next_span(indexed + 1, block_hash, head)
            await self._recorder.save_balances(session)
            await self._set_checkpoint(session, checkpoint, indexed, block_hash, head)
        if entry_count:
            ENTRIES_INDEXED.inc(entry_count)
            log.info("blocks_indexed", first=first, last=indexed, entries=entry_count)
        return Step(indexed - first + 1, entry_count, is_at_head=indexed >= head.block.number)

    async def _see_to_indexes(self, finalized_ahead: int) -> None:
        """Build the entries' indexes when the first reading of a long chain is at its end, and not before."""
        if not self._is_begun and finalized_ahead > _FIRST_READING_BLOCKS:
            async with self._database.session() as session:
                await indexes.drop_while_empty(session)
        self._is_begun = True
        # Once in each process: the one before may have ended in between.
        if not self._are_indexes_built and finalized_ahead <= 0:
            async with self._database.session() as session:
                built = await indexes.build(session)
            self._are_indexes_built = True
            if built:
                log.info("indexes_built", names=built)

    async def _next_span(self, first: int, parent_hash: Hash32 | None, head: Head) -> Span:
        if first + _LIVE_BLOCKS_MAX <= head.finalized_number:
            return await self._reader.next(first, head.finalized_number, parent_hash)
        await self._reader.drop()
        last = min(head.block.number, first + _LIVE_BLOCKS_MAX - 1)
        return await self._source.read(range(first, last + 1), parent_hash, by_hash=True)

    async def _touch(self, checkpoint: Checkpoint | None, head: Head) -> None:
        """Note that the chain was looked at, though it has not moved."""
        if checkpoint is None:
            return
        idle_seconds = (self._clock() - checkpoint.observed_at).total_seconds()
        if idle_seconds < _IDLE_TOUCH_SECONDS and checkpoint.finalized_number == head.finalized_number:
            return
        async with self._database.session() as session:
            await checkpoints.lock(session, self._deployment.chain_id, checkpoint)
            await self._set_checkpoint(session, checkpoint, checkpoint.block_number, checkpoint.block_hash, head)

    async def _set_checkpoint(
        self, session: Session, before: Checkpoint | None, number: int, block_hash: Hash32, head: Head
    ) -> None:
        finalized_number = head.finalized_number
        if before is not None and not self._node_is_the_chain:
            # What was final stays so, whatever a node that lags says of it.
            finalized_number = max(finalized_number, before.finalized_number)
        await checkpoints.save(
            session,
            self._deployment.chain_id,
            Checkpoint(
                block_number=number,
                block_hash=block_hash,
                head_number=head.block.number,
                finalized_number=min(finalized_number, number),
                observed_at=self._clock(),
            ),
        )

    def _report(self, event: str, **facts: object) -> None:
        """Log what does not pass by itself, once."""
        if self._reported != event:
            log.error(event, **facts)
            self._reported = event
