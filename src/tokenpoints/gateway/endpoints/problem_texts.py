"""`GET /problems/{code}`: what a problem's type says."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel

from tokenpoints.gateway.documented import problem_responses
from tokenpoints.gateway.language import asked_for, translated
from tokenpoints.gateway.problems import KINDS, Problem
from tokenpoints.languages import Language

router = APIRouter(prefix="/problems", tags=["problems"])


class ProblemText(BaseModel):
    """What all problems of one code share."""

    code: str
    status: int
    title: str
    meaning: str
    retryable: bool


@router.get("", response_model=list[ProblemText], responses=problem_responses())
async def list_problems(request: Request) -> list[ProblemText]:
    """Every problem that the gateway knows."""
    return [_text(code, asked_for(request.headers)) for code in KINDS]


@router.get("/{code}", response_model=ProblemText, responses=problem_responses("not_found"))
async def get_problem(code: str, request: Request) -> ProblemText:
    """What one problem means."""
    if code not in KINDS:
        raise Problem("not_found", "the gateway knows no such problem")
    return _text(code, asked_for(request.headers))


def _text(code: str, language: Language) -> ProblemText:
    kind = KINDS[code]
    return ProblemText(
        code=code,
        status=kind.status,
        title=translated(kind.title, language),
        meaning=translated(kind.meaning, language),
        retryable=kind.retryable,
    )
