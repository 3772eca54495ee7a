"""What the indexer does not believe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from tests.support.answering import AnsweringClient
from tokenpoints.chain.events import TOPICS
from tokenpoints.chain.logged import PlacedEvent
from tokenpoints.chain.raw import RawReceipt
from tokenpoints.chain.receipts_root import receipts_root
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.blooms import mask_of
from tokenpoints.domain.events import LogPlace, Transferred
from tokenpoints.domain.logs import LogCheck
from tokenpoints.domain.types import Address, Hash32, hex_of
from tokenpoints.errors import ChainRefused, ChainUnavailable
from tokenpoints.indexer.checks import ChainMoved, LogsNotBelieved
from tokenpoints.indexer.source import ChainSource, Span

pytestmark = pytest.mark.asyncio

TOKEN = Address(b"\xa1" * 20)
SENDER = "0x" + "22" * 20


def hash_of(number: int, fork: int = 0) -> str:
    return "0x" + f"{fork:02x}{number:062x}"


@dataclass
class FakeNode:
    """A node with three blocks, in the second of which one transaction logged one Transfer."""

    blocks: dict[int, dict[str, Any]] = field(default_factory=dict)
    logs: list[dict[str, Any]] = field(default_factory=list)
    receipts: list[dict[str, Any]] | None = None
    """Of the second block."""
    receipts_error: int | None = None
    forgets_ranges: bool = False
    """Answers no logs for a range, as nodes do whose log index lags."""

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
                "logsBloom": hex(0),
                "receiptsRoot": "0x" + "00" * 32,
                "transactions": [transaction] if number == 2 else [],
            }
        bloom = mask_of("0x" + TOKEN.hex()) | mask_of(TOPICS[0]) | mask_of("0x" + "00" * 32)
        self.blocks[2]["logsBloom"] = hex(bloom | mask_of("0x" + "00" * 12 + "33" * 20))
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

    def give_receipts(self) -> None:
        """Those of the second block, with their root in its header."""
        self.receipts = [
            {
                "transactionHash": self.logs[0]["transactionHash"],
                "transactionIndex": "0x0",
                "cumulativeGasUsed": "0x5208",
                "logsBloom": "0x" + "00" * 256,
                "status": "0x1",
                "type": "0x2",
                "logs": [dict(log) for log in self.logs],
            }
        ]
        decoded = msgspec.convert(self.receipts, list[RawReceipt])
        self.blocks[2]["receiptsRoot"] = hex_of(receipts_root(decoded))

    def client(self) -> RpcClient:
        return AnsweringClient(self._answer)

    def source(self, *, log_check: LogCheck = LogCheck.BLOOM, second: FakeNode | None = None) -> ChainSource:
        return ChainSource(self.client(), [TOKEN], log_check=log_check, second=second.client() if second else None)

    def _answer(self, body: Any) -> Any:
        return [self._result(call) for call in body] if isinstance(body, list) else self._result(body)

    def _result(self, call: dict[str, Any]) -> dict[str, Any]:
        if call["method"] == "eth_getLogs":
            wanted = call["params"][0].get("blockHash")
            if wanted is None:
                return {"id": call["id"], "result": [] if self.forgets_ranges else self.logs}
            return {"id": call["id"], "result": [log for log in self.logs if log["blockHash"] == wanted]}
        if call["method"] == "eth_getBlockReceipts":
            if self.receipts_error is not None:
                return {"id": call["id"], "error": {"code": self.receipts_error, "message": "no"}}
            return {"id": call["id"], "result": self.receipts}
        if call["method"] == "eth_getBlockByHash":
            found = [block for block in self.blocks.values() if block["hash"] == call["params"][0]]
            return {"id": call["id"], "result": found[0] if found else None}
        return {"id": call["id"], "result": self.blocks.get(int(call["params"][0], 16))}


def events_of(span: Span) -> list[PlacedEvent]:
    return [event for transaction in span.logged for event in transaction.events]


def transfers_of(span: Span) -> list[tuple[LogPlace, Transferred]]:
    return [(place, event) for place, event in events_of(span) if isinstance(event, Transferred)]


@pytest.fixture
def node() -> FakeNode:
    return FakeNode()


async def test_a_span_has_blocks_events_and_transactions(node: FakeNode) -> None:
    span = await node.source().read(range(1, 4), None)
    assert [block.number for block in span.blocks] == [1, 2, 3]
    assert [event for _, event in events_of(span)] == [Transferred(Address(bytes(20)), Address(b"\x33" * 20), 500)]
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


@pytest.mark.parametrize("malformed", [{"logIndex": "0x80000000"}, {"logIndex": ""}, {"transactionHash": "0xab"}])
async def test_a_log_whose_place_is_malformed_is_refused(node: FakeNode, malformed: dict[str, str]) -> None:
    node.logs[0] |= malformed
    with pytest.raises(ChainUnavailable, match="does not decode"):
        await node.source().read(range(1, 4), None)


async def test_a_log_without_any_place_is_refused(node: FakeNode) -> None:
    node.logs[0] |= {"blockNumber": "", "blockHash": "", "transactionHash": ""}
    with pytest.raises(ChainUnavailable, match="does not decode"):
        await node.source().read(range(1, 4), None)


@pytest.mark.parametrize("topic", ["0x" + "zz" * 12 + "00" * 20, "0x" + "00" * 19, ""])
async def test_a_topic_that_is_no_word_is_refused(node: FakeNode, topic: str) -> None:
    node.logs[0]["topics"][1] = topic
    with pytest.raises(ChainUnavailable, match="does not decode"):
        await node.source().read(range(1, 4), None)


async def test_logs_in_another_order_are_put_in_that_of_the_chain(node: FakeNode) -> None:
    node.logs.insert(0, node.logs[0] | {"logIndex": "0x1", "data": "0x" + f"{7:064x}"})
    span = await node.source().read(range(1, 4), None)
    assert [(place.log_index, event.amount) for place, event in transfers_of(span)] == [(0, 500), (1, 7)]


async def test_an_address_with_capitals_is_that_of_its_contract(node: FakeNode) -> None:
    node.logs[0]["address"] = "0x" + TOKEN.hex().upper()
    (transaction,) = (await node.source().read(range(1, 4), None)).logged
    assert transaction.contracts == [TOKEN]


async def test_hashes_above_the_head_are_none(node: FakeNode) -> None:
    assert await node.source().hashes([3, 4]) == [Hash32(bytes.fromhex(hash_of(3)[2:])), None]


@pytest.mark.parametrize("by_hash", [False, True])
async def test_a_log_that_the_bloom_denies_is_not_believed(node: FakeNode, by_hash: bool) -> None:
    made_up = node.logs[0] | {"topics": [TOPICS[0], "0x" + "00" * 32, "0x" + "00" * 12 + "44" * 20], "logIndex": "0x1"}
    node.logs.append(made_up)
    with pytest.raises(LogsNotBelieved, match="block 2 has no such logs"):
        await node.source().read(range(1, 4), None, by_hash=by_hash)


async def test_logs_that_an_answer_for_the_range_lacks_are_asked_for_by_block(node: FakeNode) -> None:
    node.forgets_ranges = True
    span = await node.source().read(range(1, 4), None)
    assert [place.block_number for place, _ in events_of(span)] == [2]


async def test_a_log_that_is_given_twice_is_refused(node: FakeNode) -> None:
    node.logs.append(dict(node.logs[0]))
    with pytest.raises(ChainUnavailable, match="twice"):
        await node.source().read(range(1, 4), None)


async def test_a_log_of_another_contract_is_refused(node: FakeNode) -> None:
    node.logs[0]["address"] = SENDER
    with pytest.raises(ChainUnavailable, match="not asked for"):
        await node.source().read(range(1, 4), None)


async def test_receipts_that_are_not_those_of_the_header_are_not_believed(node: FakeNode) -> None:
    node.receipts = []
    with pytest.raises(LogsNotBelieved, match="not those of its header"):
        await node.source(log_check=LogCheck.RECEIPTS).read(range(1, 4), None)


@pytest.mark.parametrize(("log_check", "by_hash"), [(LogCheck.HEAD, True), (LogCheck.RECEIPTS, False)])
async def test_a_changed_amount_is_not_believed(node: FakeNode, log_check: LogCheck, by_hash: bool) -> None:
    node.give_receipts()
    span = await node.source(log_check=log_check).read(range(1, 4), None, by_hash=by_hash)
    assert [event.amount for _, event in transfers_of(span)] == [500]
    assert node.receipts is not None
    node.receipts[0]["logs"][0]["data"] = "0x" + f"{501:064x}"
    with pytest.raises(LogsNotBelieved, match="not those of its header"):
        await node.source(log_check=log_check).read(range(1, 4), None, by_hash=by_hash)


async def test_a_receipt_that_is_told_twice_is_not_believed(node: FakeNode) -> None:
    node.give_receipts()
    assert node.receipts is not None
    (receipt,) = node.receipts
    again = [log | {"logIndex": "0x1"} for log in receipt["logs"]]
    node.receipts.append(receipt | {"logs": again})
    with pytest.raises(LogsNotBelieved, match="one for each transaction"):
        await node.source(log_check=LogCheck.HEAD).read(range(1, 4), None, by_hash=True)


async def test_logs_that_are_numbered_otherwise_are_not_believed(node: FakeNode) -> None:
    node.give_receipts()
    assert node.receipts is not None
    node.receipts[0]["logs"][0]["logIndex"] = "0x1"
    with pytest.raises(LogsNotBelieved, match="numbered"):
        await node.source(log_check=LogCheck.HEAD).read(range(1, 4), None, by_hash=True)


@pytest.mark.parametrize("code", [-32601, -32004])
async def test_a_node_without_receipts_is_believed_by_its_blooms(node: FakeNode, code: int) -> None:
    node.receipts_error = code
    source = node.source(log_check=LogCheck.HEAD)
    assert (await source.read(range(1, 4), None, by_hash=True)).log_count == 1
    node.logs[0]["topics"][2] = "0x" + "00" * 12 + "44" * 20
    with pytest.raises(LogsNotBelieved, match="bloom"):
        await source.read(range(1, 4), None, by_hash=True)
    with pytest.raises(ChainRefused):
        await node.source(log_check=LogCheck.RECEIPTS).read(range(1, 4), None)


async def test_a_node_that_refuses_receipts_for_another_reason_is_asked_again(node: FakeNode) -> None:
    node.receipts_error = -32005
    source = node.source(log_check=LogCheck.HEAD)
    with pytest.raises(ChainRefused):
        await source.read(range(1, 4), None, by_hash=True)
    node.receipts_error = None
    node.give_receipts()
    assert (await source.read(range(1, 4), None, by_hash=True)).log_count == 1


async def test_two_nodes_that_agree_are_believed(node: FakeNode) -> None:
    span = await node.source(second=FakeNode()).read(range(1, 4), None)
    assert span.log_count == 1


async def test_two_nodes_must_have_the_same_blocks(node: FakeNode) -> None:
    second = FakeNode()
    second.blocks[3]["hash"] = hash_of(3, fork=1)
    with pytest.raises(ChainMoved, match="different blocks 3"):
        await node.source(second=second).read(range(1, 4), None)


async def test_a_second_node_that_lags_is_waited_for(node: FakeNode) -> None:
    second = FakeNode()
    del second.blocks[3]
    with pytest.raises(ChainUnavailable, match="no block 3 yet"):
        await node.source(second=second).read(range(1, 4), None)


async def test_two_nodes_must_have_the_same_logs(node: FakeNode) -> None:
    second = FakeNode()
    second.logs.clear()
    with pytest.raises(ChainMoved, match="different logs"):
        await node.source(second=second).read(range(1, 4), None)
