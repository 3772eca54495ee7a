"""`/health/live` and `/health/ready`."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from sqlalchemy.exc import SQLAlchemyError

from tokenpoints.domain.instants import rfc3339
from tokenpoints.errors import DatabaseBusy
from tokenpoints.gateway.answers.health import CheckpointAnswer, LiveAnswer, ReadyAnswer
from tokenpoints.gateway.context import ContextPart
from tokenpoints.gateway.documented import problem_responses
from tokenpoints.gateway.problems import Problem
from tokenpoints.storage import checkpoints

router = APIRouter(prefix="/health", tags=["health"])

CHECKPOINT_AGE_MAX_SECONDS = 60.0
_ANSWER_TIMEOUT_SECONDS = 5.0


@router.get("/live", response_model=LiveAnswer, responses=problem_responses())
async def live() -> LiveAnswer:
    """Whether the process answers at all."""
    return LiveAnswer()


@router.get("/ready", response_model=ReadyAnswer, responses=problem_responses("not_ready"))
async def ready(context: ContextPart) -> ReadyAnswer:
    """Whether the database answers and the index follows the chain. `checkpoint` says how far it is."""
    try:
        async with asyncio.timeout(_ANSWER_TIMEOUT_SECONDS):
            found = await context.read(checkpoints.latest)
    except (DatabaseBusy, SQLAlchemyError, OSError, TimeoutError):
        raise Problem(
            "not_ready",
            "the database does not answer, or has no tables yet",
            extensions={"database": "unreachable", "checkpoint": None},
        ) from None
    reachable = {"database": "reachable"}
    if found is None:
        raise Problem("not_ready", "the indexer has read no block yet", extensions=reachable | {"checkpoint": None})
    age_seconds = (context.clock() - found.observed_at).total_seconds()
    checkpoint = CheckpointAnswer(
        block_number=found.block_number,
        head_number=found.head_number,
        finalized_number=found.finalized_number,
        observed_at=rfc3339(found.observed_at),
        age_seconds=round(age_seconds, 3),
    )
    if found.halted_because is not None:
        raise Problem(
            "not_ready",
            f"the indexer stands still: {found.halted_because}",
            extensions=reachable | {"checkpoint": checkpoint.model_dump()},
        )
    if age_seconds > CHECKPOINT_AGE_MAX_SECONDS:
        raise Problem(
            "not_ready",
            f"the indexer last looked at the chain {age_seconds:.0f} seconds ago",
            extensions=reachable | {"checkpoint": checkpoint.model_dump()},
        )
    return ReadyAnswer(checkpoint=checkpoint)
