"""The account word in Python and on chain, through the same random life."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web3 import Web3
from web3.types import TxReceipt

from tests.contracts.conftest import EPOCH_LENGTH_SECONDS, HASH, Program, undone
from tokenpoints.chain.events import event_of, place_of
from tokenpoints.domain.batches import BatchEntry
from tokenpoints.domain.ledger import apply
from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.types import Address, Hash32, Points, address_from_hex

HOLDERS = 3

holder = st.integers(0, HOLDERS - 1)
step = st.one_of(
    st.tuples(st.just("award"), st.lists(st.tuples(holder, st.integers(1, 50_000)), min_size=1, max_size=5)),
    st.tuples(st.just("transfer"), holder, holder, st.floats(0, 1)),
    st.tuples(st.just("transfer_at"), holder, holder, st.integers(0, 3), st.floats(0, 1)),
    st.tuples(st.just("sweep"), st.lists(holder, min_size=1, max_size=4)),
    st.tuples(st.just("wait"), st.one_of(st.integers(1, 4000), st.integers(0, 9).map(EPOCH_LENGTH_SECONDS.__mul__))),
)


@dataclass
class Mirror:
    """What the chain should hold, and what it should have logged."""

    words: list[AccountWord] = field(default_factory=lambda: [AccountWord()] * HOLDERS)
    logs: list[tuple[int | None, int | None, int]] = field(default_factory=list)
    """From, to and points; None is the zero address."""

    def roll(self, index: int, epoch: int, program: Program) -> None:
        before = self.words[index]
        self.words[index] = before.rolled(epoch, program.clock)
        if expired := before.balance - self.words[index].balance:
            self.logs.append((index, None, expired))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, min_size=1, max_size=12))
def test_words_and_logs_match_the_mirror(deployed_program: Program, steps: list[Any]) -> None:
    with undone(deployed_program):
        live_through(deployed_program, steps)


def test_the_indexers_ledger_follows_transfers_of_one_epoch(program: Program) -> None:
    """The chain's own logs, through the decoding and the ledger that the indexer uses."""
    anna, bo, carl = program.holders[:HOLDERS]
    words: dict[Address, AccountWord] = {}

    def follow(receipt: TxReceipt) -> None:
        timestamp = program.web3.eth.get_block(receipt["blockNumber"])["timestamp"]
        logs = [(place_of(log), event_of(log)) for log in map(raw_log, receipt["logs"])]
        words.update(apply([(timestamp, logs)], words, program.clock).words)
        for account, word in words.items():
            assert program.token.functions.wordOf(Web3.to_checksum_address(account)).call() == word.pack()

    token = program.token.functions
    follow(program.award([BatchEntry(address_from_hex(anna), 1000, Hash32(HASH))]))
    program.travel(EPOCH_LENGTH_SECONDS)
    follow(program.award([BatchEntry(address_from_hex(anna), 2000, Hash32(HASH))]))
    epoch = token.currentEpoch().call()
    follow(program.send(token.transferAtEpoch(epoch, bo, 15), anna))
    program.send(token.approve(carl, 6), anna)
    follow(program.send(token.transferFromAtEpoch(epoch - 1, anna, carl, 6), carl))
    follow(program.send(token.transfer(bo, 5), anna))
    program.travel(3 * EPOCH_LENGTH_SECONDS)
    follow(program.send(token.transferAtEpoch(epoch, anna, 15), bo))
    assert [token.balanceOf(account).call() for account in (anna, bo, carl)] == [19, 1, 0]


def raw_log(log: Any) -> dict[str, Any]:
    """The log as a node's JSON has it."""
    return {
        "blockNumber": hex(log["blockNumber"]),
        "blockHash": log["blockHash"].to_0x_hex(),
        "transactionHash": log["transactionHash"].to_0x_hex(),
        "transactionIndex": hex(log["transactionIndex"]),
        "logIndex": hex(log["logIndex"]),
        "topics": [topic.to_0x_hex() for topic in log["topics"]],
        "data": log["data"].to_0x_hex(),
    }


def live_through(program: Program, steps: list[Any]) -> None:
    mirror = Mirror()
    accounts = program.holders[:HOLDERS]
    for action, *arguments in steps:
        mirror.logs.clear()
        if action == "wait":
            program.travel(arguments[0])
            continue
        amount = Points(0)
        if action == "award":
            receipt = program.award(
                [BatchEntry(address_from_hex(accounts[to]), 100 * points, Hash32(HASH)) for to, points in arguments[0]]
            )
        elif action == "transfer":
            sender, to, share = arguments
            live = mirror.words[sender].rolled(program.clock.epoch_at(program.next), program.clock).balance
            amount = Points(int(share * live))
            receipt = program.send(program.token.functions.transfer(accounts[to], amount), accounts[sender])
        elif action == "transfer_at":
            sender, to, age, share = arguments
            epoch = program.clock.epoch_at(program.next)
            amount = Points(int(share * mirror.words[sender].rolled(epoch, program.clock).lots[age]))
            named = max(epoch - age, 0)
            call = program.token.functions.transferAtEpoch(named, accounts[to], amount)
            receipt = program.send(call, accounts[sender])
        else:
            receipt = program.send(program.token.functions.sweep([accounts[i] for i in arguments[0]]), accounts[0])

        epoch = program.clock.epoch_at(program.web3.eth.get_block(receipt["blockNumber"])["timestamp"])
        if action == "award":
            for to, points in arguments[0]:
                mirror.roll(to, epoch, program)
                mirror.words[to] = mirror.words[to].awarded(Points(points))
                mirror.logs.append((None, to, points))
        elif action in ("transfer", "transfer_at"):
            mirror.roll(sender, epoch, program)
            word = mirror.words[sender]
            mirror.words[sender], lots = word.spent(amount) if action == "transfer" else word.spent_at(named, amount)
            mirror.roll(to, epoch, program)
            mirror.words[to] = mirror.words[to].received(lots)
            mirror.logs.append((sender, to, amount))
        else:
            for index in arguments[0]:
                mirror.roll(index, epoch, program)

        stored = [program.token.functions.wordOf(account).call() for account in accounts]
        assert [AccountWord.unpack(word) for word in stored] == mirror.words
        assert stored == [word.pack() for word in mirror.words]
        assert logged(program, receipt, accounts) == mirror.logs
        balances = [program.token.functions.balanceOf(account).call() for account in accounts]
        assert program.token.functions.totalSupply().call() == sum(balances)


def logged(program: Program, receipt: TxReceipt, accounts: list[str]) -> list[tuple[int | None, int | None, int]]:
    """The Transfer logs of a transaction, by the holders' indices."""
    index: dict[str, int | None] = {account: i for i, account in enumerate(accounts)}
    index[Web3.to_checksum_address("0x" + "00" * 20)] = None
    return [
        (index[log["args"]["from"]], index[log["args"]["to"]], log["args"]["value"])
        for log in program.transfers(receipt)
    ]
