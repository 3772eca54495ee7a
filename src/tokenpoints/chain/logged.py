"""Logs, decoded and put together by the transactions that logged them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tokenpoints.chain.events import RawLog, event_of
from tokenpoints.domain.events import Event, LogPlace
from tokenpoints.domain.types import Address, Hash32, hash_from_hex
from tokenpoints.errors import ChainUnavailable

PlacedEvent = tuple[LogPlace, Event]

_INDEX_MAX = 2**31 - 1
"""As the database has it; a block's gas allows for far fewer logs."""


@dataclass(slots=True)
class LoggedTransaction:
    """A transaction, and what the contracts logged in it."""

    block_number: int
    block_hash: Hash32
    hash: Hash32
    events: list[PlacedEvent] = field(default_factory=list)
    """By log index."""
    contracts: list[Address] = field(default_factory=list)
    """Which logged each of them."""


def by_transaction(logs: Sequence[RawLog], contract_of: Mapping[str, Address]) -> list[LoggedTransaction]:
    """The logs in the order of the chain. `contract_of` has the contracts by their addresses in lower-case hex.

    Raises ChainUnavailable where a log is malformed, of another contract, or given twice.
    """
    try:
        found = _by_transaction(logs, contract_of)
        if found is None:
            found = _by_transaction(sorted(logs, key=_order), contract_of)
    except KeyError as error:
        raise ChainUnavailable(f"the node gave a log of {error}, which was not asked for") from error
    except ValueError as error:
        raise ChainUnavailable(f"the node gave a log that does not decode: {error!r}") from error
    if found is None:
        raise ChainUnavailable("the node gave a log twice")
    return found


def _by_transaction(logs: Sequence[RawLog], contract_of: Mapping[str, Address]) -> list[LoggedTransaction] | None:
    """None where the logs are not in their order. Nodes give them so, and to notice is less than to sort."""
    found: list[LoggedTransaction] = []
    hash_text = block_hash_text = number_text = None
    number = last_index = -1
    for log in logs:
        # What the logs of one transaction have in common is decoded once.
        if log.transaction_hash != hash_text or log.block_hash != block_hash_text or log.block_number != number_text:
            hash_text, block_hash_text, number_text = log.transaction_hash, log.block_hash, log.block_number
            before, number = number, int(number_text, 16)
            if number != before:
                last_index = -1
                if number < before:
                    return None
            opened = LoggedTransaction(number, hash_from_hex(block_hash_text), hash_from_hex(hash_text))
            found.append(opened)
            add_event, add_contract, transaction_hash = opened.events.append, opened.contracts.append, opened.hash
        index = int(log.log_index, 16)
        if index <= last_index:
            return None
        last_index = index
        add_contract(contract_of.get(log.address) or contract_of[log.address.lower()])
        add_event((LogPlace(number, transaction_hash, index), event_of(log)))
    for each in found:
        if each.events[-1][0].log_index > _INDEX_MAX:
            raise ValueError(f"log {each.events[-1][0].log_index} of a block")
    return found


def _order(log: RawLog) -> tuple[int, int]:
    return int(log.block_number, 16), int(log.log_index, 16)
