"""Entries: the lines of a balance history."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.types import Address, Hash32


class EntryType(StrEnum):
    """Why an account changed. The last four change no balance."""

    AWARD = "award"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    EXPIRY = "expiry"
    REDEMPTION = "redemption"
    """Points went for a reward, or to a partner's program."""
    REFUND = "refund"
    """A redemption was taken back."""
    CONVERSION_IN = "conversion_in"
    """Points came for points of a partner's program."""
    CLAWBACK = "clawback"
    TIER = "tier"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    PARTNER = "partner"
    """The account became a partner's, or is one no longer."""


class ClawbackReason(IntEnum):
    """Why an award is clawed back. The numbers are the contract's."""

    REFUND = 0
    MISTAKE = 1
    FRAUD = 2


class FreezeReason(IntEnum):
    """Why an account is frozen. The numbers are the contract's."""

    MEMBER_REQUEST = 0
    SUSPECTED_FRAUD = 1
    LEGAL_ORDER = 2


class AwardStatus(StrEnum):
    """How far an award has come. What is confirmed can still be undone by a reorg; what is
    finalized cannot. What is dead the contract would revert for; it waits until somebody retries it."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    FINALIZED = "finalized"
    REFUSED = "refused"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class BatchPlace:
    """Where an award stands: the issuer, the batch's number, the position in it."""

    issuer: Address
    number: int
    position: int


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One change of one account, as the chain logged it."""

    block_number: int
    log_index: int
    transaction_hash: Hash32
    account: Address
    type: EntryType
    amount: int
    """Signed."""
    word_after: AccountWord
    """As the chain stores it: rolled to the block's epoch, but where only a flag changed."""
    counterparty: Address | None = None
    rule_id: int | None = None
    rule_version: int | None = None
    place: BatchPlace | None = None
    """Of an award, and of the award that is clawed back."""
    reason: int | None = None
    """Of a clawback or a freeze: the number of the contract's."""
