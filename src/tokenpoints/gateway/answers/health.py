"""Whether the gateway answers, and follows the chain."""

from __future__ import annotations

from typing import Literal

from tokenpoints.gateway.answers.fields import Answer, Time


class LiveAnswer(Answer):
    status: Literal["live"] = "live"


class CheckpointAnswer(Answer):
    block_number: int
    head_number: int
    finalized_number: int
    observed_at: Time
    age_seconds: float


class ReadyAnswer(Answer):
    status: Literal["ready"] = "ready"
    database: Literal["reachable"] = "reachable"
    checkpoint: CheckpointAnswer
