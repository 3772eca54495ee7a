"""What became of one award of a batch, out of the logs of the batch's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokenpoints.domain.events import AwardRefused, BatchAwarded, Event, GroupAwarded, Transferred
from tokenpoints.domain.types import ZERO_ADDRESS, Address, Hash32

PlacedEvent = tuple[int, Event]
"""The log's index in its block, and what it says."""


class NoSuchAward(ValueError):
    """The logs do not have that award."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the chain says of one award."""

    account: Address
    points: int
    """0 where it was refused."""
    log_index: int
    """Of the transfer that minted it, or of its refusal."""
    rule_id: int
    rule_version: int
    receipts_root: Hash32
    """Of its batch."""


def outcome_of(events: Sequence[PlacedEvent], issuer: Address, batch_number: int, position: int) -> Outcome:
    """The outcome of the award at `position` of its batch, from all events of token and rules in the transaction.

    A batch logs its entries in their order: the token's transfer from the zero address for each that is minted, and a
    refusal, which names its position, for each other. Raises NoSuchAward.
    """
    end = next(
        (
            at
            for at, (_, event) in enumerate(events)
            if isinstance(event, BatchAwarded) and (event.issuer, event.batch_number) == (issuer, batch_number)
        ),
        None,
    )
    if end is None:
        raise NoSuchAward(f"the transaction has no batch {batch_number} of that issuer")
    batch = events[end][1]
    assert isinstance(batch, BatchAwarded)
    if not 0 <= position < batch.entry_count:
        raise NoSuchAward(f"the batch has {batch.entry_count} entries, and none at {position}")
    group = _group_at(events[:end], batch, position)
    refused = {
        event.position: (index, event)
        for index, event in events[:end]
        if isinstance(event, AwardRefused) and (event.issuer, event.batch_number) == (issuer, batch_number)
    }
    if position in refused:
        log_index, refusal = refused[position]
        return Outcome(refusal.account, 0, log_index, group.rule_id, group.rule_version, batch.receipts_root)
    # The last ones before the batch's end are its own, whatever the same transaction minted earlier.
    minted = [
        (index, event)
        for index, event in events[:end]
        if isinstance(event, Transferred) and event.sender == ZERO_ADDRESS
    ][-(batch.entry_count - batch.refused_count) :]
    ordinal = position - sum(1 for other in refused if other < position)
    if ordinal >= len(minted):
        raise NoSuchAward(f"the batch has {len(minted)} transfers, and none for position {position}")
    log_index, transfer = minted[ordinal]
    return Outcome(
        transfer.recipient, transfer.amount, log_index, group.rule_id, group.rule_version, batch.receipts_root
    )


def _group_at(events: Sequence[PlacedEvent], batch: BatchAwarded, position: int) -> GroupAwarded:
    end = 0
    for _, event in events:
        if isinstance(event, GroupAwarded) and (event.issuer, event.batch_number) == (batch.issuer, batch.batch_number):
            end += event.entry_count
            if position < end:
                return event
    raise NoSuchAward(f"the batch's groups have {end} entries, and none at {position}")
