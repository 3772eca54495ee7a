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


def serve(host: str, port: int) -> None:
    """Answer `GET /metrics` from a thread. Raises OSError where the port is taken."""
    start_http_server(port, addr=host)
