"""What receipts and awards are, before anything is stored."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import deployments
from tokenpoints.domain.entries import AwardStatus
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.instants import parse_rfc3339, rfc3339
from tokenpoints.domain.programs import ReceiptKind
from tokenpoints.domain.receipts import body_hash, canonical_body, receipt_hash
from tokenpoints.earning.awarding import status_of
from tokenpoints.earning.awards import refusal_name
from tokenpoints.earning.intake import Draft, faults_of

NOW = datetime(2026, 1, 15, tzinfo=UTC)


def body(**changes: object) -> bytes:
    fields: dict[str, object] = {
        "program": "demo",
        "reference": 'till "7" 가',
        "account": deployments.address(0xABC),
        "kind": ReceiptKind.PURCHASE,
        "amount": 1177,
        "currency": "USD",
        "occurred_at": datetime(1997, 1, 1, 9, tzinfo=timezone(timedelta(hours=9))),
    }
    return canonical_body(**(fields | changes))  # type: ignore[arg-type]


def test_canonical_body_is_sorted_compact_json() -> None:
    written = body()
    assert written.decode() == (
        '{"account":"0x0000000000000000000000000000000000000abc","amount":1177,"currency":"USD","kind":"purchase",'
        '"occurred_at":"1997-01-01T00:00:00Z","program":"demo","reference":"till \\"7\\" 가"}'
    )
    assert (
        written == json.dumps(json.loads(written), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    )


def test_receipt_hash_hides_the_body_behind_the_salt() -> None:
    salt = bytes(range(32))
    assert receipt_hash(body_hash(body()), salt) == keccak(salt + body_hash(body()))


@pytest.mark.parametrize("change", [{"amount": 1178}, {"reference": "x"}, {"program": "p"}, {"occurred_at": NOW}])
def test_any_change_is_another_body(change: dict[str, object]) -> None:
    assert body_hash(body(**change)) != body_hash(body())


@given(st.datetimes(timezones=st.just(UTC)))
def test_instants_survive_being_written(moment: datetime) -> None:
    assert parse_rfc3339(rfc3339(moment)) == moment


# Hypothesis also writes texts that it found in the code, the documented example among them.
@given(st.text().filter(lambda text: not re.match(r"\d{4}-\d\d-\d\d[Tt ]", text)))
def test_nothing_but_rfc_3339_is_an_instant(text: str) -> None:
    with pytest.raises(ValueError, match="date and time"):
        parse_rfc3339(text)


@pytest.mark.parametrize("text", ["2017-01-07T18:55:24", "2017-01-07T18:55Z", "2017-02-30T00:00:00Z", "2017-01-07 Z"])
def test_almost_rfc_3339_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match="date and time"):
        parse_rfc3339(text)


@pytest.mark.parametrize(
    ("block_number", "refused", "dead", "expected"),
    [
        (None, False, False, AwardStatus.PENDING),
        (None, False, True, AwardStatus.DEAD),
        (11, False, False, AwardStatus.CONFIRMED),
        (10, False, False, AwardStatus.FINALIZED),
        (11, True, False, AwardStatus.REFUSED),
        (9, True, False, AwardStatus.REFUSED),
    ],
)
def test_status_of_an_award(block_number: int | None, refused: bool, dead: bool, expected: AwardStatus) -> None:
    assert status_of(block_number=block_number, refused=refused, dead=dead, finalized_number=10) is expected


def test_refusals_of_later_contracts_keep_their_number() -> None:
    assert refusal_name(6) == "budget_exceeded" and refusal_name(77) == "reason_77"


def test_draft_may_be_a_day_ahead_and_no_more() -> None:
    def faults(ahead: timedelta) -> list[str]:
        draft = Draft("r", None, "c", ReceiptKind.PURCHASE, 1, None, NOW + ahead)
        return [field for field, _ in faults_of(draft, deployments.program(), NOW)]

    assert faults(timedelta(days=1)) == []
    assert faults(timedelta(days=1, microseconds=1)) == ["occurred_at"]
