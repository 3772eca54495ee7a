"""Entries: the lines of a balance history."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.types import Address, Hash32


class EntryType(StrEnum):
    """Why a balance changed."""

    AWARD = "award"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    EXPIRY = "expiry"


class AwardStatus(StrEnum):
    """How far an award has come. What is confirmed can still be undone by a reorg; what is
    finalized cannot."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    FINALIZED = "finalized"
    REFUSED = "refused"


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
    """Rolled to the block's epoch."""
    counterparty: Address | None = None
    rule_id: int | None = None
    rule_version: int | None = None
    place: BatchPlace | None = None
