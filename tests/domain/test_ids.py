"""Public identifiers."""

from __future__ import annotations

import re
import time

from tokenpoints.domain.ids import new_id, new_ids

_ULID = re.compile(r"rcp_[0-7][0-9A-HJKMNP-TV-Z]{25}")


def _milliseconds(id: str) -> int:
    digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return sum(digits.index(digit) << 5 * place for place, digit in enumerate(reversed(id[4:14])))


def test_many_ids_are_ulids_of_now_and_none_is_twice() -> None:
    before = time.time_ns() // 1_000_000
    ids = [*new_ids("rcp", 1_000), new_id("rcp")]
    after = time.time_ns() // 1_000_000
    assert all(_ULID.fullmatch(id) for id in ids)
    assert all(before <= _milliseconds(id) <= after for id in ids)
    assert len({id[14:] for id in ids}) == 1_001
    assert ids[:1_000] == sorted(ids[:1_000])


def test_no_ids_are_made_where_none_is_asked_for() -> None:
    assert new_ids("rcp", 0) == []
