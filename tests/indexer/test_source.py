"""What the indexer does not believe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import pytest

from tokenpoints.chain.events import TOPICS
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.errors import ChainUnavailable
from tokenpoints.indexer.source import ChainMoved, ChainSource

pytestmark = pytest.mark.asyncio

TOKEN = Address(b"\x11" * 20)
SENDER = "0x" + "22" * 20


def hash_of(number: int, fork: int = 0) -> str:
    return "0x" + f"{fork:02x}{number:062x}"


@dataclass
class FakeNode:
    """A node with three blocks, in the second of which one transaction logged one Transfer."""

    blocks: dict[int, dict[str, Any]] = field(default_factory=dict)
    logs: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        transaction = {
            "hash": "0x" + "ab" * 32,
            "blockNumber": "0x2",
            "transactionIndex": "0x0",
            "from": SENDER,
            "to": "0x" + TOKEN.hex(),
            "nonce": "0x7",
            "input": "0xd6cbc88e00",
        }
        for number in (1, 2, 3):
            self.blocks[number] = {
                "number": hex(number),
                "hash": hash_of(number),
                "parentHash": hash_of(number - 1),
                "timestamp": hex(1_000_000 + number),
                "gasUsed": "0x0",
                "gasLimit": "0x1c9c380",
                "transactions": [transaction] if number == 2 else [],
            }
        self.logs.append(
            {
                "address": "0x" + TOKEN.hex(),
                "topics": [TOPICS[0], "0x" + "00" * 32, "0x" + "00" * 12 + "33" * 20],
                "data": "0x" + f"{500:064x}",
                "blockNumber": "0x2",
                "blockHash": hash_of(2),
                "transactionHash": transaction["hash"],
                "transactionIndex": "0x0",
                "logIndex": "0x0",
            }
        )

    def source(self) -> ChainSource:
        rpc = RpcClient("http://node.invalid")
        rpc._http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        return ChainSource(rpc, [TOKEN])

    def _answer(self, request: httpx.Request) -> httpx.Response:
        body = orjson.loads(request.content)
        if isinstance(body, list):
            return httpx.Response(200, json=[self._result(call) for call in body])
        return httpx.Response(200, json=self._result(body))

    def _result(self, call: dict[str, Any]) -> dict[str, Any]:
        if call["method"] == "eth_getLogs":
            return {"id": call["id"], "result": self.logs}
        return {"id": call["id"], "result": self.blocks.get(int(call["params"][0], 16))}


@pytest.fixture
def node() -> FakeNode:
    return FakeNode()


async def test_a_span_has_blocks_events_and_transactions(node: FakeNode) -> None:
    span = await node.source().read(range(1, 4), None)
    assert [block.number for block in span.blocks] == [1, 2, 3]
    assert [event.amount for _, event in span.events[TOKEN]] == [500]  # type: ignore[union-attr]
    (transaction,) = span.transactions
    assert (transaction.nonce, transaction.selector) == (7, bytes.fromhex("d6cbc88e"))


async def test_blocks_must_follow_from_what_is_indexed(node: FakeNode) -> None:
    with pytest.raises(ChainMoved, match="block 1 does not follow"):
        await node.source().read(range(1, 4), Hash32(b"\x99" * 32))


async def test_blocks_must_follow_from_each_other(node: FakeNode) -> None:
    node.blocks[3]["parentHash"] = hash_of(2, fork=1)
    with pytest.raises(ChainMoved, match="block 3 does not follow"):
        await node.source().read(range(1, 4), None)


async def test_logs_must_be_of_the_blocks_that_the_headers_are_of(node: FakeNode) -> None:
    node.logs[0]["blockHash"] = hash_of(2, fork=1)
    with pytest.raises(ChainMoved, match="other blocks"):
        await node.source().read(range(1, 4), None)


async def test_logs_outside_the_range_are_refused(node: FakeNode) -> None:
    with pytest.raises(ChainMoved):
        await node.source().read(range(1, 2), None)


async def test_a_transaction_that_logged_must_be_in_its_block(node: FakeNode) -> None:
    node.blocks[2]["transactions"] = []
    with pytest.raises(ChainMoved, match="not in its block"):
        await node.source().read(range(1, 4), None)


async def test_a_block_that_is_gone_is_read_again_later(node: FakeNode) -> None:
    del node.blocks[3]
    with pytest.raises(ChainMoved, match="gone"):
        await node.source().read(range(1, 4), None)


async def test_a_block_of_another_number_is_refused(node: FakeNode) -> None:
    node.blocks[3]["number"] = "0x4"
    with pytest.raises(ChainUnavailable, match="other blocks than were asked for"):
        await node.source().read(range(1, 4), None)


async def test_a_log_that_does_not_decode_is_refused(node: FakeNode) -> None:
    node.logs[0]["data"] = "0x"
    with pytest.raises(ChainUnavailable, match="does not decode"):
        await node.source().read(range(1, 4), None)


async def test_hashes_above_the_head_are_none(node: FakeNode) -> None:
    assert await node.source().hashes([3, 4]) == [Hash32(bytes.fromhex(hash_of(3)[2:])), None]
