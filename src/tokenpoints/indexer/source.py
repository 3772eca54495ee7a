"""What the indexer asks of the node: headers, logs, and who sent a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from tokenpoints.chain.events import TOPICS, RawLog
from tokenpoints.chain.logged import LoggedTransaction, by_transaction
from tokenpoints.chain.raw import BLOCKS, LOG_BATCHES, LOGS, RawBlock, RawTransaction
from tokenpoints.chain.rpc import Call, RpcClient, block_from_json, bytes_from_hex
from tokenpoints.domain.blocks import Block, first_break
from tokenpoints.domain.blooms import may_hold
from tokenpoints.domain.logs import LogCheck
from tokenpoints.domain.types import Address, Hash32, address_from_hex, hash_from_hex, hex_of
from tokenpoints.errors import ChainRefused, ChainUnavailable
from tokenpoints.indexer.checks import ChainMoved, check_blooms, logs_of_receipts

log = structlog.get_logger()

_HEADERS_PER_REQUEST = 100
_BLOCKS_PER_REQUEST = 20
_WANTED = frozenset(TOPICS)
_NO_SUCH_METHOD = frozenset({-32601, -32004})
"""By JSON-RPC 2.0, and by EIP-1474."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain, and what the node has where the index is."""

    chain_id: int
    block: Block
    finalized_number: int
    hashes: dict[int, Hash32 | None]
    """At the heights that were asked for, None where the node has no such block."""


@dataclass(frozen=True, slots=True)
class TouchingTransaction:
    """A transaction that touched a program."""

    hash: Hash32
    block_number: int
    position: int
    sender: Address
    recipient: Address | None
    nonce: int
    selector: bytes | None


@dataclass(frozen=True, slots=True)
class Span:
    """A run of blocks and what the contracts logged in them."""

    blocks: list[Block]
    logged: list[LoggedTransaction]
    """In the order of the chain."""
    transactions: list[TouchingTransaction]
    answer_bytes: int = 0
    """Of the logs' JSON; 0 where they were asked for block by block."""

    @property
    def log_count(self) -> int:
        return sum(len(each.events) for each in self.logged)


class ChainSource:
    """The node, as the indexer sees it. With a `second` node, nothing is believed that the two do not agree on."""

    def __init__(
        self,
        rpc: RpcClient,
        contracts: Sequence[Address],
        *,
        log_check: LogCheck = LogCheck.HEAD,
        second: RpcClient | None = None,
    ) -> None:
        self._rpc, self._second, self._log_check = rpc, second, log_check
        self._gives_receipts = True
        self._contracts = [hex_of(contract) for contract in contracts]
        self._contract_of = dict(zip(self._contracts, contracts, strict=True))

    async def head(self, heights: Sequence[int] = ()) -> Head:
        """The chain's id, its latest block and the latest finalized one, and its hashes at `heights`."""
        calls: list[Call] = [("eth_getBlockByNumber", [hex(number), False]) for number in heights]
        chain_id, latest, finalized, *found = await self._rpc.batch(
            [
                ("eth_chainId", []),
                ("eth_getBlockByNumber", ["latest", False]),
                ("eth_getBlockByNumber", ["finalized", False]),
                *calls,
            ]
        )
        if latest is None:
            raise ChainUnavailable("the node has no block")
        hashes = {
            number: None if raw is None else hash_from_hex(raw["hash"])
            for number, raw in zip(heights, found, strict=True)
        }
        return Head(
            chain_id=int(chain_id, 16),
            block=block_from_json(latest),
            finalized_number=0 if finalized is None else int(finalized["number"], 16),
            hashes=hashes,
        )

    async def hashes(self, numbers: Sequence[int]) -> list[Hash32 | None]:
        """The hashes that the chain has at these heights, None above its head."""
        return await _hashes(self._rpc, numbers)

    async def read(self, numbers: range, parent_hash: Hash32 | None, *, by_hash: bool = False) -> Span:
        """Blocks `numbers` with their logs. `parent_hash` is that of the block before, if known.

        With `by_hash` the logs are asked for by each block's hash, so that they cannot be of a rival at its height.
        Raises ChainMoved where headers do not follow each other, or logs are not of these blocks, LogsNotBelieved, and
        AnswerTooLarge.
        """
        answer_bytes, are_proven = 0, False
        if by_hash or self._log_check is LogCheck.RECEIPTS:
            blocks = await self._headers(numbers, parent_hash)
            logs, are_proven = await self._logs_of(blocks)
            logged = by_transaction(logs, self._contract_of)
        else:
            (logs, answer_bytes), blocks = await asyncio.gather(
                self._logs_in(self._rpc, numbers), self._headers(numbers, parent_hash)
            )
            logged = by_transaction(logs, self._contract_of)
            if left_out := await self._left_out(blocks, logged):
                logs += left_out
                logged = by_transaction(logs, self._contract_of)
        hash_at = {block.number: block.hash for block in blocks}
        if any(hash_at.get(each.block_number) != each.block_hash for each in logged):
            raise ChainMoved("logs are of other blocks than the headers")
        if not are_proven and self._log_check is not LogCheck.NONE:
            check_blooms(blocks, logs)
        await self._ask_second(numbers, blocks, logged)
        return Span(blocks, logged, await self._transactions(logged), answer_bytes)

    async def _headers(self, numbers: range, parent_hash: Hash32 | None) -> list[Block]:
        raw_blocks = await self._rpc.typed_batch(
            BLOCKS, [_by_number(number) for number in numbers], per_request=_HEADERS_PER_REQUEST
        )
        blocks = [raw.block() for raw in raw_blocks if raw is not None]
        if len(blocks) < len(numbers):
            raise ChainMoved("a block is gone")
        if [block.number for block in blocks] != list(numbers):
            raise ChainUnavailable("the node gave other blocks than were asked for")
        if (broken := first_break(parent_hash, blocks)) is not None:
            raise ChainMoved(f"block {broken} does not follow from the one before it")
        return blocks

    async def _logs_in(self, rpc: RpcClient, numbers: range) -> tuple[list[RawLog], int]:
        places = {"fromBlock": hex(numbers.start), "toBlock": hex(numbers.stop - 1)}
        return await rpc.typed(LOGS, "eth_getLogs", {**places, "address": self._contracts, "topics": [TOPICS]})

    async def _logs_of(self, blocks: Sequence[Block]) -> tuple[list[RawLog], bool]:
        """The logs of these blocks, and whether their receipts prove them: where that is set and the node allows it."""
        if self._log_check is LogCheck.RECEIPTS or (self._log_check is LogCheck.HEAD and self._gives_receipts):
            try:
                return await self._logs_by_receipts(blocks), True
            except ChainRefused as error:
                if self._log_check is LogCheck.RECEIPTS or error.rpc_code not in _NO_SUCH_METHOD:
                    raise
                self._gives_receipts = False
                log.warning("node_gives_no_receipts", detail=str(error))
        return await self._logs_by_hash(self._rpc, blocks), False

    async def _logs_by_receipts(self, blocks: Sequence[Block]) -> list[RawLog]:
        logs = await logs_of_receipts(self._rpc, [block for block in blocks if self._may_hold(block)])
        return [
            each
            for each in logs
            if each.topics and each.topics[0] in _WANTED and each.address.lower() in self._contract_of
        ]

    async def _logs_by_hash(self, rpc: RpcClient, blocks: Sequence[Block]) -> list[RawLog]:
        """The logs of those blocks whose bloom may hold any."""
        calls: list[Call] = [
            ("eth_getLogs", [{"blockHash": hex_of(block.hash), "address": self._contracts, "topics": [TOPICS]}])
            for block in blocks
            if self._log_check is LogCheck.NONE or self._may_hold(block)
        ]
        answers = await rpc.typed_batch(LOG_BATCHES, calls, per_request=_BLOCKS_PER_REQUEST)
        return [log for logs in answers for log in logs]

    def _may_hold(self, block: Block) -> bool:
        return may_hold(block.bloom, self._contracts, TOPICS)

    async def _left_out(self, blocks: Sequence[Block], logged: Sequence[LoggedTransaction]) -> list[RawLog]:
        """Logs that the answer for the whole range lacks, though the blocks' blooms hint at them."""
        if self._log_check is LogCheck.NONE:
            return []
        told = {each.block_number for each in logged}
        return await self._logs_by_hash(self._rpc, [block for block in blocks if block.number not in told])

    async def _ask_second(self, numbers: range, blocks: Sequence[Block], logged: list[LoggedTransaction]) -> None:
        if self._second is None:
            return
        (second_hash,) = await _hashes(self._second, [blocks[-1].number])
        if second_hash is None:
            raise ChainUnavailable(f"the second node has no block {blocks[-1].number} yet")
        if second_hash != blocks[-1].hash:
            raise ChainMoved(f"the two nodes have different blocks {blocks[-1].number}")
        others, _ = await self._logs_in(self._second, numbers)
        if by_transaction(others, self._contract_of) != logged:
            raise ChainMoved(f"the two nodes have different logs in blocks {numbers.start} to {numbers.stop - 1}")

    async def _transactions(self, logged: Sequence[LoggedTransaction]) -> list[TouchingTransaction]:
        """The transactions that logged, out of their blocks."""
        wanted = {each.hash for each in logged}
        touched = dict.fromkeys(each.block_hash for each in logged)
        raw_blocks = await self._rpc.typed_batch(
            BLOCKS,
            [("eth_getBlockByHash", [hex_of(block_hash), True]) for block_hash in touched],
            per_request=_BLOCKS_PER_REQUEST,
        )
        found = [
            _transaction(raw_block, raw)
            for raw_block in raw_blocks
            if raw_block is not None
            for raw in raw_block.transactions
            if isinstance(raw, RawTransaction) and hash_from_hex(raw.hash) in wanted
        ]
        if len(found) != len(wanted):
            raise ChainMoved("a transaction that logged is not in its block")
        return found


async def _hashes(rpc: RpcClient, numbers: Sequence[int]) -> list[Hash32 | None]:
    answers = await rpc.batch([_by_number(number) for number in numbers])
    return [None if raw is None else hash_from_hex(raw["hash"]) for raw in answers]


def _by_number(number: int) -> Call:
    return "eth_getBlockByNumber", [hex(number), False]


def _transaction(block: RawBlock, raw: RawTransaction) -> TouchingTransaction:
    return TouchingTransaction(
        hash=hash_from_hex(raw.hash),
        block_number=int(block.number, 16),
        position=int(raw.transaction_index, 16),
        sender=address_from_hex(raw.from_),
        recipient=address_from_hex(raw.to) if raw.to else None,
        nonce=int(raw.nonce, 16),
        selector=bytes_from_hex(raw.input[:10]) if len(raw.input) >= 10 else None,
    )
