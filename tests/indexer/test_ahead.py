"""Reading ahead, from a node with limits."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tokenpoints.domain.blocks import Block
from tokenpoints.domain.types import Hash32
from tokenpoints.errors import AnswerTooLarge, ChainTimedOut, ChainUnavailable
from tokenpoints.indexer.ahead import Reader
from tokenpoints.indexer.checks import ChainMoved
from tokenpoints.indexer.source import ChainSource, Span

pytestmark = pytest.mark.asyncio


def hash_of(number: int) -> Hash32:
    return Hash32(number.to_bytes(32, "big"))


@dataclass
class LimitedSource(ChainSource):
    """Empty blocks, of which it gives only so many at once."""

    limit: int
    error: Exception = field(default_factory=lambda: AnswerTooLarge("eth_getLogs", -32005, "too many results"))
    asked: list[int] = field(default_factory=list)

    async def read(self, numbers: range, parent_hash: Hash32 | None, *, by_hash: bool = False) -> Span:
        self.asked.append(len(numbers))
        if len(numbers) > self.limit:
            raise self.error
        return Span([Block(n, hash_of(n), hash_of(n - 1), n, 0, 0, 0, 0) for n in numbers], [], [])


@pytest.mark.parametrize("error", [AnswerTooLarge("eth_getLogs", 0, "HTTP 413"), ChainTimedOut("no answer in time")])
async def test_ranges_shrink_to_what_the_node_gives(error: Exception) -> None:
    source = LimitedSource(limit=3, error=error)
    reader, numbers, parent = Reader(source, block_count_max=100), list[int](), hash_of(0)
    while len(numbers) < 50:
        span = await reader.next(len(numbers) + 1, 50, parent)
        numbers += [block.number for block in span.blocks]
        parent = span.blocks[-1].hash
    await reader.drop()
    assert numbers == list(range(1, 51))
    assert max(source.asked[8:]) <= 4, "it keeps to what the node gives"


async def test_a_single_block_that_is_too_much_is_told() -> None:
    reader = Reader(LimitedSource(limit=0), block_count_max=100)
    with pytest.raises(AnswerTooLarge):
        await reader.next(1, 50, None)


async def test_other_errors_end_the_read_and_the_next_begins_anew() -> None:
    source = LimitedSource(limit=3, error=ChainUnavailable("gone"))
    reader = Reader(source, block_count_max=100)
    with pytest.raises(ChainUnavailable, match="gone"):
        await reader.next(1, 50, None)
    source.limit = 100
    assert (await reader.next(1, 50, None)).blocks[0].number == 1
    await reader.drop()


async def test_a_span_must_follow_from_the_block_before() -> None:
    reader = Reader(LimitedSource(limit=100), block_count_max=100)
    with pytest.raises(ChainMoved, match="block 7 does not follow"):
        await reader.next(7, 50, hash_of(5))
