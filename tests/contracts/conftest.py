"""A program deployed on eth-tester, with the clock in the test's hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_tester import EthereumTester, PyEVMBackend
from eth_tester.exceptions import TransactionFailed
from web3 import EthereumTesterProvider, Web3
from web3.contract import Contract
from web3.contract.contract import ContractFunction
from web3.types import EventData, TxReceipt

from tokenpoints.domain.batches import BatchEntry, BatchGroup, groups_tuple, receipts_root
from tokenpoints.domain.points import EpochClock
from tokenpoints.domain.tiers import SAME_FOR_ALL, packed

ARTIFACTS = Path(__file__).resolve().parents[2] / "src" / "tokenpoints" / "chain" / "artifacts"

OPERATOR, ISSUER, CUSTODIAN = 1, 2, 4
EPOCH_LENGTH_SECONDS = 3600
TIER_PERIOD_EPOCHS = 3
THRESHOLDS = (40_000, 90_000, 150_000)
OPEN_TO_ALL = 2
NOTICE_SECONDS, LOOK_BACK_SECONDS = 7_200, 86_400
PURCHASE, VISIT = 1, 2
HASH = b"\x07" * 32


def terms(**changes: int | bytes) -> tuple[int | bytes, ...]:
    """One point for each 100 units, at most 50,000 an award and 100,000,000 a day; with `changes` by field."""
    fields: dict[str, int | bytes] = {
        "opens_at": 0,
        "closes_at": 2**40 - 1,
        "numerator": 1,
        "denominator": 100,
        "fixed_points": 0,
        "cap_per_award": 50_000,
        "budget": 100_000_000,
        "budget_window_seconds": 86_400,
        "multipliers": packed(SAME_FOR_ALL),
        "terms_hash": HASH,
    }
    return tuple((fields | changes).values())


@dataclass
class Program:
    """The contracts of one program, and who acts in them."""

    tester: EthereumTester
    web3: Web3
    manager: Contract
    token: Contract
    rules: Contract
    members: Contract
    clock: EpochClock
    operator: str
    owner: str
    issuer: str
    custodian: str
    holders: list[str]
    """Accounts that can send transactions of their own; the last is the redeemer, the one before it the exchange."""
    batch_number: int = 0

    def award(
        self, entries: list[BatchEntry], rule_id: int = PURCHASE, *, version: int = 1, occurred: int | None = None
    ) -> TxReceipt:
        """Send the issuer's next batch, of one group whose receipts occurred in the last block's second."""
        at = self.latest if occurred is None else occurred
        return self.award_groups([BatchGroup(rule_id, version, at, at, entries)])

    def award_groups(self, groups: list[BatchGroup]) -> TxReceipt:
        """Send the issuer's next batch."""
        self.batch_number += 1
        root = receipts_root([entry for group in groups for entry in group.entries])
        call = self.rules.functions.award(self.batch_number, groups_tuple(groups), root)
        return self.send(call, self.issuer)

    def send(self, call: ContractFunction, sender: str) -> TxReceipt:
        """Send a transaction and wait for it; a revert raises."""
        receipt = self.web3.eth.wait_for_transaction_receipt(call.transact({"from": sender}))
        assert receipt["status"] == 1
        return receipt

    def travel(self, seconds: int) -> None:
        """Let at least `seconds` pass, and mine a block. The next block is never behind the real clock."""
        self.travel_to(max(self.latest + max(seconds, 1), self.next))

    def travel_to(self, timestamp: int) -> None:
        """Mine a block at `timestamp`, which calls then see."""
        if self.next < timestamp:
            self.tester.time_travel(timestamp)
        self.tester.mine_block()
        assert self.latest == timestamp

    @property
    def latest(self) -> int:
        """Timestamp of the last block, which calls see."""
        return int(self.tester.get_block_by_number("latest")["timestamp"])

    @property
    def next(self) -> int:
        """Timestamp of the block that the next transaction will be in."""
        return int(self.tester.get_block_by_number("pending")["timestamp"])

    def transfers(self, receipt: TxReceipt) -> list[EventData]:
        """The token's Transfer logs of a transaction."""
        event = self.token.events.Transfer()
        return [event.process_log(log) for log in receipt["logs"] if log["topics"][0].to_0x_hex() == event.topic]

    def logs(self, event: str, receipt: TxReceipt) -> list[EventData]:
        """The rules' logs of one kind in a transaction."""
        topic = self.rules.events[event]().topic
        logs = [log for log in receipt["logs"] if log["topics"][0].to_0x_hex() == topic]
        return [self.rules.events[event]().process_log(log) for log in logs]


def artifact(name: str) -> dict[str, Any]:
    """A committed artifact."""
    loaded: dict[str, Any] = json.loads((ARTIFACTS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def deploy_program(*, points_expire: bool = True) -> Program:
    """A new chain with one program in the first second of epoch 1.

    Its redeemer and its exchange are accounts that send what the contracts would.
    """
    tester = EthereumTester(PyEVMBackend())
    web3 = Web3(EthereumTesterProvider(tester))
    owner, operator, issuer, custodian, *holders = list(web3.eth.accounts)

    def deploy(name: str, *arguments: object) -> Contract:
        built = artifact(name)
        factory = web3.eth.contract(abi=built["abi"], bytecode=built["bytecode"])
        receipt = web3.eth.wait_for_transaction_receipt(factory.constructor(*arguments).transact({"from": owner}))
        contract = web3.eth.contract(address=receipt["contractAddress"], abi=built["abi"])
        assert isinstance(contract, Contract)
        return contract

    manager = deploy("AccessManager", owner)
    start = int(tester.get_block_by_number("pending")["timestamp"])
    token = deploy(
        "PointsToken",
        (
            "Points", "PTS", 0, start, EPOCH_LENGTH_SECONDS, points_expire, TIER_PERIOD_EPOCHS, THRESHOLDS,
            OPEN_TO_ALL, "",
        ),
        (
            manager.address, created_address(web3, owner, nonce=web3.eth.get_transaction_count(owner) + 1),
            holders[-1], holders[-2],
        ),
    )  # fmt: skip
    rules = deploy("EarningRules", manager.address, token.address, NOTICE_SECONDS, LOOK_BACK_SECONDS)
    members = deploy("MemberAccounts", manager.address, deploy("MemberAccount").address)
    program = Program(
        tester, web3, manager, token, rules, members,
        EpochClock(start, EPOCH_LENGTH_SECONDS, TIER_PERIOD_EPOCHS, points_expire, THRESHOLDS),
        operator, owner, issuer, custodian, list(holders),
    )  # fmt: skip
    access = manager.functions
    for role, account in ((OPERATOR, operator), (ISSUER, issuer), (CUSTODIAN, custodian)):
        program.send(access.grantRole(role, account, 0), owner)
    for signature, role in (
        (rules.functions.setRule, OPERATOR),
        (rules.functions.cancelChange, OPERATOR),
        (rules.functions.award, ISSUER),
    ):
        selector = Web3.keccak(text=signature.signature)[:4]
        program.send(access.setTargetFunctionRole(rules.address, [selector], role), owner)
    for account in (issuer, owner):
        program.send(rules.functions.setIssuerCap(account, 2**48 - 1), owner)
    program.send(rules.functions.setRule(PURCHASE, terms()), operator)
    program.send(rules.functions.setRule(VISIT, terms(numerator=0, fixed_points=25)), operator)
    return program


def reverts(contract: Contract, error: str, *arguments: object) -> AbstractContextManager[object]:
    """Expect a transaction to revert with exactly this error of `contract`."""
    (abi,) = [item for item in contract.abi if item["type"] == "error" and item["name"] == error]
    types = [item["type"] for item in abi["inputs"]]
    data = Web3.keccak(text=f"{error}({','.join(types)})")[:4] + encode(types, arguments)
    return pytest.raises(TransactionFailed, match=re.escape(repr(bytes(data))))


def created_address(web3: Web3, sender: str, *, nonce: int) -> str:
    """The address of the contract that `sender` creates with its transaction `nonce`, which is below 128."""
    encoded_nonce = bytes([nonce]) if nonce else b"\x80"
    rlp = b"\xd6\x94" + bytes.fromhex(sender[2:]) + encoded_nonce
    return web3.to_checksum_address(Web3.keccak(rlp)[12:])


@pytest.fixture(scope="session")
def deployed_program() -> Program:
    return deploy_program()


@pytest.fixture
def program(deployed_program: Program) -> Iterator[Program]:
    """The program as it was deployed; what a test does to it is undone."""
    with undone(deployed_program):
        yield deployed_program


@contextmanager
def undone(program: Program) -> Iterator[None]:
    """Take the chain back afterwards to where it is now."""
    snapshot, batch_number = program.tester.take_snapshot(), program.batch_number
    try:
        yield
    finally:
        program.tester.revert_to_snapshot(snapshot)
        program.batch_number = batch_number
