"""Entries: the lines of a balance history."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import msgspec

from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.types import Address, Hash32


class EntryType(StrEnum):
    """Why an account changed. The last five change no balance."""

    AWARD = "award"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    EXPIRY = "expiry"
    """Points ended with an epoch: by the calendar, without a transaction, in the first block after it."""
    REDEMPTION = "redemption"
    """Points went for a reward."""
    REFUND = "refund"
    """A redemption was taken back."""
    CONVERSION_IN = "conversion_in"
    """Points came for points of a partner's program."""
    CONVERSION_OUT = "conversion_out"
    """Points went for points of a partner's program."""
    CLAWBACK = "clawback"
    TIER = "tier"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    PARTNER = "partner"
    """The account became a partner's, or is one no longer."""
    EXPIRY_LOGGED = "expiry_logged"
    """The chain took points off the account's word that had ended before."""


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


class LedgerEntry(msgspec.Struct, gc=False):
    """One change of one account, as the chain logged it. Entries come by the million."""

    block_number: int
    log_index: int
    transaction_hash: Hash32
    account: Address
    type: EntryType
    amount: int
    """Signed."""
    balance_after: int
    """In the block's epoch."""
    word: int
    """The account's word after it, as the chain stores it: in the block's epoch, but where only a flag changed."""
    counterparty: Address | None = None
    rule_id: int | None = None
    rule_version: int | None = None
    batch_issuer: Address | None = None
    """Of an award, and of the award that is clawed back, as the two below."""
    batch_number: int | None = None
    batch_position: int | None = None
    reason: int | None = None
    """Of a clawback or a freeze: the number of the contract's."""

    @property
    def word_after(self) -> AccountWord:
        return AccountWord.unpack(self.word)

    @property
    def place(self) -> BatchPlace | None:
        if self.batch_issuer is None or self.batch_number is None or self.batch_position is None:
            return None
        return BatchPlace(self.batch_issuer, self.batch_number, self.batch_position)
