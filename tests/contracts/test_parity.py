"""The account word in Python and on chain, through the same random life, and the logs between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web3.types import TxReceipt

from tests.contracts.conftest import (
    EPOCH_LENGTH_SECONDS,
    HASH,
    PURCHASE,
    VISIT,
    Program,
    deploy_program,
    undone,
)
from tokenpoints.chain.events import RawLog
from tokenpoints.chain.logged import by_transaction
from tokenpoints.domain.batches import BatchEntry, BatchGroup
from tokenpoints.domain.entries import EntryType, LedgerEntry
from tokenpoints.domain.events import LotsCause, LotsMoved
from tokenpoints.domain.ledger import apply
from tokenpoints.domain.mints import MintedGroup, award_proof, batch_mints_hash
from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.types import Address, Hash32, address_from_hex

HOLDERS = 3

holder = st.integers(0, HOLDERS - 1)
share = st.floats(0, 1)
step = st.one_of(
    st.tuples(
        st.just("award"),
        st.lists(st.tuples(holder, st.integers(1, 50_000), st.booleans()), min_size=1, max_size=5),
    ),
    st.tuples(st.just("claw_back"), st.integers(0, 1000), share),
    st.tuples(st.just("transfer"), holder, holder, share),
    st.tuples(st.just("transfer_at"), holder, holder, st.integers(0, 3), share),
    st.tuples(st.just("burn"), holder, st.integers(0, 3), share),
    st.tuples(st.just("restore"), holder),
    st.tuples(st.just("mint_lots"), holder, st.tuples(*[st.integers(0, 9_000)] * 4)),
    st.tuples(st.just("freeze"), holder),
    st.tuples(st.just("unfreeze"), holder),
    st.tuples(st.just("partner"), holder, st.booleans()),
    st.tuples(st.just("sweep"), st.lists(holder, min_size=1, max_size=4)),
    st.tuples(st.just("wait"), st.one_of(st.integers(1, 4000), st.integers(0, 9).map(EPOCH_LENGTH_SECONDS.__mul__))),
)

# The chain's clock follows the wall's where that is ahead, on a machine that is busy.
_FREEZE_SECONDS = 100


@dataclass
class SentBatch:
    """A batch on the chain, as its issuer knows it."""

    number: int
    awarded_at: int
    groups: list[BatchGroup]
    points: dict[int, int]
    """By position."""

    def minted(self) -> list[MintedGroup]:
        groups, first = [], 0
        for group in self.groups:
            points = [self.points.get(first + at, 0) for at in range(len(group.entries))]
            groups.append(MintedGroup(group.rule_id, group.version, group.entries, points))
            first += len(group.entries)
        return groups


@dataclass
class Life:
    """A program, and what the ledger makes of its logs."""

    program: Program
    words: dict[Address, AccountWord] = field(default_factory=dict)
    batches: list[SentBatch] = field(default_factory=list)
    burned: list[int] = field(default_factory=list)
    clawed_back: set[tuple[int, int]] = field(default_factory=set)

    @property
    def accounts(self) -> list[str]:
        return self.program.holders[:HOLDERS]

    def live(self, index: int) -> AccountWord:
        """The account's word as it will stand in the next block."""
        stored = self.words.get(address_from_hex(self.accounts[index]), AccountWord())
        return stored.at(self.program.next, self.program.clock)

    def follow(self, receipt: TxReceipt) -> list[LedgerEntry]:
        """The chain's own logs, through the decoding and the ledger that the indexer uses."""
        timestamp = self.program.web3.eth.get_block(receipt["blockNumber"])["timestamp"]
        raw = [log for log in map(raw_log, receipt["logs"]) if log.address.lower() in self.followed]
        logs = [event for transaction in by_transaction(raw, self.followed) for event in transaction.events]
        before = {account: word.pack() for account, word in self.words.items()}
        change = apply([(timestamp, logs)], before, self.program.clock)
        self.words.update({account: AccountWord.unpack(word) for account, word in change.words.items()})
        self.burned += [
            AccountWord(epoch=event.epoch, lots=event.lots).pack()
            for _, event in logs
            if isinstance(event, LotsMoved) and event.cause is LotsCause.BURNED
        ]
        token = self.program.token.functions
        for account in self.accounts:
            stored = AccountWord.unpack(token.wordOf(account).call())
            known = self.words.get(address_from_hex(account), AccountWord())
            assert known.rolled(stored.epoch, self.program.clock).pack() == stored.pack()
            now = known.at(timestamp, self.program.clock)
            assert (now.balance, now.tier) == (token.balanceOf(account).call(), token.tierOf(account).call())
            assert now.total == token.tierPointsOf(account).call()
        held = sum(token.balanceOf(account).call() for account in self.accounts)
        assert token.totalSupply().call() == held
        return change.entries

    @property
    def followed(self) -> dict[str, Address]:
        addresses = [self.program.token.address.lower(), self.program.rules.address.lower()]
        return {address: address_from_hex(address) for address in addresses}

    def award(self, awards: list[tuple[int, int, bool]]) -> None:
        at = self.program.latest
        groups = []
        for rule_id, visits in ((PURCHASE, False), (VISIT, True)):
            entries = [
                BatchEntry(address_from_hex(self.accounts[to]), 100 * points, Hash32(HASH))
                for to, points, is_visit in awards
                if is_visit is visits
            ]
            if entries:
                groups.append(BatchGroup(rule_id, 1, at, at, entries))
        receipt = self.program.award_groups(groups)
        entries_made = self.follow(receipt)
        awarded_at = self.program.web3.eth.get_block(receipt["blockNumber"])["timestamp"]
        points = {entry.place.position: entry.amount for entry in entries_made if entry.place}
        batch = SentBatch(self.program.batch_number, awarded_at, groups, points)
        kept = self.program.rules.functions.batchMints(self.program.issuer, batch.number).call()
        assert kept == batch_mints_hash(awarded_at, batch.minted())
        self.batches.append(batch)

    def claw_back(self, choice: int, part: float) -> None:
        open_awards = [
            (batch, position)
            for batch in self.batches
            for position in batch.points
            if (batch.number, position) not in self.clawed_back
        ]
        if not open_awards:
            return
        batch, position = open_awards[choice % len(open_awards)]
        self.clawed_back.add((batch.number, position))
        issuer = address_from_hex(self.program.issuer)
        proof = award_proof(issuer, batch.number, batch.awarded_at, batch.minted(), position)
        points = max(1, int(part * batch.points[position]))
        call = self.program.rules.functions.clawBack(proof.as_tuple(), points, 1)
        entries = self.follow(self.program.send(call, self.program.owner))
        (entry,) = [entry for entry in entries if entry.type is EntryType.CLAWBACK]
        assert entry.place is not None
        assert (entry.place.number, entry.place.position, entry.reason) == (batch.number, position, 1)

    def do(self, action: str, *arguments: Any) -> None:
        token, accounts, program = self.program.token.functions, self.accounts, self.program
        redeemer, exchange = program.holders[-1], program.holders[-2]
        match action, arguments:
            case "wait", (seconds,):
                program.travel(seconds)
            case "award", (awards,):
                self.award(awards)
            case "claw_back", (choice, part):
                self.claw_back(choice, part)
            case "transfer", (sender, to, part):
                amount = int(part * self.live(sender).balance)
                self.follow(program.send(token.transfer(accounts[to], amount), accounts[sender]))
            case "transfer_at", (sender, to, age, part):
                word = self.live(sender)
                epoch = max(word.epoch - age, 0)
                held = word.lots[age] if epoch else 0
                call = token.transferAtEpoch(epoch, accounts[to], int(part * held))
                if not program.clock.points_expire or epoch > word.epoch - 4:
                    self.follow(program.send(call, accounts[sender]))
            case "burn", (sender, age_max, part):
                amount = int(part * sum(self.live(sender).lots[: age_max + 1]))
                self.follow(program.send(token.burn(accounts[sender], amount, age_max), redeemer))
            case "restore", (to,):
                if self.burned:
                    self.follow(program.send(token.restore(accounts[to], self.burned.pop()), redeemer))
            case "mint_lots", (to, lots):
                given = lots if program.clock.points_expire else (lots[0], 0, 0, 0)
                word = AccountWord(epoch=program.clock.epoch_at(program.next), lots=given)
                self.follow(program.send(token.mintLots(accounts[to], word.pack()), exchange))
            case "freeze", (index,):
                self.follow(
                    program.send(token.freeze(accounts[index], 2, program.next + _FREEZE_SECONDS), program.owner)
                )
            case "unfreeze", (index,):
                self.follow(program.send(token.unfreeze(accounts[index]), program.owner))
            case "partner", (index, value):
                self.follow(program.send(token.setPartner(accounts[index], value), program.owner))
            case "sweep", (indexes,):
                self.follow(program.send(token.sweep([accounts[i] for i in indexes]), accounts[0]))


@pytest.fixture(scope="session")
def deployed_for_ever() -> Program:
    return deploy_program(points_expire=False)


@pytest.mark.slow
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, min_size=1, max_size=16))
def test_words_are_those_that_the_logs_tell(deployed_program: Program, steps: list[Any]) -> None:
    live_through(deployed_program, steps)


@pytest.mark.slow
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, min_size=1, max_size=12))
def test_so_they_are_where_points_never_expire(deployed_for_ever: Program, steps: list[Any]) -> None:
    live_through(deployed_for_ever, steps)


def live_through(program: Program, steps: list[Any]) -> None:
    with undone(program):
        life = Life(program)
        for action, *arguments in steps:
            if action in ("transfer", "transfer_at", "burn"):
                program.travel(_FREEZE_SECONDS + 1)  # so that a freeze has ended
            life.do(action, *arguments)


def test_a_life_with_everything_in_it(program: Program) -> None:
    anna, bo = 0, 1
    life = Life(program)
    life.do("award", [(anna, 45_000, False), (bo, 10, True), (anna, 30_000, False)])
    assert life.live(anna).tier == 1
    life.do("wait", EPOCH_LENGTH_SECONDS)
    life.do("award", [(anna, 40_000, False)])
    assert life.live(anna).tier == 2
    life.do("transfer_at", anna, bo, 0, 0.5)
    life.do("burn", anna, 3, 0.75)
    life.do("claw_back", 1, 1.0)
    life.do("wait", 3 * EPOCH_LENGTH_SECONDS)
    life.do("restore", bo)
    life.do("mint_lots", bo, (1, 2, 3, 4))
    life.do("freeze", bo)
    life.do("partner", bo, True)
    life.do("sweep", [anna, bo])
    life.do("wait", 6 * EPOCH_LENGTH_SECONDS)
    life.do("claw_back", 0, 1.0)
    life.do("unfreeze", bo)
    life.do("sweep", [anna, bo, 2])
    assert life.live(anna).tier == 0


def raw_log(log: Any) -> RawLog:
    """The log as a node's JSON has it."""
    return RawLog(
        address=log["address"],
        block_number=hex(log["blockNumber"]),
        block_hash=log["blockHash"].to_0x_hex(),
        transaction_hash=log["transactionHash"].to_0x_hex(),
        log_index=hex(log["logIndex"]),
        topics=tuple(topic.to_0x_hex() for topic in log["topics"]),
        data=log["data"].to_0x_hex(),
    )


def test_every_award_of_a_batch_can_be_clawed_back_by_its_proof(program: Program) -> None:
    life = Life(program)
    life.do("award", [(index % 3, 10 + index, index % 5 == 0) for index in range(80)])
    (batch,) = life.batches
    issuer = address_from_hex(program.issuer)
    for position in (0, 31, 63, 64, 79):
        proof = award_proof(issuer, batch.number, batch.awarded_at, batch.minted(), position)
        minted = batch.points[position]
        clawed = program.rules.functions.clawBack(proof.as_tuple(), minted, 0)
        life.follow(program.send(clawed, program.owner))
        assert program.rules.functions.isClawedBack(program.issuer, batch.number, position).call()
    for position in (-1, 80):
        with pytest.raises(IndexError):
            award_proof(issuer, batch.number, batch.awarded_at, batch.minted(), position)
