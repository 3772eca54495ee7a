"""What is measured, for Prometheus (https://prometheus.io/docs/practices/naming/).

Each process counts what it does itself, in the module of its name here: one that does not load a module does not show
its figures. What all of them have in common is in the database, and the gateway tells that
(`gateway/endpoints/metrics.py`).
"""

from __future__ import annotations

from prometheus_client import start_http_server


def serve(host: str, port: int) -> None:
    """Answer `GET /metrics` from a thread. Raises OSError where the port is taken."""
    start_http_server(port, addr=host)
