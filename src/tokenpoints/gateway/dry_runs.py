"""Dry runs of what the gateway does itself: everything is done, and undone again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query, Response
from pydantic import BaseModel


async def _trial(
    response: Response,
    dry_run: Annotated[bool, Query(description="Answer what would happen, and change nothing.")] = False,
) -> bool:
    if dry_run:
        response.status_code = 200
    return dry_run


Trial = Annotated[bool, Depends(_trial)]
"""Whether the request is one, which is answered with 200."""


def trial_answer(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an endpoint with another status where something happens."""
    return {200: {"model": model, "description": "What would happen, with `dry_run=true`."}}
