"""Where the database and the chain differ, compared at one block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from tokenpoints.domain.points import LOT_COUNT, AccountWord, EpochClock
from tokenpoints.domain.rules import RuleVersion
from tokenpoints.domain.types import Address, Hash32, hex_of

NOTHING = "nothing"
"""The value of a side that does not have what the other has."""


class DifferenceKind(StrEnum):
    """What differs."""

    ACCOUNT = "account"
    SUPPLY = "supply"
    RULE = "rule"
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing of which the database says another than the chain."""

    kind: DifferenceKind
    subject: str
    """The account's address, the token's, `rule 1 version 2` or `<issuer> batch 7`."""
    in_database: str
    on_chain: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was compared."""

    accounts: int
    rule_versions: int
    batches: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A program's comparison at one block. Of the differences, the first ones are kept."""

    program: str
    block_number: int
    block_hash: Hash32
    compared_at: datetime
    counts: Counts
    difference_count: int
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """A row of balances. It says the same twice: in its word, and in epoch and lots."""

    account: Address
    word: int
    epoch: int
    lots: tuple[int, int, int, int]

    @property
    def is_consistent(self) -> bool:
        stored = AccountWord.unpack(self.word)
        return (self.epoch, self.lots) == (stored.epoch, stored.lots)


def account_difference(stored: StoredAccount, on_chain: int, epoch: int, clock: EpochClock) -> Difference | None:
    """Compare an account's words in `epoch`.

    The chain rolls a word on occasions that it does not log, so words differ that say the same: they are equal once
    both are rolled to one epoch (see `domain/ledger.py`).
    """
    if stored.is_consistent:
        if stored.word == on_chain or _rolled(stored.word, epoch, clock) == _rolled(on_chain, epoch, clock):
            return None
        in_database = _word_text(stored.word)
    else:
        in_database = (
            f"{_word_text(stored.word)}, but epoch {stored.epoch} and lots {_lots_text(stored.lots)} beside it"
        )
    return Difference(DifferenceKind.ACCOUNT, hex_of(stored.account), in_database, _word_text(on_chain))


def supply_difference(
    token: Address, in_database: Mapping[int, int], on_chain: int, epoch: int, clock: EpochClock
) -> Difference | None:
    """Compare the points live in `epoch`, by the epoch in which they were earned, with the supply's word."""
    word = AccountWord.unpack(on_chain)
    if word.epoch > epoch:
        return Difference(DifferenceKind.SUPPLY, hex_of(token), _lots_by_epoch(in_database), _word_text(on_chain))
    lots = word.rolled(epoch, clock).lots
    live = {epoch - age: lots[age] for age in range(LOT_COUNT) if lots[age]}
    if live == {earned: points for earned, points in in_database.items() if points}:
        return None
    return Difference(DifferenceKind.SUPPLY, hex_of(token), _lots_by_epoch(in_database), _lots_by_epoch(live))


def rule_differences(
    rule_id: int, in_database: Mapping[int, RuleVersion], on_chain: Mapping[int, RuleVersion]
) -> list[Difference]:
    """Compare the versions of a rule, by number."""
    found = []
    for number in sorted(in_database.keys() | on_chain.keys()):
        ours, theirs = in_database.get(number), on_chain.get(number)
        if ours == theirs:
            continue
        ours_said, theirs_said = _said(ours), _said(theirs)
        differing = [
            name for name in ours_said.keys() | theirs_said.keys() if ours_said.get(name) != theirs_said.get(name)
        ]
        found.append(
            Difference(
                DifferenceKind.RULE,
                f"rule {rule_id} version {number}",
                _fields_text(ours_said, differing),
                _fields_text(theirs_said, differing),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """What the chain keeps of a batch."""

    receipts_root: Hash32
    mints_hash: Hash32


def batch_difference(
    issuer: Address, number: int, in_database: BatchRecord | None, on_chain: BatchRecord | None
) -> Difference | None:
    """Compare one batch."""
    if in_database == on_chain:
        return None
    return Difference(
        DifferenceKind.BATCH, f"{hex_of(issuer)} batch {number}", _batch_text(in_database), _batch_text(on_chain)
    )


def _rolled(word: int, epoch: int, clock: EpochClock) -> AccountWord | int:
    unpacked = AccountWord.unpack(word)
    # A word of a later epoch than the block's cannot be aged to it, and equals none but itself.
    return unpacked.rolled(epoch, clock) if unpacked.epoch <= epoch else word


def _word_text(word: int) -> str:
    return f"0x{word:064x}"


def _lots_text(lots: tuple[int, ...]) -> str:
    return "/".join(map(str, lots))


def _lots_by_epoch(lots: Mapping[int, int]) -> str:
    return ", ".join(f"{points} of epoch {earned}" for earned, points in sorted(lots.items()) if points) or "0"


def _said(version: RuleVersion | None) -> dict[str, str]:
    if version is None:
        return {}
    terms = {field.name: getattr(version.terms, field.name) for field in fields(version.terms)}
    terms["effective_at"] = version.effective_at
    return {name: hex_of(value) if isinstance(value, bytes) else str(value) for name, value in terms.items()}


def _fields_text(said: Mapping[str, str], names: list[str]) -> str:
    return ", ".join(f"{name} {said[name]}" for name in sorted(names) if name in said) or NOTHING


def _batch_text(batch: BatchRecord | None) -> str:
    return (
        NOTHING if batch is None else f"receipts root {hex_of(batch.receipts_root)}, mints {hex_of(batch.mints_hash)}"
    )
