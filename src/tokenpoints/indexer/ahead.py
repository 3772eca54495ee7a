"""Reading finalized blocks ahead: the node works on the next ranges while this side writes the last one."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

import structlog

from tokenpoints.domain.blocks import first_break
from tokenpoints.domain.ranges import RangeSize
from tokenpoints.domain.types import Hash32
from tokenpoints.errors import AnswerTooLarge, ChainRefused, ChainTimedOut
from tokenpoints.indexer.checks import ChainMoved
from tokenpoints.indexer.source import ChainSource, Span

log = structlog.get_logger()

_AHEAD = 2


class Reader:
    """Consecutive spans, each as large as the node and the memory like it."""

    def __init__(self, source: ChainSource, *, block_count_max: int) -> None:
        self._source, self._size = source, RangeSize(block_count_max)
        self._tasks: deque[tuple[range, asyncio.Task[Span]]] = deque()

    async def next(self, first: int, last: int, parent_hash: Hash32 | None) -> Span:
        """The span that begins with block `first` and ends at `last` or before."""
        if self._tasks and self._tasks[0][0].start != first:
            await self.drop()
        while True:
            self._plan(first, last)
            numbers, task = self._tasks.popleft()
            try:
                span = await task
            except (AnswerTooLarge, ChainTimedOut) as error:
                await self.drop()
                self._shrink(len(numbers), error)
                continue
            except BaseException:
                await self.drop()
                raise
            self._size.answered(len(numbers), log_count=span.log_count, answer_bytes=span.answer_bytes)
            if first_break(parent_hash, span.blocks[:1]) is not None:
                await self.drop()
                raise ChainMoved(f"block {first} does not follow from the one before it")
            self._plan(numbers.stop, last)
            # The requests leave before this side is busy with the span.
            await asyncio.sleep(0)
            return span

    async def is_ready(self, first: int, *, within_seconds: float) -> bool:
        """Whether `next` for a span from `first` will not have to wait."""
        if not self._tasks or self._tasks[0][0].start != first:
            return False
        _, waiting = await asyncio.wait([self._tasks[0][1]], timeout=within_seconds)
        return not waiting

    async def drop(self) -> None:
        """Forget what was read ahead."""
        while self._tasks:
            _, task = self._tasks.popleft()
            task.cancel()
            with contextlib.suppress(BaseException):
                await task

    def _plan(self, first: int, last: int) -> None:
        start = self._tasks[-1][0].stop if self._tasks else first
        while len(self._tasks) < _AHEAD and start <= last:
            numbers = range(start, min(start + self._size.block_count, last + 1))
            self._tasks.append((numbers, asyncio.create_task(self._source.read(numbers, None))))
            start = numbers.stop

    def _shrink(self, block_count: int, error: ChainRefused | ChainTimedOut) -> None:
        if block_count == 1:
            raise error
        self._size.refused(block_count)
        log.info("range_shrunk", asked=block_count, next=self._size.block_count, detail=str(error))
