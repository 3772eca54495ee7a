"""What is measured, for Prometheus (https://prometheus.io/docs/practices/naming/).

Each process counts what it does itself. What all of them have in common is in the database, and the gateway
tells that (`gateway/endpoints/metrics.py`).
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, start_http_server

HTTP_REQUESTS = Histogram(
    "tokenpoints_http_request_seconds",
    "Requests by how long they took.",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)

STEPS = Counter("tokenpoints_steps", "Rounds of a process's loop, by how they ended.", ["loop", "end"])
LAST_STEP = Gauge(
    "tokenpoints_last_step_timestamp_seconds", "When a loop last finished a round without an error.", ["loop"]
)

BATCH_ENTRIES = Histogram(
    "tokenpoints_batch_entries",
    "Batches that were sealed, by their awards.",
    buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500),
)
TRANSACTIONS_SIGNED = Counter(
    "tokenpoints_transactions_signed", "Transactions of issuers, by why they were signed.", ["why"]
)
TRANSACTION_GAS_LIMIT = Histogram(
    "tokenpoints_transaction_gas_limit",
    "Transactions that were signed, by the gas that they may use.",
    buckets=(25_000, 100_000, 500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000, 1 << 24),
)
OFFERED_FEE_WEI = Gauge("tokenpoints_offered_fee_wei", "Most that the last transaction offered for a unit of gas.")
TRANSACTIONS_LOST = Counter(
    "tokenpoints_transactions_lost",
    "Transactions that the node forgot, that reverted, or whose nonce others used.",
    ["how"],
)

ENTRIES_INDEXED = Counter("tokenpoints_entries_indexed", "Entries that were written, those of blocks undone later too.")
REORG_DEPTH = Histogram(
    "tokenpoints_reorg_depth_blocks", "Reorgs, by the blocks that were undone.", buckets=(1, 2, 3, 7, 16, 64, 256)
)


def serve(host: str, port: int) -> None:
    """Answer `GET /metrics` from a thread. Raises OSError where the port is taken."""
    start_http_server(port, addr=host)
