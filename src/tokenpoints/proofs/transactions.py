"""What a batch's transaction logged, asked of a node."""

from __future__ import annotations

from tokenpoints.chain.events import TOPICS, event_of, log_from_json
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.outcomes import PlacedEvent
from tokenpoints.domain.types import Address, Hash32, hex_of

_TOPICS = frozenset(TOPICS)


async def events_in(rpc: RpcClient, transaction_hash: Hash32, contracts: set[Address]) -> list[PlacedEvent] | None:
    """The events of these contracts in a transaction, in order; None where the chain does not have it."""
    mined = await rpc.transaction_receipt(transaction_hash)
    if mined is None:
        return None
    addresses = {hex_of(contract) for contract in contracts}
    return [
        (int(log["logIndex"], 16), event_of(log_from_json(log)))
        for log in mined["logs"]
        if log["address"].lower() in addresses and log["topics"] and log["topics"][0] in _TOPICS
    ]
