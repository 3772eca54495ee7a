"""What the gateway measures of requests."""

from __future__ import annotations

from prometheus_client import Histogram

HTTP_REQUESTS = Histogram(
    "tokenpoints_http_request_seconds",
    "Requests by how long they took.",
    ["method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
