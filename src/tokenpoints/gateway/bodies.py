"""Reading JSON bodies: strictly, and straight into the model."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers

from tokenpoints.gateway.errors import faults_of_validation
from tokenpoints.gateway.problems import KINDS, Problem

Body = TypeVar("Body", bound=BaseModel)


def json_body(model: type[Body]) -> Callable[[Request], Awaitable[Body]]:
    """A dependency that reads the body as `model`."""

    async def read(request: Request) -> Body:
        _check_media_type(request.headers)
        return parsed(model, await request.body())

    return read


def parsed(model: type[Body], raw: bytes) -> Body:
    """`raw` as `model`. Raises Problem."""
    try:
        found = model.model_validate_json(raw)
    except ValidationError as error:
        raise _problem_of(error) from None
    # Only now is it known to be small and shallow enough for a parser that calls back.
    json.loads(raw, object_pairs_hook=_distinct)
    return found


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    """Two readers of one body may each believe another of two values. Raises Problem."""
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        twice = next(name for name in names if names.count(name) > 1)
        raise Problem("malformed_json", f"a field is named twice: {twice[:100]!r}")


def _check_media_type(headers: Headers) -> None:
    media_type, *parameters = headers.get("content-type", "").lower().split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    charsets = {value.strip(' "') for name, _, value in pairs if name.strip() == "charset"}
    is_plain = headers.get("content-encoding", "identity").lower() == "identity"
    if media_type.strip() != "application/json" or not charsets <= {"utf-8", "utf8"} or not is_plain:
        raise Problem("unsupported_media_type", KINDS["unsupported_media_type"].meaning)


def _problem_of(error: ValidationError) -> Problem:
    found = error.errors(include_url=False, include_input=False, include_context=False)
    types = {item["type"] for item in found}
    if "json_invalid" in types:
        return Problem("malformed_json", found[0]["msg"])
    faults = faults_of_validation(found)
    first = f"{faults[0].pointer or 'the body'}: {faults[0].detail}"
    more = f", and {len(faults) - 1} more faults" if len(faults) > 1 else ""
    code = types.pop() if len(types) == 1 else "invalid_input"
    return Problem(code if code in KINDS else "invalid_input", first + more, faults)
