"""How much of a database server one process may take, and for how long."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Limits of one process. What exceeds them is answered as busy. SQLite has no server and ignores them."""

    pool_size: int = 10
    """Connections at once; lookups have as many of their own."""
    pool_timeout_seconds: float = 10.0
    """How long a session waits for one of them."""
    statement_timeout_seconds: float = 30.0
    lock_timeout_seconds: float = 10.0
    """How long one statement waits for others' locks."""
    idle_timeout_seconds: float = 30.0
    """How long an open session may do nothing: then the server ends it, and its locks with it."""
