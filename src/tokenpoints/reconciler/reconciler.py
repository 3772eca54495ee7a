"""The reconciler: at one block, is everything in the database what the chain says?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from tokenpoints.chain.many_reads import ManyReads
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.blocks import Block
from tokenpoints.domain.programs import Deployment, Program
from tokenpoints.domain.reconciliation import Reconciliation
from tokenpoints.errors import ChainRefused, ChainUnavailable
from tokenpoints.loops import repeat
from tokenpoints.reconciler.chain_state import ChainState
from tokenpoints.reconciler.comparing import Comparison
from tokenpoints.storage import checkpoints, reconciliations
from tokenpoints.storage.checkpoints import Checkpoint
from tokenpoints.storage.database import Database

log = structlog.get_logger()

_LOOK_SECONDS = 1.0
_FIRST_WAIT_SECONDS = 5.0
"""From the first comparison to the second. Each wait is twice the one before, up to the interval: of a program that
has just begun, the first ones say little."""
_SHARE_MAX = 0.01
"""Of the time, that may be spent on comparing a program before its interval is reached."""
_ATTEMPT_COUNT_MAX = 5


class NothingIndexed(ChainUnavailable):
    """The database has no block yet with which it could be compared."""

    def __init__(self) -> None:
        super().__init__("the indexer has read no block yet")


class BlockReplaced(ChainUnavailable):
    """The chain no longer has the block up to which the database is indexed, so nothing can be said. Compare again."""

    def __init__(self, number: int) -> None:
        super().__init__(f"the chain has another block {number} than the one that is indexed")


class Reconciler:
    """Compares each program of a deployment, again and again."""

    def __init__(
        self,
        rpc: RpcClient,
        database: Database,
        deployment: Deployment,
        *,
        clock: Callable[[], datetime],
        interval_seconds: float,
    ) -> None:
        self._rpc, self._database, self._deployment = rpc, database, deployment
        self._clock, self._interval = clock, timedelta(seconds=interval_seconds)
        self._due_at: dict[str, datetime] = {}
        self._waits: dict[str, timedelta] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Compare every program at each interval, and more often at first, until `stop` is set."""
        await repeat(self.step, stop, name="reconciler", poll_seconds=_LOOK_SECONDS)

    async def step(self) -> bool:
        """Compare one program that is due. What cannot be compared just now stays due."""
        for program in self._deployment.programs.values():
            now = self._clock()
            if program.slug not in self._due_at or self._due_at[program.slug] <= now:
                await self.reconcile(program)
                self._due_at[program.slug] = now + self._next_wait(program.slug, self._clock() - now)
                return True
        return False

    def _next_wait(self, slug: str, taken: timedelta) -> timedelta:
        last = self._waits.get(slug)
        wait = timedelta(seconds=_FIRST_WAIT_SECONDS) if last is None else 2 * last
        self._waits[slug] = min(self._interval, max(wait, taken / _SHARE_MAX))
        return self._waits[slug]

    async def reconcile(self, program: Program) -> Reconciliation:
        """Compare one program, and publish and log the result.

        Raises NothingIndexed, BlockReplaced, and what the node raises.
        """
        # One snapshot and one block from the first row to the last, so that neither a new block nor a reorg meanwhile
        # look like a difference.
        async with self._database.snapshot() as session:
            checkpoint = await checkpoints.load(session, self._deployment.chain_id)
            if checkpoint is None:
                raise NothingIndexed
            block = await self._canonical(checkpoint)
            chain = ChainState(ManyReads(self._rpc, checkpoint.block_hash), program)
            comparison = Comparison(session, chain, program, block.timestamp)
            try:
                await comparison.run()
            except ChainRefused:
                await self._canonical(checkpoint)
                raise
        await self._canonical(checkpoint)
        found = Reconciliation(
            program=program.slug,
            block_number=checkpoint.block_number,
            block_hash=checkpoint.block_hash,
            compared_at=self._clock(),
            counts=comparison.counts,
            difference_count=comparison.difference_count,
            differences=comparison.differences,
        )
        async with self._database.session() as session:
            await reconciliations.add(session, found)
        _tell(found)
        return found

    async def reconcile_now(self, program: Program) -> Reconciliation:
        """As `reconcile`, again where the chain is being reorganised. Raises BlockReplaced if that goes on."""
        for _ in range(_ATTEMPT_COUNT_MAX - 1):
            try:
                return await self.reconcile(program)
            except BlockReplaced:
                await asyncio.sleep(_LOOK_SECONDS)
        return await self.reconcile(program)

    async def _canonical(self, checkpoint: Checkpoint) -> Block:
        """The checkpoint's block as the chain has it. Raises BlockReplaced."""
        block = await self._rpc.block(checkpoint.block_number)
        if block is None or block.hash != checkpoint.block_hash:
            raise BlockReplaced(checkpoint.block_number)
        return block


def _tell(found: Reconciliation) -> None:
    for difference in found.differences:
        log.error(
            "difference",
            program=found.program,
            block=found.block_number,
            kind=difference.kind.value,
            subject=difference.subject,
            in_database=difference.in_database,
            on_chain=difference.on_chain,
        )
    log.info(
        "reconciled",
        program=found.program,
        block=found.block_number,
        accounts=found.counts.accounts,
        rule_versions=found.counts.rule_versions,
        batches=found.counts.batches,
        differences=found.difference_count,
    )
