"""Decoding the contracts' logs."""

from __future__ import annotations

from typing import Any

from eth_abi.abi import decode

from tokenpoints.chain.interfaces import interface
from tokenpoints.domain.events import (
    AwardRefused,
    BatchAwarded,
    Event,
    LogPlace,
    RuleSet,
    Transferred,
    TransferredAtEpoch,
)
from tokenpoints.domain.rules import RefusalReason, Terms
from tokenpoints.domain.types import Address, Hash32, hash_from_hex
from tokenpoints.errors import ChainUnavailable

TRANSFER = interface("PointsToken").topic("Transfer")
TRANSFERRED_AT_EPOCH = interface("PointsToken").topic("TransferredAtEpoch")
AWARD_REFUSED = interface("EarningRules").topic("AwardRefused")
BATCH_AWARDED = interface("EarningRules").topic("BatchAwarded")
RULE_SET = interface("EarningRules").topic("RuleSet")

TOPICS = ["0x" + topic.hex() for topic in (TRANSFER, TRANSFERRED_AT_EPOCH, AWARD_REFUSED, BATCH_AWARDED, RULE_SET)]
"""For the node's log filter."""

_TRANSFER_TEXT, _TRANSFERRED_AT_EPOCH_TEXT = TOPICS[:2]


def place_of(log: dict[str, Any]) -> LogPlace:
    """Where the log stands."""
    return LogPlace(
        block_number=int(log["blockNumber"], 16),
        block_hash=hash_from_hex(log["blockHash"]),
        transaction_hash=hash_from_hex(log["transactionHash"]),
        transaction_index=int(log["transactionIndex"], 16),
        log_index=int(log["logIndex"], 16),
    )


def event_of(log: dict[str, Any]) -> Event:
    """The event in a log that matches TOPICS. Raises ChainUnavailable where it is malformed."""
    try:
        topics = log["topics"]
        if topics[0] == _TRANSFER_TEXT:
            return Transferred(_address(topics[1]), _address(topics[2]), int(log["data"], 16))
        if topics[0] == _TRANSFERRED_AT_EPOCH_TEXT:
            return TransferredAtEpoch(
                _address(topics[1]), _address(topics[2]), int(topics[3], 16), int(log["data"], 16)
            )
        return _rules_event(bytes.fromhex(topics[0][2:]), topics, bytes.fromhex(log["data"][2:]))
    except (ValueError, IndexError, KeyError, OverflowError) as error:
        raise ChainUnavailable(f"the node gave a log that does not decode: {error}") from error


def _rules_event(topic: bytes, topics: list[str], data: bytes) -> Event:
    if topic == BATCH_AWARDED:
        version, entry_count, refused_count, minted, root = decode(
            ["uint32", "uint32", "uint32", "uint256", "bytes32"], data
        )
        return BatchAwarded(
            issuer=_address(topics[1]),
            batch_number=int(topics[2], 16),
            rule_id=int(topics[3], 16),
            rule_version=version,
            entry_count=entry_count,
            refused_count=refused_count,
            minted=minted,
            receipts_root=Hash32(root),
        )
    if topic == AWARD_REFUSED:
        position, account, units, reason = decode(["uint32", "address", "uint48", "uint8"], data)
        return AwardRefused(
            issuer=_address(topics[1]),
            batch_number=int(topics[2], 16),
            position=position,
            account=_address(account),
            units=units,
            reason=RefusalReason(reason),
        )
    if topic == RULE_SET:
        (terms,) = decode(
            ["(uint40,uint40,uint32,uint32,uint48,uint48,uint48,uint32,bytes32)"],
            data,
        )
        return RuleSet(
            rule_id=int(topics[1], 16),
            version=int(topics[2], 16),
            terms=terms_from_tuple(terms),
        )
    raise ValueError(f"unknown topic {topic.hex()}")


def terms_from_tuple(terms: tuple[Any, ...]) -> Terms:
    """The contract's `Terms` struct."""
    opens_at, closes_at, numerator, denominator, fixed_points, cap_per_award, budget, window, terms_hash = terms
    return Terms(
        opens_at=opens_at,
        closes_at=closes_at,
        numerator=numerator,
        denominator=denominator,
        fixed_points=fixed_points,
        cap_per_award=cap_per_award,
        budget=budget,
        budget_window_seconds=window,
        terms_hash=Hash32(terms_hash),
    )


def terms_to_tuple(terms: Terms) -> tuple[Any, ...]:
    """For the contract's `Terms` struct."""
    return (
        terms.opens_at,
        terms.closes_at,
        terms.numerator,
        terms.denominator,
        terms.fixed_points,
        terms.cap_per_award,
        terms.budget,
        terms.budget_window_seconds,
        terms.terms_hash,
    )


def _address(text: str) -> Address:
    return Address(bytes.fromhex(text[-40:]))
