"""The ledger: what a transaction's events do to accounts, in the order in which they were logged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tokenpoints.domain.entries import BatchPlace, EntryType, LedgerEntry
from tokenpoints.domain.events import (
    AwardRefused,
    BatchAwarded,
    Event,
    LogPlace,
    RuleSet,
    Transferred,
    TransferredAtEpoch,
)
from tokenpoints.domain.points import AccountWord, EpochClock, InsufficientLots
from tokenpoints.domain.types import ZERO_ADDRESS, Address, Points


class ContradictoryLogs(ValueError):
    """The logs cannot have come from the contracts: they do not add up."""


@dataclass(slots=True)
class LedgerChange:
    """What a run of transactions did to one program."""

    entries: list[LedgerEntry] = field(default_factory=list)
    batches: list[tuple[LogPlace, BatchAwarded]] = field(default_factory=list)
    refusals: list[tuple[LogPlace, AwardRefused]] = field(default_factory=list)
    rules: list[tuple[LogPlace, RuleSet]] = field(default_factory=list)
    words: dict[Address, AccountWord] = field(default_factory=dict)
    """Of every account that changed, after the last change."""


def accounts_in(events: Iterable[Event]) -> set[Address]:
    """The accounts whose words `apply` needs."""
    found: set[Address] = set()
    for event in events:
        if isinstance(event, Transferred):
            found.update((event.sender, event.recipient))
    found.discard(ZERO_ADDRESS)
    return found


def apply(
    transactions: Iterable[tuple[int, list[tuple[LogPlace, Event]]]],
    words: Mapping[Address, AccountWord],
    clock: EpochClock,
) -> LedgerChange:
    """Apply transactions, each as (block timestamp, its events by log index), to `words`.

    Raises ContradictoryLogs where the events do not add up: points spent that were not there, an
    expiry that is not due or due and not logged, a batch whose mints are not what it says.
    """
    change = LedgerChange()
    for timestamp, events in transactions:
        _Transaction(change, words, clock, clock.epoch_at(timestamp)).apply(events)
    return change


class _Transaction:
    """One transaction's events at work on a change."""

    def __init__(
        self, change: LedgerChange, words: Mapping[Address, AccountWord], clock: EpochClock, epoch: int
    ) -> None:
        self._change, self._words, self._clock, self._epoch = change, words, clock, epoch
        self._mints: list[int] = []  # indexes of entries that no batch has claimed yet
        self._refused: set[int] = set()
        self._announced: TransferredAtEpoch | None = None  # by the event before, of the one at hand

    def apply(self, events: list[tuple[LogPlace, Event]]) -> None:
        for place, event in events:
            if self._announced is not None and not _announces(self._announced, event):
                break
            match event:
                case Transferred(sender, _, _) if sender == ZERO_ADDRESS:
                    self._mint(place, event)
                case Transferred(_, recipient, _) if recipient == ZERO_ADDRESS:
                    self._expire(place, event)
                case Transferred():
                    self._transfer(place, event)
                case TransferredAtEpoch():
                    self._announced = event
                case AwardRefused():
                    self._change.refusals.append((place, event))
                    self._refused.add(event.position)
                case BatchAwarded():
                    self._claim(place, event)
                case RuleSet():
                    self._change.rules.append((place, event))
        if self._announced is not None:
            raise ContradictoryLogs(f"no transfer follows that of {self._announced.amount} of one epoch")
        if self._mints or self._refused:
            raise ContradictoryLogs("points were minted or refused outside a batch")

    def _word(self, account: Address) -> AccountWord:
        """The account's word in this epoch. What expires by that must have been logged already."""
        before = self._stored(account)
        rolled = before.rolled(self._epoch, self._clock)
        if rolled.balance != before.balance:
            raise ContradictoryLogs(f"an expiry of {before.balance - rolled.balance} was not logged")
        return rolled

    def _stored(self, account: Address) -> AccountWord:
        return self._change.words.get(account) or self._words.get(account) or AccountWord()

    def _record(self, entry: LedgerEntry) -> None:
        self._change.words[entry.account] = entry.word_after
        self._change.entries.append(entry)

    def _mint(self, place: LogPlace, event: Transferred) -> None:
        word = self._word(event.recipient).awarded(Points(event.amount))
        self._mints.append(len(self._change.entries))
        self._record(_entry(place, event.recipient, EntryType.AWARD, event.amount, word))

    def _expire(self, place: LogPlace, event: Transferred) -> None:
        before = self._stored(event.sender)
        word = before.rolled(self._epoch, self._clock)
        due = before.balance - word.balance
        if due != event.amount or due == 0:
            raise ContradictoryLogs(f"{event.amount} were logged as expired where {due} are due")
        self._record(_entry(place, event.sender, EntryType.EXPIRY, -event.amount, word))

    def _transfer(self, place: LogPlace, event: Transferred) -> None:
        announced, self._announced = self._announced, None
        if event.amount == 0 or event.sender == event.recipient:
            return
        try:
            word, points = self._word(event.sender), Points(event.amount)
            sender, lots = word.spent(points) if announced is None else word.spent_at(announced.epoch, points)
        except InsufficientLots as error:
            raise ContradictoryLogs(f"a transfer of {event.amount}: {error}") from error
        recipient = self._word(event.recipient).received(lots)
        out = _entry(place, event.sender, EntryType.TRANSFER_OUT, -event.amount, sender)
        into = _entry(place, event.recipient, EntryType.TRANSFER_IN, event.amount, recipient)
        self._record(replace(out, counterparty=event.recipient))
        self._record(replace(into, counterparty=event.sender))

    def _claim(self, place: LogPlace, batch: BatchAwarded) -> None:
        """Give the mints and refusals so far to the batch that has just ended."""
        positions = [position for position in range(batch.entry_count) if position not in self._refused]
        minted = sum(self._change.entries[index].amount for index in self._mints)
        if len(positions) != len(self._mints) or len(self._refused) != batch.refused_count or minted != batch.minted:
            raise ContradictoryLogs(f"batch {batch.batch_number} does not add up")
        for position, index in zip(positions, self._mints, strict=True):
            self._change.entries[index] = replace(
                self._change.entries[index],
                rule_id=batch.rule_id,
                rule_version=batch.rule_version,
                place=BatchPlace(batch.issuer, batch.batch_number, position),
            )
        self._change.batches.append((place, batch))
        self._mints, self._refused = [], set()


def _announces(announced: TransferredAtEpoch, event: Event) -> bool:
    """Whether `event` is the transfer that was announced."""
    return event == Transferred(announced.sender, announced.recipient, announced.amount)


def _entry(place: LogPlace, account: Address, entry_type: EntryType, amount: int, word: AccountWord) -> LedgerEntry:
    return LedgerEntry(
        block_number=place.block_number,
        log_index=place.log_index,
        transaction_hash=place.transaction_hash,
        account=account,
        type=entry_type,
        amount=amount,
        word_after=word,
    )
