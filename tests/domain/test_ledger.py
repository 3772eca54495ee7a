from collections.abc import Sequence

import pytest

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.events import AwardRefused, BatchAwarded, Event, LogPlace, Transferred, TransferredAtEpoch
from tokenpoints.domain.ledger import ContradictoryLogs, LedgerChange, accounts_in, apply
from tokenpoints.domain.points import AccountWord, EpochClock
from tokenpoints.domain.rules import RefusalReason
from tokenpoints.domain.types import ZERO_ADDRESS, Address, Hash32

CLOCK = EpochClock(start=0, length_seconds=3600, tier_period_epochs=4)
ANNA, BO, ISSUER = (Address(bytes([number]) * 20) for number in (1, 2, 9))


def run(*transactions: tuple[int, Sequence[Event]], words: dict[Address, AccountWord] | None = None) -> LedgerChange:
    placed = []
    log_index = 0
    for number, (timestamp, events) in enumerate(transactions):
        row: list[tuple[LogPlace, Event]] = []
        for event in events:
            row.append((LogPlace(number, Hash32(bytes(32)), Hash32(bytes(32)), 0, log_index), event))
            log_index += 1
        placed.append((timestamp, row))
    return apply(placed, words or {}, CLOCK)


def minted(account: Address, points: int) -> Transferred:
    return Transferred(ZERO_ADDRESS, account, points)


def batch(count: int, total: int, refused: int = 0) -> BatchAwarded:
    return BatchAwarded(ISSUER, 1, 1, 1, count, refused, total, Hash32(bytes(32)))


def refusal(position: int) -> AwardRefused:
    return AwardRefused(ISSUER, 1, position, BO, 5, RefusalReason.NO_POINTS)


def test_mints_belong_to_the_batch_that_ends_them() -> None:
    change = run((0, [refusal(1), minted(ANNA, 10), minted(BO, 20), batch(3, 30, refused=1)]))
    assert [(entry.account, entry.amount) for entry in change.entries] == [(ANNA, 10), (BO, 20)]
    assert [entry.place.position for entry in change.entries if entry.place] == [0, 2]
    assert change.words[BO].balance == 20


@pytest.mark.parametrize(
    "events",
    [
        [minted(ANNA, 10)],
        [minted(ANNA, 10), batch(1, 11)],
        [minted(ANNA, 10), batch(2, 10)],
        [minted(ANNA, 10), batch(1, 10, refused=1)],
        [refusal(0), batch(1, 0)],
    ],
)
def test_a_batch_that_does_not_add_up_is_not_believed(events: list[Event]) -> None:
    with pytest.raises(ContradictoryLogs):
        run((0, events))


def test_a_transfer_moves_the_oldest_lots_and_keeps_their_age() -> None:
    words = {ANNA: AccountWord(epoch=1, lots=(5, 4, 3, 0))}
    change = run((0, [Transferred(ANNA, BO, 6)]), words=words)
    assert change.words[ANNA].lots == (5, 1, 0, 0)
    assert change.words[BO].lots == (0, 3, 3, 0)
    assert [(entry.type, entry.amount, entry.counterparty) for entry in change.entries] == [
        (EntryType.TRANSFER_OUT, -6, BO),
        (EntryType.TRANSFER_IN, 6, ANNA),
    ]


def test_a_transfer_of_one_epoch_moves_that_lot_alone() -> None:
    words = {ANNA: AccountWord(epoch=4, lots=(5, 4, 3, 2))}
    events: list[Event] = [TransferredAtEpoch(ANNA, BO, 3, 4), Transferred(ANNA, BO, 4), Transferred(ANNA, BO, 3)]
    change = run((3 * 3600, events), words=words)
    assert change.words[ANNA].lots == (5, 0, 2, 0), "the transfer after it takes the oldest again"
    assert change.words[BO].lots == (0, 4, 1, 2)
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
        [minted(ANNA, 1), batch(1, 1)],
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


def test_expiry_is_an_entry_when_it_is_logged() -> None:
    words = {ANNA: AccountWord(epoch=1, lots=(5, 0, 0, 0))}
    change = run((4 * 3600, [Transferred(ANNA, ZERO_ADDRESS, 5)]), words=words)
    assert [(entry.type, entry.amount) for entry in change.entries] == [(EntryType.EXPIRY, -5)]
    assert change.words[ANNA].balance == 0


def test_an_expiry_that_is_not_due_is_not_believed() -> None:
    words = {ANNA: AccountWord(epoch=1, lots=(5, 0, 0, 0))}
    with pytest.raises(ContradictoryLogs, match="0 are due"):
        run((4 * 3600 - 1, [Transferred(ANNA, ZERO_ADDRESS, 5)]), words=words)


def test_an_expiry_that_was_not_logged_is_noticed() -> None:
    words = {ANNA: AccountWord(epoch=1, lots=(5, 0, 0, 0))}
    with pytest.raises(ContradictoryLogs, match="was not logged"):
        run((4 * 3600, [minted(ANNA, 10), batch(1, 10)]), words=words)


def test_the_accounts_of_events_are_without_the_zero_address() -> None:
    assert accounts_in([minted(ANNA, 1), Transferred(ANNA, BO, 1), batch(1, 1)]) == {ANNA, BO}
