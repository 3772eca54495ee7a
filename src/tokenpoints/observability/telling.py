"""What the process of webhooks measures."""

from __future__ import annotations

from prometheus_client import Histogram

WEBHOOK_ATTEMPTS = Histogram(
    "tokenpoints_webhook_attempt_seconds",
    "Attempts to deliver a message, by how they ended and how long they took.",
    ["end"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20),
)
