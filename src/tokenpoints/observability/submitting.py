"""What the submitter measures."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

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
