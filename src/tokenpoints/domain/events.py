"""What the contracts log, decoded."""

from __future__ import annotations

from dataclasses import dataclass

from tokenpoints.domain.rules import RefusalReason, Terms
from tokenpoints.domain.types import Address, Hash32


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where a log stands on the chain."""

    block_number: int
    block_hash: Hash32
    transaction_hash: Hash32
    transaction_index: int
    log_index: int


@dataclass(frozen=True, slots=True)
class Transferred:
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
class BatchAwarded:
    """A batch is complete; the mints and refusals before it, in the same transaction, are its own."""

    issuer: Address
    batch_number: int
    rule_id: int
    rule_version: int
    entry_count: int
    refused_count: int
    minted: int
    receipts_root: Hash32


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A rule has a new version."""

    rule_id: int
    version: int
    terms: Terms


Event = Transferred | TransferredAtEpoch | AwardRefused | BatchAwarded | RuleSet
