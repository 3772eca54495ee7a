"""What every process with a loop measures of its rounds."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

STEPS = Counter("tokenpoints_steps", "Rounds of a process's loop, by how they ended.", ["loop", "end"])
LAST_STEP = Gauge(
    "tokenpoints_last_step_timestamp_seconds", "When a loop last finished a round without an error.", ["loop"]
)
