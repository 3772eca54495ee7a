"""A program's life on a chain: rules, batches, transfers, expiry, members' accounts."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web3 import Web3

from tests.contracts.conftest import (
    EPOCH_LENGTH_SECONDS,
    HASH,
    LOOK_BACK_SECONDS,
    NOTICE_SECONDS,
    PURCHASE,
    Program,
    artifact,
    reverts,
    terms,
    undone,
)
from tokenpoints.chain.events import terms_from_tuple
from tokenpoints.domain.batches import BatchEntry, receipts_root
from tokenpoints.domain.mints import MintedGroup, batch_mints_hash, mints_hash
from tokenpoints.domain.points import POINTS_MAX, AccountWord
from tokenpoints.domain.rules import UNITS_MAX, RefusalReason, is_worse
from tokenpoints.domain.tiers import packed
from tokenpoints.domain.types import Address, Hash32, address_from_hex

ZERO = "0x" + "00" * 20


def member(number: int) -> Address:
    """An account that no one has the key of."""
    return Address(Web3.keccak(text=f"member {number}")[:20])


def entry(account: Address | str, units: int) -> BatchEntry:
    raw = address_from_hex(account) if isinstance(account, str) else account
    return BatchEntry(account=raw, units=units, receipt_hash=Hash32(HASH))


def test_a_batch_of_200_awards(program: Program) -> None:
    entries = [entry(member(number), 100 * (number + 1)) for number in range(200)]
    receipt = program.award(entries)

    minted = program.transfers(receipt)
    assert [(log["args"]["from"], log["args"]["to"], log["args"]["value"]) for log in minted] == [
        (ZERO, Web3.to_checksum_address(item.account), item.units // 100) for item in entries
    ]
    (summary,) = program.logs("BatchAwarded", receipt)
    assert summary["logIndex"] == 201
    points = [item.units // 100 for item in entries]
    awarded_at = program.web3.eth.get_block(receipt["blockNumber"])["timestamp"]
    assert dict(summary["args"]) == {
        "issuer": program.issuer,
        "batchNumber": 1,
        "entryCount": 200,
        "refusedCount": 0,
        "minted": 20_100,
        "receiptsRoot": receipts_root(entries),
        "mintsHash": batch_mints_hash(awarded_at, [MintedGroup(PURCHASE, 1, entries, points)]),
    }
    (group,) = program.logs("GroupAwarded", receipt)
    assert dict(group["args"]) == {
        "issuer": program.issuer,
        "batchNumber": 1,
        "ruleId": PURCHASE,
        "ruleVersion": 1,
        "entryCount": 200,
        "refusedCount": 0,
        "minted": 20_100,
        "mintsHash": mints_hash(entries, points),
    }
    assert program.token.functions.totalSupply().call() == 20_100
    assert program.rules.functions.batchCount(program.issuer).call() == 1
    assert program.rules.functions.batchRoot(program.issuer, 1).call() == receipts_root(entries)


def test_a_batch_is_minted_once_however_often_it_is_sent(program: Program) -> None:
    program.award([entry(member(0), 500)])
    program.batch_number -= 1
    with reverts(program.rules, "BatchOutOfSequence", 2, 1):
        program.award([entry(member(0), 500)])
    assert program.token.functions.balanceOf(member(0)).call() == 5


def test_refused_entries_do_not_stop_their_batch(program: Program) -> None:
    program.send(program.rules.functions.setRule(3, terms(budget=60)), program.operator)
    receipt = program.award(
        [
            entry(member(0), 5_000),
            entry(ZERO, 5_000),
            entry(member(1), 99),
            entry(member(2), 1_100),
            entry(member(3), 1_000),
        ],
        rule_id=3,
    )
    refused = program.logs("AwardRefused", receipt)
    assert [(log["args"]["position"], log["args"]["units"], log["args"]["reason"]) for log in refused] == [
        (1, 5_000, RefusalReason.ZERO_ACCOUNT),
        (2, 99, RefusalReason.NO_POINTS),
        (3, 1_100, RefusalReason.BUDGET_EXCEEDED),
    ]
    (summary,) = program.logs("BatchAwarded", receipt)
    assert (summary["args"]["refusedCount"], summary["args"]["minted"]) == (3, 60)
    assert [log["args"]["value"] for log in program.transfers(receipt)] == [50, 10]


def test_an_issuer_without_a_cap_is_refused_and_not_jammed(program: Program) -> None:
    program.send(program.rules.functions.setIssuerCap(program.issuer, 30), program.owner)
    receipt = program.award([entry(member(0), 3_000), entry(member(1), 100)])
    (refused,) = program.logs("AwardRefused", receipt)
    assert (refused["args"]["position"], refused["args"]["reason"]) == (1, RefusalReason.ISSUER_CAP_EXCEEDED)


def test_a_receipt_of_long_ago_is_refused(program: Program) -> None:
    program.travel(LOOK_BACK_SECONDS + 10)
    receipt = program.award([entry(member(0), 500)], occurred=program.latest - LOOK_BACK_SECONDS - 5)
    (refused,) = program.logs("AwardRefused", receipt)
    assert refused["args"]["reason"] == RefusalReason.TOO_LONG_AGO


def test_a_closed_rule_refuses_and_the_sequence_goes_on(program: Program) -> None:
    program.send(program.rules.functions.setRule(3, terms(closes_at=program.latest + 100)), program.operator)
    program.travel(100)
    receipt = program.award([entry(member(0), 500)], rule_id=3)
    (refused,) = program.logs("AwardRefused", receipt)
    assert refused["args"]["reason"] == RefusalReason.RULE_CLOSED
    program.award([entry(member(0), 500)])
    assert program.token.functions.balanceOf(member(0)).call() == 5


def test_no_more_than_all_points_ever(program: Program) -> None:
    generous = terms(denominator=1, cap_per_award=2**48 - 1, budget=2**48 - 1)
    program.send(program.rules.functions.setRule(3, generous), program.operator)
    receipt = program.award([entry(member(0), POINTS_MAX), entry(member(1), 1)], rule_id=3)
    (refused,) = program.logs("AwardRefused", receipt)
    assert refused["args"]["reason"] == RefusalReason.SUPPLY_EXCEEDED
    assert program.token.functions.issuable().call() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"opens_at": 1},
        {"closes_at": 2**40 - 2},
        {"numerator": 2},
        {"denominator": 101},
        {"numerator": 2, "denominator": 200},
        {"numerator": 0, "fixed_points": 7},
        {"cap_per_award": 49_999},
        {"cap_per_award": 50_001},
        {"budget": 99_999_999},
        {"multipliers": packed((1_000, 1_000, 1_000, 2_000))},
        {"multipliers": packed((2_000, 2_000, 2_000, 999))},
        {"terms_hash": b"\x08" * 32},
    ],
)
def test_what_may_be_worse_is_announced(program: Program, changes: dict[str, int | bytes]) -> None:
    current, following = (terms_from_tuple(terms(**fields)) for fields in ({}, changes))
    receipt = program.send(program.rules.functions.setRule(PURCHASE, terms(**changes)), program.operator)
    (log,) = program.logs("RuleSet", receipt)
    now = program.web3.eth.get_block(receipt["blockNumber"])["timestamp"]
    notice = NOTICE_SECONDS if is_worse(current, following) else 0
    assert (log["args"]["version"], log["args"]["effectiveAt"]) == (2, now + notice)


@given(
    units=st.integers(0, UNITS_MAX),
    numerator=st.integers(1, 2**32 - 1),
    denominator=st.integers(1, 2**32 - 1),
    multipliers=st.tuples(*[st.integers(0, 2**16 - 1)] * 4).filter(any),
    tier=st.integers(0, 3),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_points_are_those_that_the_contract_quotes(
    deployed_program: Program,
    units: int,
    numerator: int,
    denominator: int,
    multipliers: tuple[int, int, int, int],
    tier: int,
) -> None:
    with undone(deployed_program):
        fields = terms(numerator=numerator, denominator=denominator, multipliers=packed(multipliers))
        functions = deployed_program.rules.functions
        deployed_program.send(functions.setRule(9, fields), deployed_program.operator)
        assert functions.quote(9, units, tier).call() == terms_from_tuple(fields).points_for(units, tier)


def test_transfers_take_what_expires_first(program: Program) -> None:
    alice, bob = program.holders[:2]
    program.award([entry(alice, 1_000)])
    program.travel(EPOCH_LENGTH_SECONDS)
    program.award([entry(alice, 2_000)])
    program.send(program.token.functions.transfer(bob, 15), alice)
    assert program.token.functions.lotsOf(bob).call() == [[5, 10, 0, 0], 2]
    assert program.token.functions.lotsOf(alice).call() == [[15, 0, 0, 0], 2]
    word = AccountWord.unpack(program.token.functions.wordOf(bob).call())
    assert (word.total, word.balance) == (0, 15)


def test_points_expire_at_their_second(program: Program) -> None:
    alice, bob = program.holders[:2]
    program.award([entry(alice, 1_000)])
    balance_of = program.token.functions.balanceOf(alice)
    expiry = program.clock.expires_at(1)
    program.travel_to(expiry - 1)
    assert (balance_of.call(), program.token.functions.totalSupply().call()) == (10, 10)
    program.travel_to(expiry)
    assert (balance_of.call(), program.token.functions.totalSupply().call()) == (0, 0)
    with reverts(program.token, "ERC20InsufficientBalance", alice, 0, 10):
        program.send(program.token.functions.transfer(bob, 10), alice)

    receipt = program.send(program.token.functions.sweep([alice, bob]), bob)
    (log,) = program.transfers(receipt)
    assert (log["args"]["from"], log["args"]["to"], log["args"]["value"]) == (alice, ZERO, 10)


def test_a_member_account_is_used_before_it_exists(program: Program) -> None:
    accounts = program.members.functions
    account = accounts.accountOf(HASH).call()
    program.award([entry(account, 1_000)])
    program.send(accounts.create(HASH), program.holders[0])
    assert accounts.create(HASH).call() == account

    contract = program.web3.eth.contract(address=account, abi=artifact("MemberAccount")["abi"])
    transfer = program.token.encode_abi("transfer", [program.holders[1], 4])
    with reverts(contract, "NotCustodian", program.operator):
        program.send(contract.functions.execute(program.token.address, 0, transfer), program.operator)
    program.send(contract.functions.execute(program.token.address, 0, transfer), program.custodian)
    assert program.token.functions.balanceOf(program.holders[1]).call() == 4
    assert program.token.functions.balanceOf(account).call() == 6
