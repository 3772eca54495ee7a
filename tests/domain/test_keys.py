from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenpoints.domain.ids import new_id
from tokenpoints.domain.keys import (
    SCOPES,
    TILL_ROLES,
    KeyRole,
    Mode,
    Scope,
    day_of,
    hash_of,
    may_hand_out,
    mode_of,
    new_secret,
    parse,
)
from tokenpoints.domain.programs import ReceiptKind
from tokenpoints.domain.receipts import canonical_body
from tokenpoints.domain.types import Address

KEY = new_secret("key_01JD2Y6X9V5T3Q8R7W4Z1B0CDE", Mode.TEST).text


@pytest.mark.parametrize("mode", Mode)
def test_a_key_says_its_id_and_mode(mode: Mode) -> None:
    key_id = new_id("key")
    made = new_secret(key_id, mode)
    parsed = parse(made.text)
    assert parsed is not None and (parsed.key_id, parsed.mode) == (key_id, mode)
    assert re.fullmatch(r"tp_(live|test)_[0-9A-Z]{65}", made.text) and made.secret_hash == hash_of(made.text)


def test_no_two_keys_are_the_same() -> None:
    assert len({new_secret("key_" + "0" * 26, Mode.LIVE).text for _ in range(1_000)}) == 1_000


@given(st.integers(0, len(KEY) - 1), st.characters())
def test_a_typing_error_is_found_without_the_database(place: int, typed: str) -> None:
    text = KEY[:place] + typed + KEY[place + 1 :]
    assert (parse(text) is None) == (text != KEY)


@given(st.text())
def test_no_text_is_a_fault(text: str) -> None:
    assert parse(text) is None


def test_live_and_test_by_chain() -> None:
    assert [mode_of(chain) for chain in (1, 31337, 1337, 8453)] == [Mode.LIVE, Mode.TEST, Mode.TEST, Mode.LIVE]


def test_the_platform_can_do_everything_and_a_till_little() -> None:
    assert SCOPES[KeyRole.PLATFORM] == frozenset(Scope)
    assert all(SCOPES[role] < SCOPES[KeyRole.PLATFORM] for role in KeyRole if role is not KeyRole.PLATFORM)
    for role in TILL_ROLES:
        assert {scope for scope in SCOPES[role] if not scope.endswith(":read")} == {Scope.RECEIPTS_WRITE}
    assert not {scope for scope in SCOPES[KeyRole.READ] if not scope.endswith(":read")}


@given(st.sets(st.sampled_from(Scope)), st.sets(st.sampled_from(Scope)))
def test_nobody_hands_out_more_than_they_have(giver: set[Scope], given: set[Scope]) -> None:
    assert may_hand_out(giver, given) == (not given - giver)


def test_days_begin_when_the_calendar_does() -> None:
    start = datetime(2026, 1, 1, 15, tzinfo=UTC)  # midnight in Seoul
    days = [day_of(start + timedelta(days=1, seconds=seconds), int(start.timestamp())) for seconds in (-1, 0, 86_399)]
    assert days == [0, 1, 1]


def test_a_receipt_without_a_store_has_the_hash_that_it_always_had() -> None:
    said: dict[str, Any] = {
        "program": "demo",
        "reference": "r1",
        "account": Address(bytes(20)),
        "kind": ReceiptKind.PURCHASE,
        "amount": 1177,
        "currency": "USD",
        "occurred_at": datetime(1997, 1, 1, tzinfo=UTC),
    }
    without = canonical_body(**said)
    assert without == (
        b'{"account":"0x0000000000000000000000000000000000000000","amount":1177,"currency":"USD","kind":"purchase",'
        b'"occurred_at":"1997-01-01T00:00:00Z","program":"demo","reference":"r1"}'
    )
    assert canonical_body(**said, store="s1") == without[:-1] + b',"store":"s1"}'
