"""The ledger: what a transaction's events do to accounts, in the order in which they were logged.

The words that come out are those that the contract stores, with one liberty: where the chain rolls a word and logs
nothing (nothing expired, no tier changed), the word here stays as it was, and equals the other once both are rolled to
one epoch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tokenpoints.domain.entries import BatchPlace, EntryType, LedgerEntry
from tokenpoints.domain.events import (
    AwardClawedBack,
    AwardRefused,
    BatchAwarded,
    ChangeCancelled,
    Event,
    FlagSet,
    GroupAwarded,
    LogPlace,
    LotsCause,
    LotsMoved,
    ProgramChanged,
    RuleSet,
    TierChanged,
    Transferred,
    TransferredAtEpoch,
)
from tokenpoints.domain.points import FROZEN, AccountWord, EpochClock, InsufficientLots
from tokenpoints.domain.tiers import tier_of
from tokenpoints.domain.types import ZERO_ADDRESS, Address, Points


class ContradictoryLogs(ValueError):
    """The logs cannot have come from the contracts: they do not add up."""


@dataclass(frozen=True, slots=True)
class GroupInBatch:
    """A group, and where it begins in its batch."""

    place: LogPlace
    first_position: int
    event: GroupAwarded


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused entry, and the version of the rule that it fell under."""

    place: LogPlace
    event: AwardRefused
    rule_id: int
    rule_version: int


@dataclass(slots=True)
class LedgerChange:
    """What a run of transactions did to one program."""

    entries: list[LedgerEntry] = field(default_factory=list)
    batches: list[tuple[LogPlace, BatchAwarded]] = field(default_factory=list)
    groups: list[GroupInBatch] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    rules: list[tuple[LogPlace, RuleSet | ChangeCancelled]] = field(default_factory=list)
    program: list[tuple[LogPlace, ProgramChanged]] = field(default_factory=list)
    words: dict[Address, AccountWord] = field(default_factory=dict)
    """Of every account that changed, after the last change."""


def accounts_in(events: Iterable[Event]) -> set[Address]:
    """The accounts whose words `apply` needs."""
    found: set[Address] = set()
    for event in events:
        match event:
            case Transferred():
                found.update({event.sender, event.recipient} - {ZERO_ADDRESS})
            case TierChanged() | FlagSet():
                found.add(event.account)
            case _:
                pass
    return found


def apply(
    transactions: Iterable[tuple[int, list[tuple[LogPlace, Event]]]],
    words: Mapping[Address, AccountWord],
    clock: EpochClock,
) -> LedgerChange:
    """Apply transactions, each as (block timestamp, its events by log index), to `words`.

    Raises ContradictoryLogs where the events do not add up: points spent that were not there, an expiry or a change of
    tier that is not due or due and not logged, a batch whose mints are not what it says.
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
        self._mints: list[int] = []  # indexes of entries that no group has claimed yet
        self._refused: dict[int, tuple[LogPlace, AwardRefused]] = {}  # by position, that no group has claimed yet
        self._groups: list[GroupInBatch] = []  # that no batch has claimed yet
        self._announced: TransferredAtEpoch | LotsMoved | None = None  # by the event before, of the one at hand
        self._tiers_due: dict[Address, int] = {}  # to be logged before anything else happens to the account
        self._clawed: list[int] = []  # indexes of clawbacks whose award is not named yet

    def apply(self, events: list[tuple[LogPlace, Event]]) -> None:
        for place, event in events:
            if self._announced is not None and not _announces(self._announced, event):
                break
            match event:
                case Transferred():
                    self._move(place, event)
                case TransferredAtEpoch() | LotsMoved():
                    self._announced = event
                case TierChanged():
                    self._change_tier(place, event)
                case FlagSet():
                    self._set_flag(place, event)
                case AwardRefused():
                    self._refused[event.position] = place, event
                case GroupAwarded():
                    self._claim(place, event)
                case BatchAwarded():
                    self._complete(place, event)
                case AwardClawedBack():
                    self._name_clawback(event)
                case RuleSet() | ChangeCancelled():
                    self._change.rules.append((place, event))
                case ProgramChanged():
                    self._change.program.append((place, event))
        if self._announced is not None:
            raise ContradictoryLogs(f"no transfer follows {self._announced}")
        if self._mints or self._refused or self._groups:
            raise ContradictoryLogs("points were minted or refused outside a batch")
        if self._clawed:
            raise ContradictoryLogs("points were clawed back from no award")
        if self._tiers_due:
            raise ContradictoryLogs(f"a change to tier {next(iter(self._tiers_due.values()))} was not logged")

    def _word(self, account: Address) -> AccountWord:
        """The account's word in this epoch. What changes by that must have been logged already."""
        before = self._stored(account)
        rolled = before.rolled(self._epoch, self._clock)
        if rolled.balance != before.balance:
            raise ContradictoryLogs(f"an expiry of {before.balance - rolled.balance} was not logged")
        if account in self._tiers_due or rolled.tier != before.tier:
            raise ContradictoryLogs(f"a change to tier {self._tiers_due.get(account, rolled.tier)} was not logged")
        return rolled

    def _stored(self, account: Address) -> AccountWord:
        return self._change.words.get(account) or self._words.get(account) or AccountWord()

    def _record(self, entry: LedgerEntry) -> None:
        self._change.words[entry.account] = entry.word_after
        self._change.entries.append(entry)

    def _move(self, place: LogPlace, event: Transferred) -> None:
        announced, self._announced = self._announced, None
        match announced:
            case LotsMoved():
                self._move_lots(place, announced)
            case _ if event.sender == ZERO_ADDRESS:
                self._mint(place, event)
            case _ if event.recipient == ZERO_ADDRESS:
                self._expire(place, event)
            case _:
                self._transfer(place, event, announced)

    def _mint(self, place: LogPlace, event: Transferred) -> None:
        word = self._word(event.recipient).awarded(Points(event.amount))
        if (reached := tier_of(word.total, self._clock.thresholds)) > word.tier:
            self._tiers_due[event.recipient] = reached
        self._mints.append(len(self._change.entries))
        self._record(_entry(place, event.recipient, EntryType.AWARD, event.amount, word))

    def _expire(self, place: LogPlace, event: Transferred) -> None:
        before = self._stored(event.sender)
        word = before.rolled(self._epoch, self._clock)
        due = before.balance - word.balance
        if due != event.amount or due == 0:
            raise ContradictoryLogs(f"{event.amount} were logged as expired where {due} are due")
        if word.tier != before.tier:
            self._tiers_due[event.sender] = word.tier
        word = replace(word, tier=before.tier)
        self._record(_entry(place, event.sender, EntryType.EXPIRY, -event.amount, word))

    def _transfer(self, place: LogPlace, event: Transferred, announced: TransferredAtEpoch | None) -> None:
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

    def _move_lots(self, place: LogPlace, moved: LotsMoved) -> None:
        if moved.epoch != self._epoch:
            raise ContradictoryLogs(f"lots of epoch {moved.epoch} were moved in epoch {self._epoch}")
        points, word = sum(moved.lots), self._word(moved.account)
        try:
            match moved.cause:
                case LotsCause.BURNED:
                    entry = _entry(place, moved.account, EntryType.REDEMPTION, -points, word.spent_lots(moved.lots))
                case LotsCause.RESTORED:
                    entry = _entry(place, moved.account, EntryType.REFUND, points, word.received(moved.lots))
                case LotsCause.MINTED:
                    entry = _entry(place, moved.account, EntryType.CONVERSION_IN, points, word.received(moved.lots))
                case LotsCause.CLAWED_BACK:
                    word = word.spent_lots(moved.lots).unearned(moved.unearned)
                    self._clawed.append(len(self._change.entries))
                    self._record(_entry(place, moved.account, EntryType.CLAWBACK, -points, word))
                    return
        except InsufficientLots as error:
            raise ContradictoryLogs(f"lots {moved.cause}: {error}") from error
        if points:
            self._record(entry)

    def _change_tier(self, place: LogPlace, event: TierChanged) -> None:
        before = self._stored(event.account)
        rolled = before.rolled(self._epoch, self._clock)
        due = self._tiers_due.pop(event.account, rolled.tier)
        if before.tier != event.before or due != event.after or due == before.tier or before.balance != rolled.balance:
            raise ContradictoryLogs(f"a change from tier {event.before} to {event.after} was logged that is not due")
        self._record(_entry(place, event.account, EntryType.TIER, 0, replace(rolled, tier=event.after)))

    def _set_flag(self, place: LogPlace, event: FlagSet) -> None:
        word = self._stored(event.account).with_flag(event.flag, event.value)
        kind = EntryType.PARTNER
        if event.flag == FROZEN:
            kind = EntryType.FREEZE if event.value else EntryType.UNFREEZE
        self._record(replace(_entry(place, event.account, kind, 0, word), reason=event.reason))

    def _claim(self, place: LogPlace, group: GroupAwarded) -> None:
        """Give the mints and refusals so far to the group that has just ended."""
        first = sum(known.event.entry_count for known in self._groups)
        every = range(first, first + group.entry_count)
        positions = [position for position in every if position not in self._refused]
        minted = sum(self._change.entries[index].amount for index in self._mints)
        if len(positions) != len(self._mints) or len(self._refused) != group.refused_count or minted != group.minted:
            raise ContradictoryLogs(f"a group of batch {group.batch_number} does not add up")
        for position, index in zip(positions, self._mints, strict=True):
            self._change.entries[index] = replace(
                self._change.entries[index],
                rule_id=group.rule_id,
                rule_version=group.rule_version,
                place=BatchPlace(group.issuer, group.batch_number, position),
            )
        for refused_at, refusal in self._refused.values():
            self._change.refusals.append(Refusal(refused_at, refusal, group.rule_id, group.rule_version))
        self._groups.append(GroupInBatch(place, first, group))
        self._mints, self._refused = [], {}

    def _complete(self, place: LogPlace, batch: BatchAwarded) -> None:
        """Give the groups so far to the batch that has just ended."""
        events = [group.event for group in self._groups]
        sums = tuple(
            sum(each) for each in zip(*((e.entry_count, e.refused_count, e.minted) for e in events), strict=True)
        )
        numbers = {(event.issuer, event.batch_number) for event in events}
        if (
            sums != (batch.entry_count, batch.refused_count, batch.minted)
            or numbers != {(batch.issuer, batch.batch_number)}
            or self._mints
            or self._refused
        ):
            raise ContradictoryLogs(f"batch {batch.batch_number} does not add up")
        self._change.groups.extend(self._groups)
        self._change.batches.append((place, batch))
        self._groups = []

    def _name_clawback(self, event: AwardClawedBack) -> None:
        index = self._clawed.pop() if self._clawed else None
        entry = None if index is None else self._change.entries[index]
        if index is None or entry is None or (entry.account, -entry.amount) != (event.account, event.burned):
            raise ContradictoryLogs(f"the clawback of {event.burned} from batch {event.batch_number} was not logged")
        place = BatchPlace(event.issuer, event.batch_number, event.position)
        self._change.entries[index] = replace(entry, place=place, reason=event.reason)


def _announces(announced: TransferredAtEpoch | LotsMoved, event: Event) -> bool:
    """Whether `event` is the transfer that was announced."""
    if isinstance(announced, TransferredAtEpoch):
        return event == Transferred(announced.sender, announced.recipient, announced.amount)
    points, account = sum(announced.lots), announced.account
    if announced.cause in (LotsCause.BURNED, LotsCause.CLAWED_BACK):
        return event == Transferred(account, ZERO_ADDRESS, points)
    return event == Transferred(ZERO_ADDRESS, account, points)


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
