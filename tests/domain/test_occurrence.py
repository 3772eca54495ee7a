from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.support.programs import everyday_terms, make_program
from tokenpoints.domain.batches import GROUPS_MAX, BatchEntry
from tokenpoints.domain.occurrence import ChainClock, DatedAward, Moment, groups_of, margin_seconds
from tokenpoints.domain.rules import RuleVersion
from tokenpoints.domain.types import Address, Hash32

DAY = 86_400
NOW, LOOK_BACK = 1_000 * DAY, 60 * DAY
TERMS = replace(everyday_terms(make_program(), 5), opens_at=900 * DAY, closes_at=2_000 * DAY)
VERSIONS = [RuleVersion(1, 0, TERMS), RuleVersion(2, NOW - 5 * DAY, TERMS), RuleVersion(3, NOW + DAY, TERMS)]


def moment(*, end_announced_at: int | None = None) -> Moment:
    return Moment(NOW, LOOK_BACK, end_announced_at, {1: VERSIONS, 2: VERSIONS[:1]})


def award(occurred: int, rule_id: int = 1) -> DatedAward:
    return DatedAward(rule_id, occurred, BatchEntry(Address(bytes(20)), 1, Hash32(bytes(32))))


def test_a_receipt_falls_under_the_version_of_its_time() -> None:
    assert moment().group_of(award(NOW - 5 * DAY - 1))[1] == 1
    assert moment().group_of(award(NOW - 5 * DAY))[1] == 2


def test_one_from_before_the_look_back_or_from_the_future_counts_as_now() -> None:
    earliest = NOW - LOOK_BACK + 14 * DAY
    counted = [moment().counted_at(at) for at in (0, earliest - 1, earliest, NOW, NOW + 1)]
    assert counted == [NOW, NOW, earliest, NOW, NOW]


def test_the_margin_is_half_of_a_short_look_back() -> None:
    assert [margin_seconds(look_back) for look_back in (DAY, 20 * DAY, 365 * DAY)] == [DAY // 2, 10 * DAY, 14 * DAY]


def test_what_the_contract_would_refuse_as_a_whole_stands_apart() -> None:
    in_time, announced = NOW - 3 * DAY, NOW - 2 * DAY
    groups = groups_of([award(in_time), award(announced)], moment(end_announced_at=announced))
    assert [(group.occurred_from, group.occurred_to) for group in groups] == [
        (in_time, in_time),
        (announced, announced),
    ]
    closed = replace(TERMS, closes_at=NOW - DAY)
    late = Moment(NOW, LOOK_BACK, None, {1: [RuleVersion(1, 0, closed)]})
    assert len(groups_of([award(NOW - 2 * DAY), award(NOW)], late)) == 2


def test_the_clock_counts_where_a_chain_idles() -> None:
    chain = ChainClock()
    chain.saw(7, 100, 90)
    assert [chain.present(100, clock) for clock in (90, 150, 1_000)] == [100, 100, 940]


def test_a_new_block_tells_how_far_the_chain_is_behind() -> None:
    chain = ChainClock()
    chain.saw(7, 100, 1_000)  # may have been mined long ago
    assert chain.present(100, 1_001) == 941
    chain.saw(8, 110, 1_010)
    assert chain.present(110, 1_020) == 115
    chain.saw(8, 110, 5_000)  # still the same one
    assert chain.present(110, 5_000) == 4_095
    chain.saw(9, 5_998, 6_000)
    assert chain.present(5_998, 6_100) == 6_040


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.integers(NOW - 70 * DAY, NOW + 2 * DAY)), max_size=40))
def test_groups_hold_every_award_in_order_within_a_version(awards: list[tuple[int, int]]) -> None:
    dated = [award(occurred, rule_id) for rule_id, occurred in awards]
    at = moment()
    groups = groups_of(dated, at)
    assert [entry for group in groups for entry in group.entries] == [each.entry for each in dated]
    for group in groups:
        versions = at.versions[group.rule_id]
        starts = versions[group.version - 1].effective_at
        ends = versions[group.version].effective_at if group.version < len(versions) else NOW + 1
        assert starts <= group.occurred_from <= group.occurred_to <= NOW and group.occurred_to < ends
        assert group.occurred_from >= NOW - LOOK_BACK + margin_seconds(LOOK_BACK)


def test_a_batch_takes_the_groups_that_have_waited_longest() -> None:
    rules = {number: [RuleVersion(1, 0, TERMS)] for number in range(1, GROUPS_MAX + 3)}
    dated = [award(NOW, number) for number in [*rules, *rules]]
    chosen = Moment(NOW, LOOK_BACK, None, rules).together(dated)
    assert [dated[index].rule_id for index in chosen] == [n for n in range(1, GROUPS_MAX + 1) for _ in range(2)]


def test_an_award_of_a_rule_that_is_not_known_waits() -> None:
    assert not moment().knows([award(NOW), award(NOW, 3)])
