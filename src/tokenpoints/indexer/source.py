"""What the indexer asks of the node: headers, logs, and who sent a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tokenpoints.chain.events import TOPICS, event_of, place_of
from tokenpoints.chain.rpc import RpcClient, block_from_json, bytes_from_hex
from tokenpoints.domain.blocks import Block, first_break
from tokenpoints.domain.events import Event, LogPlace
from tokenpoints.domain.types import Address, Hash32, address_from_hex, hash_from_hex, hex_of
from tokenpoints.errors import ChainUnavailable

PlacedEvent = tuple[LogPlace, Event]


class ChainMoved(ChainUnavailable):
    """The chain changed while it was read: the parts do not belong together. Read again."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain."""

    block: Block
    finalized_number: int


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
    events: dict[Address, list[PlacedEvent]]
    """By contract, in the order of the chain."""
    transactions: list[TouchingTransaction]


class ChainSource:
    """The node, as the indexer sees it."""

    def __init__(self, rpc: RpcClient, contracts: Sequence[Address]) -> None:
        self._rpc, self._contracts = rpc, [hex_of(contract) for contract in contracts]

    async def head(self) -> Head:
        """The latest block and the latest finalized one."""
        latest, finalized = await self._rpc.batch(
            [("eth_getBlockByNumber", ["latest", False]), ("eth_getBlockByNumber", ["finalized", False])]
        )
        if latest is None:
            raise ChainUnavailable("the node has no block")
        return Head(block_from_json(latest), 0 if finalized is None else int(finalized["number"], 16))

    async def hashes(self, numbers: Sequence[int]) -> list[Hash32 | None]:
        """The hashes that the chain has at these heights, None above its head."""
        answers = await self._rpc.batch([("eth_getBlockByNumber", [hex(number), False]) for number in numbers])
        return [None if raw is None else hash_from_hex(raw["hash"]) for raw in answers]

    async def read(self, numbers: range, parent_hash: Hash32 | None) -> Span:
        """Blocks `numbers` with their logs. `parent_hash` is that of the block before, if known.

        Raises ChainMoved where headers do not follow each other, or logs are not of these blocks.
        """
        logs = await self._rpc.call(
            "eth_getLogs",
            {
                "fromBlock": hex(numbers.start),
                "toBlock": hex(numbers.stop - 1),
                "address": self._contracts,
                "topics": [TOPICS],
            },
        )
        placed = [(place_of(log), event_of(log), address_from_hex(log["address"])) for log in logs]
        touched = {place.block_number for place, _, _ in placed}
        raw_blocks = await self._rpc.batch(
            [("eth_getBlockByNumber", [hex(number), number in touched]) for number in numbers]
        )
        if any(raw is None for raw in raw_blocks):
            raise ChainMoved("a block is gone")
        blocks = [block_from_json(raw) for raw in raw_blocks]
        if [block.number for block in blocks] != list(numbers):
            raise ChainUnavailable("the node gave other blocks than were asked for")
        if (broken := first_break(parent_hash, blocks)) is not None:
            raise ChainMoved(f"block {broken} does not follow from the one before it")
        hash_at = {block.number: block.hash for block in blocks}
        if any(hash_at.get(place.block_number) != place.block_hash for place, _, _ in placed):
            raise ChainMoved("logs are of other blocks than the headers")
        events: dict[Address, list[PlacedEvent]] = defaultdict(list)
        for place, event, contract in sorted(placed, key=lambda item: (item[0].block_number, item[0].log_index)):
            events[contract].append((place, event))
        wanted = {place.transaction_hash for place, _, _ in placed}
        return Span(blocks, dict(events), _transactions(raw_blocks, wanted))


def _transactions(raw_blocks: list[Any], wanted: set[Hash32]) -> list[TouchingTransaction]:
    found = []
    for raw_block in raw_blocks:
        for raw in raw_block["transactions"]:
            if isinstance(raw, str) or (transaction_hash := hash_from_hex(raw["hash"])) not in wanted:
                continue
            found.append(
                TouchingTransaction(
                    hash=transaction_hash,
                    block_number=int(raw["blockNumber"], 16),
                    position=int(raw["transactionIndex"], 16),
                    sender=address_from_hex(raw["from"]),
                    recipient=address_from_hex(raw["to"]) if raw.get("to") else None,
                    nonce=int(raw["nonce"], 16),
                    selector=bytes_from_hex(raw["input"][:10]) if len(raw["input"]) >= 10 else None,
                )
            )
    if len(found) != len(wanted):
        raise ChainMoved("a transaction that logged is not in its block")
    return found
