from collections.abc import Sequence

import pytest

from tokenpoints.domain.entries import BatchPlace, ClawbackReason, EntryType, FreezeReason
from tokenpoints.domain.events import (
    AwardClawedBack,
    AwardRefused,
    BatchAwarded,
    ChangeCancelled,
    Dealing,
    Dealt,
    Event,
    FlagSet,
    GroupAwarded,
    LogPlace,
    LotsCause,
    LotsMoved,
    ProgramChanged,
    TierChanged,
    Transferred,
    TransferredAtEpoch,
)
from tokenpoints.domain.ledger import ContradictoryLogs, LedgerChange, accounts_in, apply
from tokenpoints.domain.points import FROZEN, PARTNER, AccountWord, EpochClock, Lots
from tokenpoints.domain.rules import RefusalReason
from tokenpoints.domain.types import ZERO_ADDRESS, Address, Hash32

CLOCK = EpochClock(start=0, length_seconds=3600, tier_period_epochs=4, thresholds=(22, 24, 0))
ANNA, BO, ISSUER = (Address(bytes([number]) * 20) for number in (1, 2, 9))


def placed(*transactions: tuple[int, Sequence[Event]]) -> list[tuple[int, list[tuple[LogPlace, Event]]]]:
    rows = []
    log_index = 0
    for number, (timestamp, events) in enumerate(transactions):
        row: list[tuple[LogPlace, Event]] = []
        for event in events:
            row.append((LogPlace(number, Hash32(bytes(32)), log_index), event))
            log_index += 1
        rows.append((timestamp, row))
    return rows


def run(*transactions: tuple[int, Sequence[Event]], words: dict[Address, AccountWord] | None = None) -> LedgerChange:
    packed = {account: word.pack() for account, word in (words or {}).items()}
    return apply(placed(*transactions), packed, CLOCK)


def word_in(change: LedgerChange, account: Address) -> AccountWord:
    return AccountWord.unpack(change.words[account])


def minted(account: Address, points: int) -> Transferred:
    return Transferred(ZERO_ADDRESS, account, points)


NOTHING = Hash32(bytes(32))


def group(count: int, total: int, refused: int = 0, *, rule_id: int = 1) -> GroupAwarded:
    return GroupAwarded(ISSUER, 1, rule_id, 1, count, refused, total, NOTHING)


def completed(count: int, total: int, refused: int = 0) -> BatchAwarded:
    return BatchAwarded(ISSUER, 1, count, refused, total, NOTHING, NOTHING)


def batch(count: int, total: int, refused: int = 0) -> list[Event]:
    """A batch of one group."""
    return [group(count, total, refused), completed(count, total, refused)]


def refusal(position: int) -> AwardRefused:
    return AwardRefused(ISSUER, 1, position, BO, 5, RefusalReason.NO_POINTS)


def test_mints_belong_to_the_batch_that_ends_them() -> None:
    change = run((0, [refusal(1), minted(ANNA, 10), minted(BO, 20), *batch(3, 30, refused=1)]))
    assert [(entry.account, entry.amount) for entry in change.entries] == [(ANNA, 10), (BO, 20)]
    assert [entry.place.position for entry in change.entries if entry.place] == [0, 2]
    assert word_in(change, BO).balance == 20


@pytest.mark.parametrize(
    "events",
    [
        [minted(ANNA, 10)],
        [minted(ANNA, 10), *batch(1, 11)],
        [minted(ANNA, 10), *batch(2, 10)],
        [minted(ANNA, 10), *batch(1, 10, refused=1)],
        [refusal(0), *batch(1, 0)],
        [minted(ANNA, 10), group(1, 10)],
        [minted(ANNA, 10), group(1, 10), completed(2, 10)],
        [minted(ANNA, 10), completed(1, 10)],
        [*batch(0, 0), minted(ANNA, 1)],
    ],
)
def test_a_batch_that_does_not_add_up_is_not_believed(events: list[Event]) -> None:
    with pytest.raises(ContradictoryLogs):
        run((0, events))


def test_positions_are_counted_through_the_groups_of_a_batch() -> None:
    events: list[Event] = [minted(ANNA, 10), group(1, 10), refusal(1), minted(BO, 5), group(2, 5, 1, rule_id=7)]
    change = run((0, [*events, completed(3, 15, 1)]))
    assert [(entry.rule_id, entry.place and entry.place.position) for entry in change.entries] == [(1, 0), (7, 2)]
    assert [(each.first_position, each.event.rule_id) for each in change.groups] == [(0, 1), (1, 7)]
    assert [(each.rule_id, each.event.position) for each in change.refusals] == [(7, 1)]


def test_a_tier_rises_with_an_award_and_falls_at_the_periods_end() -> None:
    change = run(
        (0, [minted(ANNA, 25), TierChanged(ANNA, 0, 2), *batch(1, 25)]),
        (5 * 3600, [Transferred(ANNA, ZERO_ADDRESS, 25)]),
        (9 * 3600, [TierChanged(ANNA, 2, 0)]),
    )
    assert [(entry.type, entry.word_after.tier) for entry in change.entries] == [
        (EntryType.AWARD, 0),
        (EntryType.TIER, 2),
        (EntryType.EXPIRY_LOGGED, 2),
        (EntryType.TIER, 0),
    ]


@pytest.mark.parametrize(
    "events",
    [
        [minted(ANNA, 25), *batch(1, 25)],
        [minted(ANNA, 25), minted(ANNA, 1), TierChanged(ANNA, 0, 2), *batch(2, 26)],
        [minted(ANNA, 25), TierChanged(ANNA, 0, 1), *batch(1, 25)],
        [minted(ANNA, 25), TierChanged(ANNA, 1, 2), *batch(1, 25)],
        [TierChanged(ANNA, 0, 1)],
        [TierChanged(ANNA, 0, 0)],
    ],
)
def test_a_change_of_tier_that_is_not_due_or_not_logged_is_not_believed(events: list[Event]) -> None:
    with pytest.raises(ContradictoryLogs, match="tier"):
        run((0, events))


def lots(cause: LotsCause, amounts: Lots, *, epoch: int = 4, unearned: int = 0) -> list[Event]:
    """The lots and the transfer that follows."""
    gone = cause in (LotsCause.BURNED, LotsCause.CLAWED_BACK)
    ends = (ANNA, ZERO_ADDRESS) if gone else (ZERO_ADDRESS, ANNA)
    return [LotsMoved(cause, ANNA, epoch, amounts, unearned), Transferred(*ends, sum(amounts))]


def clawed_back(burned: int) -> AwardClawedBack:
    return AwardClawedBack(ISSUER, 3, 8, ANNA, 9, burned, ClawbackReason.FRAUD)


def test_points_come_and_go_as_lots() -> None:
    words = {ANNA: AccountWord(epoch=4, total=7, lots=(5, 4, 3, 2))}
    events = [
        *lots(LotsCause.BURNED, (0, 0, 1, 2)),
        *lots(LotsCause.RESTORED, (1, 0, 1, 0)),
        *lots(LotsCause.MINTED, (0, 3, 0, 0)),
        *lots(LotsCause.CLAWED_BACK, (6, 0, 0, 0), unearned=7),
        clawed_back(6),
    ]
    change = run((3 * 3600, events), words=words)
    assert [(entry.type, entry.amount) for entry in change.entries] == [
        (EntryType.REDEMPTION, -3),
        (EntryType.REFUND, 2),
        (EntryType.CONVERSION_IN, 3),
        (EntryType.CLAWBACK, -6),
    ]
    assert (word_in(change, ANNA).lots, word_in(change, ANNA).total) == ((0, 7, 3, 0), 0)
    assert change.entries[-1].place == BatchPlace(ISSUER, 3, 8)
    assert change.entries[-1].reason == ClawbackReason.FRAUD


def converted(burned: int) -> Dealt:
    return Dealt(Dealing.CONVERTED, Hash32(bytes(32)), ANNA, BO, burned, 2, 5)


def test_points_that_a_conversion_burned_went_to_a_partner() -> None:
    words = {ANNA: AccountWord(epoch=4, total=7, lots=(5, 4, 3, 2))}
    redeemed, first, second = (lots(LotsCause.BURNED, (0, 0, 0, amount)) for amount in (1, 2, 3))
    words[ANNA] = AccountWord(epoch=4, total=7, lots=(5, 4, 3, 6))
    events = [*redeemed, *first, converted(2), *second, converted(3)]
    change = run((3 * 3600, events), words=words)
    assert [(entry.type, entry.amount, entry.counterparty) for entry in change.entries] == [
        (EntryType.REDEMPTION, -1, None),
        (EntryType.CONVERSION_OUT, -2, BO),
        (EntryType.CONVERSION_OUT, -3, BO),
    ]
    assert [event for _, event in change.dealings] == [converted(2), converted(3)]


def test_lots_of_nothing_are_an_entry_only_of_a_clawback() -> None:
    nothing = (0, 0, 0, 0)
    events = [*lots(LotsCause.BURNED, nothing), *lots(LotsCause.CLAWED_BACK, nothing), clawed_back(0)]
    assert [entry.type for entry in run((3 * 3600, events)).entries] == [EntryType.CLAWBACK]


@pytest.mark.parametrize(
    "events",
    [
        lots(LotsCause.BURNED, (6, 0, 0, 0)),
        lots(LotsCause.BURNED, (1, 0, 0, 0), epoch=3),
        lots(LotsCause.MINTED, (1, 0, 0, 0))[:1],
        [lots(LotsCause.BURNED, (1, 0, 0, 0))[0], Transferred(ANNA, ZERO_ADDRESS, 2)],
        [*lots(LotsCause.CLAWED_BACK, (1, 0, 0, 0), unearned=8), clawed_back(1)],
        lots(LotsCause.CLAWED_BACK, (1, 0, 0, 0)),
        [*lots(LotsCause.CLAWED_BACK, (1, 0, 0, 0)), clawed_back(2)],
        [clawed_back(0)],
        [converted(1)],
        [*lots(LotsCause.BURNED, (1, 0, 0, 0)), converted(2)],
        [*lots(LotsCause.BURNED, (1, 0, 0, 0)), converted(1), converted(1)],
    ],
)
def test_lots_that_do_not_add_up_are_not_believed(events: list[Event]) -> None:
    words = {ANNA: AccountWord(epoch=4, total=7, lots=(5, 0, 0, 0))}
    with pytest.raises(ContradictoryLogs):
        run((3 * 3600, events), words=words)


def test_a_flag_is_set_in_the_word_as_it_stands() -> None:
    words = {ANNA: AccountWord(epoch=1, lots=(5, 0, 0, 0))}
    events: list[Event] = [
        FlagSet(ANNA, FROZEN, True, FreezeReason.LEGAL_ORDER, 99),
        FlagSet(ANNA, PARTNER, True),
        FlagSet(ANNA, FROZEN, False),
    ]
    change = run((9 * 3600, events), words=words)
    assert word_in(change, ANNA) == AccountWord(epoch=1, flags=PARTNER, lots=(5, 0, 0, 0))
    assert [(entry.type, entry.reason) for entry in change.entries] == [
        (EntryType.FREEZE, FreezeReason.LEGAL_ORDER),
        (EntryType.PARTNER, None),
        (EntryType.UNFREEZE, None),
    ]


def test_rules_and_what_concerns_the_program_are_kept_in_order() -> None:
    cancelled, paused = ChangeCancelled(1, 2), ProgramChanged("PauseSet", 5)
    change = run((0, [cancelled, paused]))
    assert [event for _, event in change.rules] == [cancelled]
    assert [event for _, event in change.program] == [paused]


def test_a_transfer_moves_the_oldest_lots_and_keeps_their_age() -> None:
    words = {ANNA: AccountWord(epoch=1, lots=(5, 4, 3, 0))}
    change = run((0, [Transferred(ANNA, BO, 6)]), words=words)
    assert word_in(change, ANNA).lots == (5, 1, 0, 0)
    assert word_in(change, BO).lots == (0, 3, 3, 0)
    assert [(entry.type, entry.amount, entry.counterparty) for entry in change.entries] == [
        (EntryType.TRANSFER_OUT, -6, BO),
        (EntryType.TRANSFER_IN, 6, ANNA),
    ]


def test_a_transfer_of_one_epoch_moves_that_lot_alone() -> None:
    words = {ANNA: AccountWord(epoch=4, lots=(5, 4, 3, 2))}
    events: list[Event] = [TransferredAtEpoch(ANNA, BO, 3, 4), Transferred(ANNA, BO, 4), Transferred(ANNA, BO, 3)]
    change = run((3 * 3600, events), words=words)
    assert word_in(change, ANNA).lots == (5, 0, 2, 0), "the transfer after it takes the oldest again"
    assert word_in(change, BO).lots == (0, 4, 1, 2)
    assert [entry.amount for entry in change.entries] == [-4, 4, -3, 3]


def test_a_transfer_of_one_epoch_to_oneself_or_of_nothing_is_no_entry() -> None:
    words = {ANNA: AccountWord(epoch=4, lots=(5, 4, 3, 2))}
    to_oneself: list[Event] = [TransferredAtEpoch(ANNA, ANNA, 4, 5), Transferred(ANNA, ANNA, 5)]
    of_nothing: list[Event] = [TransferredAtEpoch(ANNA, BO, 9, 0), Transferred(ANNA, BO, 0)]
    assert run((3 * 3600, [*to_oneself, *of_nothing]), words=words).entries == []


@pytest.mark.parametrize("epoch", [0, 1, 3, 5])
def test_a_transfer_of_an_epoch_without_the_points_is_not_believed(epoch: int) -> None:
    words = {ANNA: AccountWord(epoch=4, lots=(5, 1, 5, 1))}
    with pytest.raises(ContradictoryLogs, match=f"of epoch {epoch} are below 5"):
        run((3 * 3600, [TransferredAtEpoch(ANNA, BO, epoch, 5), Transferred(ANNA, BO, 5)]), words=words)


@pytest.mark.parametrize(
    "following",
    [
        [],
        [Transferred(ANNA, BO, 3)],
        [Transferred(BO, ANNA, 2)],
        [TransferredAtEpoch(ANNA, BO, 4, 2)],
        [minted(ANNA, 1), *batch(1, 1)],
    ],
)
def test_an_epoch_without_its_transfer_is_not_believed(following: list[Event]) -> None:
    words = {ANNA: AccountWord(epoch=4, lots=(5, 0, 0, 0)), BO: AccountWord(epoch=4, lots=(5, 0, 0, 0))}
    with pytest.raises(ContradictoryLogs, match="no transfer follows"):
        run((3 * 3600, [TransferredAtEpoch(ANNA, BO, 4, 2), *following]), words=words)


def test_a_transfer_to_oneself_or_of_nothing_is_no_entry() -> None:
    words = {ANNA: AccountWord(epoch=1, lots=(5, 0, 0, 0))}
    assert run((0, [Transferred(ANNA, ANNA, 5), Transferred(ANNA, BO, 0)]), words=words).entries == []


def test_a_transfer_of_what_is_not_there_is_not_believed() -> None:
    with pytest.raises(ContradictoryLogs, match="balance 0 is below 6"):
        run((0, [Transferred(ANNA, BO, 6)]))


def test_expiry_that_is_logged_changes_the_word_and_no_balance() -> None:
    words = {ANNA: AccountWord(epoch=1, lots=(5, 0, 0, 0))}
    change = run((4 * 3600, [Transferred(ANNA, ZERO_ADDRESS, 5)]), words=words)
    assert [(entry.type, entry.amount) for entry in change.entries] == [(EntryType.EXPIRY_LOGGED, 0)]
    assert change.entries[0].balance_after == 0
    assert word_in(change, ANNA).balance == 0


def test_an_expiry_that_is_not_due_is_not_believed() -> None:
    words = {ANNA: AccountWord(epoch=1, lots=(5, 0, 0, 0))}
    with pytest.raises(ContradictoryLogs, match="0 are due"):
        run((4 * 3600 - 1, [Transferred(ANNA, ZERO_ADDRESS, 5)]), words=words)


def test_an_expiry_that_was_not_logged_is_noticed() -> None:
    words = {ANNA: AccountWord(epoch=1, lots=(5, 0, 0, 0))}
    with pytest.raises(ContradictoryLogs, match="was not logged"):
        run((4 * 3600, [minted(ANNA, 10), *batch(1, 10)]), words=words)


def test_the_accounts_of_events_are_without_the_zero_address() -> None:
    assert accounts_in(placed((0, [minted(ANNA, 1), Transferred(ANNA, BO, 1), *batch(1, 1)]))) == {ANNA, BO}
