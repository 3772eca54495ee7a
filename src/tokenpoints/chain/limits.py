"""Telling a node's limits from its other errors: JSON-RPC has no code for them that all nodes use."""

from __future__ import annotations

import re

_LIMIT_EXCEEDED = -32005
"""EIP-1474."""
_RATE = re.compile(r"rate limit|requests per|too many requests|compute units|throttl|capacity", re.IGNORECASE)
_SIZE = re.compile(
    r"too many (results|logs|blocks)"
    r"|more than \d+ (results|logs)"  # Infura, Alchemy, geth's proxies
    r"|blocks? range|range.{0,40}(large|wide|exceed|limit|big)|exceed.{0,40}range"
    r"|(response|result|log|body|payload|content).{0,30}(size|limit|large|exceed|length)"  # Alchemy, Erigon, Nethermind
    r"|query (timeout|exceed|returned)|timed? ?out|deadline exceeded"  # geth, QuickNode
    r"|limited to|max(imum)? .{0,30}(blocks|range|results|logs)",  # QuickNode, Ankr, BSC, Polygon
    re.IGNORECASE,
)


def is_size_limit(rpc_code: int, message: str) -> bool:
    """Whether an error of the node says that one call asked for too much; a limit of calls per second does not."""
    if _RATE.search(message):
        return False
    return rpc_code == _LIMIT_EXCEEDED or _SIZE.search(message) is not None
