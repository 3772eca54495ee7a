"""What the logs of a block are held against: the block's bloom, or the root of its receipts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tokenpoints.chain.events import RawLog
from tokenpoints.chain.receipts_root import receipts_root
from tokenpoints.chain.rpc import Call, RpcClient
from tokenpoints.domain.blocks import Block
from tokenpoints.domain.blooms import has_all
from tokenpoints.domain.types import hex_of
from tokenpoints.errors import ChainUnavailable

_RECEIPTS_PER_REQUEST = 5


class ChainMoved(ChainUnavailable):
    """The chain changed while it was read: the parts do not belong together. Read again."""


class LogsNotBelieved(ChainUnavailable):
    """The node's logs contradict the headers of their blocks. Read again, or ask another node."""


def check_blooms(blocks: Sequence[Block], logs: Sequence[RawLog]) -> None:
    """Raise LogsNotBelieved where a block's bloom denies one of its logs."""
    values: dict[str, set[str]] = defaultdict(set)
    for log in logs:
        of_block = values[log.block_number]
        of_block.add(log.address)
        of_block.update(log.topics)
    bloom_of = {block.number: block.bloom for block in blocks}
    for number, found in values.items():
        if not has_all(bloom_of[int(number, 16)], found):
            raise LogsNotBelieved(f"block {int(number, 16)} has no such logs, says its bloom")


async def check_receipts(
    rpc: RpcClient, blocks: Sequence[Block], logs: Sequence[RawLog], contracts: frozenset[str], topics: frozenset[str]
) -> None:
    """Raise LogsNotBelieved where the receipts are not those of their blocks, or hold other logs than `logs`."""
    given: dict[int, set[tuple[str, ...]]] = defaultdict(set)
    for log in logs:
        place = (log.log_index, log.transaction_hash, log.address.lower(), log.data)
        given[int(log.block_number, 16)].add((*place, *log.topics))
    for start in range(0, len(blocks), _RECEIPTS_PER_REQUEST):
        chunk = blocks[start : start + _RECEIPTS_PER_REQUEST]
        calls: list[Call] = [("eth_getBlockReceipts", [hex_of(block.hash)]) for block in chunk]
        for block, receipts in zip(chunk, await rpc.batch(calls), strict=True):
            if receipts is None or receipts_root(receipts) != block.receipts_root:
                raise LogsNotBelieved(f"the receipts of block {block.number} are not those of its header")
            held = {
                (log["logIndex"], receipt["transactionHash"], log["address"].lower(), log["data"], *log["topics"])
                for receipt in receipts
                for log in receipt["logs"]
                if log["address"].lower() in contracts and log["topics"] and log["topics"][0] in topics
            }
            if held != given[block.number]:
                raise LogsNotBelieved(f"the receipts of block {block.number} hold other logs than the node gave")
