"""What the indexer measures."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

ENTRIES_INDEXED = Counter("tokenpoints_entries_indexed", "Entries that were written, those of blocks undone later too.")
REORG_DEPTH = Histogram(
    "tokenpoints_reorg_depth_blocks", "Reorgs, by the blocks that were undone.", buckets=(1, 2, 3, 7, 16, 64, 256)
)
