"""What the logs of a block are held against: the block's bloom, or the root of its receipts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from tokenpoints.chain.events import RawLog
from tokenpoints.chain.raw import RECEIPTS
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
    """Raise LogsNotBelieved where a block's bloom denies one of its logs, ChainUnavailable where one is malformed."""
    bloom_of = {block.number: block.bloom for block in blocks}
    for number, of_block in groupby(logs, attrgetter("block_number")):
        values: set[str] = set()
        for log in of_block:
            values.add(log.address)
            values.update(log.topics)
        try:
            is_told = has_all(bloom_of[int(number, 16)], values)
        except ValueError as error:
            raise ChainUnavailable(f"the node gave a log that does not decode: {error!r}") from error
        if not is_told:
            raise LogsNotBelieved(f"block {int(number, 16)} has no such logs, says its bloom")


async def logs_of_receipts(rpc: RpcClient, blocks: Sequence[Block]) -> list[RawLog]:
    """All logs of these blocks, by the receipts whose root their headers have. Raises LogsNotBelieved."""
    calls: list[Call] = [("eth_getBlockReceipts", [hex_of(block.hash)]) for block in blocks]
    logs: list[RawLog] = []
    answers = await rpc.typed_batch(RECEIPTS, calls, per_request=_RECEIPTS_PER_REQUEST)
    for block, receipts in zip(blocks, answers, strict=True):
        if receipts is None or receipts_root(receipts) != block.receipts_root:
            raise LogsNotBelieved(f"the receipts of block {block.number} are not those of its header")
        # The root proves the receipt of each place and the order of its logs, but not how often it is told.
        if [int(receipt.transaction_index, 16) for receipt in receipts] != list(range(len(receipts))):
            raise LogsNotBelieved(f"the receipts of block {block.number} are not one for each transaction, in order")
        of_block = [log for receipt in receipts for log in receipt.logs]
        if [int(log.log_index, 16) for log in of_block] != list(range(len(of_block))):
            raise LogsNotBelieved(f"the logs of block {block.number} are not numbered in their order")
        logs += of_block
    return logs
