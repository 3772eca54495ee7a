"""`GET …/members/{member}/statement.csv`, `.pdf`, `/export.json` and `.csv`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from tokenpoints.domain.keys import Scope
from tokenpoints.gateway.context import ContextPart
from tokenpoints.gateway.documented import STORED, problem_responses
from tokenpoints.gateway.person_answers import PersonExportAnswer
from tokenpoints.gateway.principals import KeyPart, MemberPart, requires
from tokenpoints.gateway.requests.persons import PeriodQuery
from tokenpoints.gateway.views import files
from tokenpoints.gateway.views.files import CsvFile, PdfFile

router = APIRouter(prefix="/v1/programs/{program}/members/{member}", tags=["members"])

_NAMED = ("unknown_program", "unknown_member", *STORED)
_PERIOD = ("invalid_input", "statement_too_long")


@router.get(
    "/statement.csv",
    dependencies=[requires(Scope.MEMBERS_READ)],
    response_class=CsvFile,
    responses=problem_responses(*_PERIOD, *_NAMED),
)
async def get_statement_csv(whose: MemberPart, context: ContextPart, query: Annotated[PeriodQuery, Query()]) -> CsvFile:
    """What changed a member's balance in a period, for a spreadsheet. At most 10,000 lines."""
    return await files.statement_as_csv(context, whose, query)


@router.get(
    "/statement.pdf",
    dependencies=[requires(Scope.MEMBERS_READ)],
    response_class=PdfFile,
    responses=problem_responses(*_PERIOD, *_NAMED),
)
async def get_statement_pdf(
    whose: MemberPart, context: ContextPart, query: Annotated[PeriodQuery, Query()], request: Request
) -> PdfFile:
    """The same on paper, in the language of `Accept-Language`. At most 1,000 lines."""
    return await files.statement_as_pdf(context, whose, query, request.headers)


@router.get(
    "/export.json",
    dependencies=[requires(Scope.MEMBERS_READ)],
    response_model=PersonExportAnswer,
    responses=problem_responses("chain_unavailable", *_NAMED),
)
async def get_export_json(
    whose: MemberPart, context: ContextPart, key: KeyPart, response: Response
) -> PersonExportAnswer:
    """Everything that the database has of one person, as far as the key may read it."""
    response.headers["Cache-Control"] = "no-store"
    return await files.everything_for_brand(context, whose, key)


@router.get(
    "/export.csv",
    dependencies=[requires(Scope.MEMBERS_READ)],
    response_class=CsvFile,
    responses=problem_responses("chain_unavailable", *_NAMED),
)
async def get_export_csv(whose: MemberPart, context: ContextPart, key: KeyPart) -> CsvFile:
    """The same, a record a line."""
    return files.export_csv(whose.program, await files.everything_for_brand(context, whose, key))
