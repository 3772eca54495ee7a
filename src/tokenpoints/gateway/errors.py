"""Turning every error into a problem."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from tokenpoints.domain.actions import Reason
from tokenpoints.errors import ActionRefused, DatabaseBusy, InvalidInput, StepUpRequired, TokenPointsError
from tokenpoints.gateway.idempotency import AnsweredBefore, replay
from tokenpoints.gateway.problems import KINDS, Fault, Problem, response_to
from tokenpoints.gateway.reasons import REASONS

_CODE_OF_STATUS = {
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}


def install(app: FastAPI) -> None:
    """Answer every error with a problem."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(AnsweredBefore, _on_answered_before)
    app.add_exception_handler(TokenPointsError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_parameters)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(DatabaseBusy, _on_database_busy)
    # Others wrote the same in every attempt: the next one may find it.
    app.add_exception_handler(IntegrityError, _on_database_busy)
    # A database that cannot even be reached.
    app.add_exception_handler(ConnectionError, _on_database_busy)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)


def problem_of(error: TokenPointsError) -> Problem:
    """The problem that says what `error` says."""
    code = error.code if error.code in KINDS else "internal_error"
    detail = str(error) if code != "internal_error" else KINDS[code].meaning
    faults = [Fault(error.field, detail)] if isinstance(error, InvalidInput) and error.field else []
    match error:
        case ActionRefused(reason=reason):
            return Problem(code, REASONS[Reason(reason)], extensions={"reason": reason})
        case StepUpRequired(kind=kind, points=points):
            return Problem(code, detail, extensions={"step_up": {"kind": kind, "points": str(points)}})
        case _:
            return Problem(code, detail, faults)


def faults_of_validation(errors: list[Any]) -> list[Fault]:
    """What pydantic found, with JSON pointers."""
    return [Fault(_pointer(error["loc"]), _lowered(error["msg"])) for error in errors]


def _pointer(location: tuple[int | str, ...]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def _lowered(message: str) -> str:
    return message.removeprefix("Value error, ")[:300]


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return response_to(error, request.headers)


async def _on_answered_before(_request: Request, error: Exception) -> Response:
    assert isinstance(error, AnsweredBefore)
    return replay(error.answer)


async def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, TokenPointsError)
    problem = problem_of(error)
    if problem.code == "internal_error":
        raise error
    return response_to(problem, request.headers)


async def _on_invalid_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [Fault(str(found["loc"][-1]), _lowered(str(found["msg"]))) for found in error.errors() if found.get("loc")]
    named = ", ".join(dict.fromkeys(fault.pointer for fault in faults[:5]))
    return response_to(Problem("invalid_input", f"cannot be meant like this: {named}", faults), request.headers)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _CODE_OF_STATUS.get(error.status_code)
    if code is None:
        code = "internal_error" if error.status_code >= 500 else "malformed_request"
    return response_to(Problem(code, KINDS[code].meaning, headers=dict(error.headers or {})), request.headers)


async def _on_database_busy(request: Request, _error: Exception) -> Response:
    return response_to(Problem("database_unavailable", KINDS["database_unavailable"].meaning), request.headers)


async def _on_disconnect(request: Request, _error: Exception) -> Response:
    # Nobody reads this answer; it keeps a caller who hangs up from looking like a fault of ours.
    return response_to(Problem("malformed_request", "the connection ended before the body did"), request.headers)
