"""What the operator measures."""

from __future__ import annotations

from prometheus_client import Counter

OPERATIONS = Counter(
    "tokenpoints_operations", "Operations, by kind and by the state that they came to.", ["kind", "state"]
)
OPERATIONS_SIGNED = Counter(
    "tokenpoints_operations_signed", "Transactions of operators' keys, by why they were signed.", ["why"]
)
OPERATIONS_LOST = Counter(
    "tokenpoints_operations_lost",
    "Transactions of operators' keys that the node forgot, that reverted, or whose nonce others used.",
    ["how"],
)
