"""What the contracts log, decoded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from tokenpoints.domain.agreements import Agreement
from tokenpoints.domain.points import Lots
from tokenpoints.domain.rules import RefusalReason, Terms
from tokenpoints.domain.types import Address, Hash32

# The two nouns that come by the million are msgspec's: made in a tenth of a dataclass's time.


class LogPlace(msgspec.Struct, frozen=True, gc=False):
    """Where a log stands on the chain."""

    block_number: int
    transaction_hash: Hash32
    log_index: int


class Transferred(msgspec.Struct, frozen=True, gc=False):
    """Points moved, were minted (from the zero address) or ended (to it)."""

    sender: Address
    recipient: Address
    amount: int


@dataclass(frozen=True, slots=True)
class TransferredAtEpoch:
    """The transfer logged next moves points earned in `epoch`, and not those that expire first."""

    sender: Address
    recipient: Address
    epoch: int
    amount: int


@dataclass(frozen=True, slots=True)
class AwardRefused:
    """An entry of a batch minted nothing."""

    issuer: Address
    batch_number: int
    position: int
    account: Address
    units: int
    reason: RefusalReason


@dataclass(frozen=True, slots=True)
class GroupAwarded:
    """A group of a batch is complete; the mints and refusals since the group before it are its own."""

    issuer: Address
    batch_number: int
    rule_id: int
    rule_version: int
    entry_count: int
    refused_count: int
    minted: int
    mints_hash: Hash32


@dataclass(frozen=True, slots=True)
class BatchAwarded:
    """A batch is complete; the groups before it, in the same transaction, are its own."""

    issuer: Address
    batch_number: int
    entry_count: int
    refused_count: int
    minted: int
    receipts_root: Hash32
    mints_hash: Hash32


@dataclass(frozen=True, slots=True)
class AwardClawedBack:
    """The burn logged before it took back an award: `points` were due, and `burned` were there."""

    issuer: Address
    batch_number: int
    position: int
    account: Address
    points: int
    burned: int
    reason: int


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A rule has a new version."""

    rule_id: int
    version: int
    effective_at: int
    terms: Terms


@dataclass(frozen=True, slots=True)
class ChangeCancelled:
    """An announced version will not be. The next one takes its number."""

    rule_id: int
    version: int


class LotsCause(StrEnum):
    """Why the points of the transfer logged next come or go, other than by an award, a transfer or time."""

    BURNED = "burned"
    RESTORED = "restored"
    MINTED = "minted"
    CLAWED_BACK = "clawed_back"


@dataclass(frozen=True, slots=True)
class LotsMoved:
    """The transfer logged next, from the zero address or to it, is of these lots."""

    cause: LotsCause
    account: Address
    epoch: int
    lots: Lots
    unearned: int = 0
    """Of a clawback: what goes from the total of the tier period."""


@dataclass(frozen=True, slots=True)
class TierChanged:
    """An account's tier rose, or is found to have fallen."""

    account: Address
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class FlagSet:
    """An account was frozen or no longer is, or became a partner's or no longer is."""

    account: Address
    flag: int
    value: bool
    reason: int | None = None
    until: int | None = None
    """Unix seconds at which a freeze ends."""


@dataclass(frozen=True, slots=True)
class ProgramChanged:
    """Something that concerns the whole program: `name` is that of the contract's event, and `value` what it says."""

    name: str
    value: int
    account: Address | None = None


@dataclass(frozen=True, slots=True)
class AgreementSigned:
    """This side put its signature under an agreement."""

    agreement: Agreement


class Dealing(StrEnum):
    """What happened under an agreement, or to what a beneficiary is owed."""

    TERMINATED = "terminated"
    DEPOSITED = "deposited"
    WITHDRAWN = "withdrawn"
    CONVERTED = "converted"
    """At the source."""
    ACCEPTED = "accepted"
    """At the target: the other half of a conversion."""
    COLLECTED = "collected"


@dataclass(frozen=True, slots=True)
class Dealt:
    """A log of a PartnerExchange. What its kind does not have is None."""

    dealing: Dealing
    agreement_id: Hash32 | None = None
    """None of a collection, which is for all agreements of one settlement token and one beneficiary."""
    account: Address | None = None
    """Who converted, deposited, or received the money."""
    recipient: Address | None = None
    """Of the points minted."""
    burned: int | None = None
    minted: int | None = None
    amount: int | None = None
    """Of the settlement token."""
    settlement_token: Address | None = None
    """Of a collection."""
    ends_at: int | None = None
    """Of a termination, in Unix seconds."""


Event = (
    Transferred
    | TransferredAtEpoch
    | LotsMoved
    | TierChanged
    | FlagSet
    | AwardRefused
    | GroupAwarded
    | BatchAwarded
    | AwardClawedBack
    | RuleSet
    | ChangeCancelled
    | ProgramChanged
    | AgreementSigned
    | Dealt
)
