"""What the pages ask of a chain node, beyond what the database knows."""

from __future__ import annotations

from typing import Any, Protocol

from tokenpoints.domain.types import Hash32


class ExplorerNode(Protocol):
    """An EVM node. Both calls return the raw JSON-RPC object, or None for an unknown hash.

    Raises ChainUnavailable; the pages then say so and show the rest.
    """

    async def transaction(self, transaction_hash: Hash32, /) -> dict[str, Any] | None: ...

    async def transaction_receipt(self, transaction_hash: Hash32, /) -> dict[str, Any] | None: ...
