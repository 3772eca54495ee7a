"""The ledger: what a transaction's events do to accounts, in the order in which they were logged.

The words that come out are those that the contract stores, with one liberty: where the chain rolls a word and logs
nothing (nothing expired, no tier changed), the word here stays as it was, and equals the other once both are rolled to
one epoch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tokenpoints.domain.entries import EntryType, LedgerEntry
from tokenpoints.domain.events import (
    AgreementSigned,
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
    RuleSet,
    TierChanged,
    Transferred,
    TransferredAtEpoch,
)
from tokenpoints.domain.points import FROZEN, LOT_BITS, POINTS_MAX, AccountWord, EpochClock, InsufficientLots
from tokenpoints.domain.tiers import NO_TIERS, tier_of
from tokenpoints.domain.types import ZERO_ADDRESS, Address, Points

# Where the packed word keeps what an award changes; see `AccountWord.unpack`.
_EPOCH_SHIFT, _TIER_SHIFT, _TOTAL_SHIFT = 240, 230, 184
_EARNED = 1 | 1 << _TOTAL_SHIFT
"""One point more in the newest lot and in the tier period's total."""
_OLDER_LOTS = (1 << 3 * LOT_BITS) - 1


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
    agreements: list[tuple[LogPlace, AgreementSigned]] = field(default_factory=list)
    dealings: list[tuple[LogPlace, Dealt]] = field(default_factory=list)
    words: dict[Address, int] = field(default_factory=dict)
    """Of every account that changed, after the last change, packed."""


def accounts_in(transactions: Iterable[tuple[int, list[tuple[LogPlace, Event]]]]) -> set[Address]:
    """The accounts whose words `apply` needs for the same transactions."""
    found: set[Address] = set()
    add = found.add
    for _, events in transactions:
        for _, event in events:
            if isinstance(event, Transferred):
                add(event.sender)
                add(event.recipient)
            elif isinstance(event, TierChanged | FlagSet):
                add(event.account)
    found.discard(ZERO_ADDRESS)
    return found


def apply(
    transactions: Iterable[tuple[int, list[tuple[LogPlace, Event]]]],
    words: Mapping[Address, int],
    clock: EpochClock,
) -> LedgerChange:
    """Apply transactions, each as (block timestamp, its events by log index), to packed `words`.

    Raises ContradictoryLogs where the events do not add up: points spent that were not there, an expiry or a change of
    tier that is not due or due and not logged, a batch whose mints are not what it says.
    """
    change = LedgerChange()
    for timestamp, events in transactions:
        _Transaction(change, words, clock, clock.epoch_at(timestamp)).apply(events)
    return change


class _Transaction:
    """One transaction's events at work on a change."""

    def __init__(self, change: LedgerChange, words: Mapping[Address, int], clock: EpochClock, epoch: int) -> None:
        self._change, self._words, self._clock, self._epoch = change, words, clock, epoch
        self._has_tiers = clock.thresholds != NO_TIERS
        self._mints: list[LedgerEntry] = []  # that no group has claimed yet
        self._refused: dict[int, tuple[LogPlace, AwardRefused]] = {}  # by position, that no group has claimed yet
        self._groups: list[GroupInBatch] = []  # that no batch has claimed yet
        self._announced: TransferredAtEpoch | LotsMoved | None = None  # by the event before, of the one at hand
        self._tiers_due: dict[Address, int] = {}  # to be logged before anything else happens to the account
        self._clawed: list[LedgerEntry] = []  # whose award is not named yet
        self._burned: LedgerEntry | None = None  # the last, for whatever it was

    def apply(self, events: list[tuple[LogPlace, Event]]) -> None:
        for place, event in events:
            if self._announced is not None:
                if not _announces(self._announced, event):
                    break
            elif isinstance(event, Transferred) and event.sender == ZERO_ADDRESS:
                self._mint(place, event)
                continue
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
                case AgreementSigned():
                    self._change.agreements.append((place, event))
                case Dealt():
                    self._deal(place, event)
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
        return AccountWord.unpack(self._packed(account))

    def _packed(self, account: Address) -> int:
        return self._change.words.get(account) or self._words.get(account) or 0

    def _record(
        self,
        place: LogPlace,
        account: Address,
        kind: EntryType,
        amount: int,
        word: AccountWord,
        *,
        counterparty: Address | None = None,
        reason: int | None = None,
    ) -> LedgerEntry:
        packed = word.pack()
        entry = LedgerEntry(
            place.block_number,
            place.log_index,
            place.transaction_hash,
            account,
            kind,
            amount,
            word.rolled(self._epoch, self._clock).balance,
            packed,
            counterparty=counterparty,
            reason=reason,
        )
        self._change.words[account] = packed
        self._change.entries.append(entry)
        return entry

    def _move(self, place: LogPlace, event: Transferred) -> None:
        announced, self._announced = self._announced, None
        match announced:
            case LotsMoved():
                self._move_lots(place, announced)
            case _ if event.recipient == ZERO_ADDRESS:
                self._expire(place, event)
            case _:
                self._transfer(place, event, announced)

    def _mint(self, place: LogPlace, event: Transferred) -> None:
        # Nearly all logs are mints to accounts that have no tier due and stand in this epoch already: their words are
        # changed as they are packed. `AccountWord.awarded` says the same in words.
        account, amount, change = event.recipient, event.amount, self._change
        word = change.words.get(account) or self._words.get(account)
        if not word:
            word = self._epoch << _EPOCH_SHIFT
        elif word >> _EPOCH_SHIFT != self._epoch or account in self._tiers_due:
            word = self._word(account).pack()
        newest, total = (word & POINTS_MAX) + amount, (word >> _TOTAL_SHIFT & POINTS_MAX) + amount
        if newest > POINTS_MAX or total > POINTS_MAX:
            raise ContradictoryLogs(f"an award of {amount} is more than a program can issue")
        word += amount * _EARNED
        if self._has_tiers and (reached := tier_of(total, self._clock.thresholds)) > word >> _TIER_SHIFT & 0xF:
            self._tiers_due[account] = reached
        older = word >> LOT_BITS & _OLDER_LOTS
        balance = newest if not older else AccountWord.unpack(word).balance
        entry = LedgerEntry(
            place.block_number,
            place.log_index,
            place.transaction_hash,
            account,
            EntryType.AWARD,
            amount,
            balance,
            word,
        )
        self._mints.append(entry)
        change.entries.append(entry)
        change.words[account] = word

    def _expire(self, place: LogPlace, event: Transferred) -> None:
        before = self._stored(event.sender)
        word = before.rolled(self._epoch, self._clock)
        due = before.balance - word.balance
        if due != event.amount or due == 0:
            raise ContradictoryLogs(f"{event.amount} were logged as expired where {due} are due")
        if word.tier != before.tier:
            self._tiers_due[event.sender] = word.tier
        # The entry of these points is that of the epoch's first block, before any log.
        self._record(place, event.sender, EntryType.EXPIRY_LOGGED, 0, replace(word, tier=before.tier))

    def _transfer(self, place: LogPlace, event: Transferred, announced: TransferredAtEpoch | None) -> None:
        if event.amount == 0 or event.sender == event.recipient:
            return
        try:
            word, points = self._word(event.sender), Points(event.amount)
            sender, lots = word.spent(points) if announced is None else word.spent_at(announced.epoch, points)
        except InsufficientLots as error:
            raise ContradictoryLogs(f"a transfer of {event.amount}: {error}") from error
        recipient = self._word(event.recipient).received(lots)
        points_out, points_in = -event.amount, event.amount
        self._record(place, event.sender, EntryType.TRANSFER_OUT, points_out, sender, counterparty=event.recipient)
        self._record(place, event.recipient, EntryType.TRANSFER_IN, points_in, recipient, counterparty=event.sender)

    def _move_lots(self, place: LogPlace, moved: LotsMoved) -> None:
        if moved.epoch != self._epoch:
            raise ContradictoryLogs(f"lots of epoch {moved.epoch} were moved in epoch {self._epoch}")
        points, word = sum(moved.lots), self._word(moved.account)
        try:
            match moved.cause:
                case LotsCause.BURNED:
                    kind, amount, after = EntryType.REDEMPTION, -points, word.spent_lots(moved.lots)
                case LotsCause.RESTORED:
                    kind, amount, after = EntryType.REFUND, points, word.received(moved.lots)
                case LotsCause.MINTED:
                    kind, amount, after = EntryType.CONVERSION_IN, points, word.received(moved.lots)
                case LotsCause.CLAWED_BACK:
                    kind, amount = EntryType.CLAWBACK, -points
                    after = word.spent_lots(moved.lots).unearned(moved.unearned)
        except InsufficientLots as error:
            raise ContradictoryLogs(f"lots {moved.cause}: {error}") from error
        if kind is EntryType.CLAWBACK:
            self._clawed.append(self._record(place, moved.account, kind, amount, after))
        elif points:
            entry = self._record(place, moved.account, kind, amount, after)
            self._burned = entry if moved.cause is LotsCause.BURNED else self._burned

    def _change_tier(self, place: LogPlace, event: TierChanged) -> None:
        before = self._stored(event.account)
        rolled = before.rolled(self._epoch, self._clock)
        due = self._tiers_due.pop(event.account, rolled.tier)
        if before.tier != event.before or due != event.after or due == before.tier or before.balance != rolled.balance:
            raise ContradictoryLogs(f"a change from tier {event.before} to {event.after} was logged that is not due")
        self._record(place, event.account, EntryType.TIER, 0, replace(rolled, tier=event.after))

    def _set_flag(self, place: LogPlace, event: FlagSet) -> None:
        word = self._stored(event.account).with_flag(event.flag, event.value)
        kind = EntryType.PARTNER
        if event.flag == FROZEN:
            kind = EntryType.FREEZE if event.value else EntryType.UNFREEZE
        self._record(place, event.account, kind, 0, word, reason=event.reason)

    def _claim(self, place: LogPlace, group: GroupAwarded) -> None:
        """Give the mints and refusals so far to the group that has just ended."""
        first = sum(known.event.entry_count for known in self._groups)
        every = range(first, first + group.entry_count)
        positions = [position for position in every if position not in self._refused]
        minted = sum(entry.amount for entry in self._mints)
        if len(positions) != len(self._mints) or len(self._refused) != group.refused_count or minted != group.minted:
            raise ContradictoryLogs(f"a group of batch {group.batch_number} does not add up")
        for position, entry in zip(positions, self._mints, strict=True):
            entry.rule_id, entry.rule_version = group.rule_id, group.rule_version
            entry.batch_issuer, entry.batch_number = group.issuer, group.batch_number
            entry.batch_position = position
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
        entry = self._clawed.pop() if self._clawed else None
        if entry is None or (entry.account, -entry.amount) != (event.account, event.burned):
            raise ContradictoryLogs(f"the clawback of {event.burned} from batch {event.batch_number} was not logged")
        entry.batch_issuer, entry.batch_number, entry.batch_position = event.issuer, event.batch_number, event.position
        entry.reason = event.reason

    def _deal(self, place: LogPlace, event: Dealt) -> None:
        self._change.dealings.append((place, event))
        if event.dealing is not Dealing.CONVERTED:
            return
        entry, self._burned = self._burned, None
        if entry is None or (entry.account, -entry.amount) != (event.account, event.burned):
            raise ContradictoryLogs(f"the points of a conversion of {event.burned} were not logged as burned")
        entry.type, entry.counterparty = EntryType.CONVERSION_OUT, event.recipient


def _announces(announced: TransferredAtEpoch | LotsMoved, event: Event) -> bool:
    """Whether `event` is the transfer that was announced."""
    if isinstance(announced, TransferredAtEpoch):
        return event == Transferred(announced.sender, announced.recipient, announced.amount)
    points, account = sum(announced.lots), announced.account
    if announced.cause in (LotsCause.BURNED, LotsCause.CLAWED_BACK):
        return event == Transferred(account, ZERO_ADDRESS, points)
    return event == Transferred(ZERO_ADDRESS, account, points)
