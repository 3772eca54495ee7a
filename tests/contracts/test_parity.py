"""The account word in Python and on chain, through the same random life."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web3 import Web3
from web3.types import TxReceipt

from tests.contracts.conftest import EPOCH_LENGTH_SECONDS, HASH, Program, undone
from tokenpoints.domain.batches import BatchEntry
from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.types import Hash32, Points, address_from_hex

HOLDERS = 3

holder = st.integers(0, HOLDERS - 1)
step = st.one_of(
    st.tuples(st.just("award"), st.lists(st.tuples(holder, st.integers(1, 50_000)), min_size=1, max_size=5)),
    st.tuples(st.just("transfer"), holder, holder, st.floats(0, 1)),
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
        else:
            receipt = program.send(program.token.functions.sweep([accounts[i] for i in arguments[0]]), accounts[0])

        epoch = program.clock.epoch_at(program.web3.eth.get_block(receipt["blockNumber"])["timestamp"])
        if action == "award":
            for to, points in arguments[0]:
                mirror.roll(to, epoch, program)
                mirror.words[to] = mirror.words[to].awarded(Points(points))
                mirror.logs.append((None, to, points))
        elif action == "transfer":
            mirror.roll(sender, epoch, program)
            mirror.words[sender], lots = mirror.words[sender].spent(amount)
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
