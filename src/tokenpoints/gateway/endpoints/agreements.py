"""What partners see and do of agreements: discovery, terms, quotes, positions, escrow, statements."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from tokenpoints.domain import change_bodies, changes
from tokenpoints.domain.agreements import Agreement
from tokenpoints.domain.keys import Scope
from tokenpoints.domain.types import Address
from tokenpoints.errors import OperationRefused
from tokenpoints.gateway.bodies import json_body
from tokenpoints.gateway.context import ContextPart, ProgramPart
from tokenpoints.gateway.cursors import cursor_of, numbers_in
from tokenpoints.gateway.documented import LISTED, STORED, problem_responses
from tokenpoints.gateway.language import LanguagePart
from tokenpoints.gateway.operating import OperatingPart, hash_named, operation
from tokenpoints.gateway.operation_answers import OperationAnswer
from tokenpoints.gateway.partner_answers import (
    AgreementAnswer,
    AgreementsAnswer,
    AgreementStatementAnswer,
    PartnersAnswer,
    QuoteAnswer,
    SettlementAnswer,
)
from tokenpoints.gateway.principals import requires
from tokenpoints.gateway.requests.partners import (
    AgreementQuery,
    AgreementsQuery,
    MonthFieldsQuery,
    MonthQuery,
    PartnersQuery,
    QuoteQuery,
)
from tokenpoints.gateway.views import agreement_statements
from tokenpoints.gateway.views import agreements as views
from tokenpoints.gateway.views.files import CsvFile, PdfFile
from tokenpoints.partners import agreements, discovery

router = APIRouter(prefix="/v1/programs/{program}", tags=["partners"])

_NAMED = ("unknown_program", "unknown_agreement", "invalid_input", "chain_unavailable", *STORED)


@router.get(
    "/partners",
    dependencies=[requires(Scope.PROGRAMS_READ)],
    response_model=PartnersAnswer,
    responses=problem_responses("unknown_program", "chain_unavailable", *LISTED, *STORED),
)
async def list_partners(
    program: ProgramPart, context: ContextPart, language: LanguagePart, query: Annotated[PartnersQuery, Query()]
) -> PartnersAnswer:
    """Programs of the same registry, which is all with which agreements can be made, and the rates that they signed."""
    skip = numbers_in("partners", query.cursor, 1)[0] if query.cursor is not None else 0
    others = list(context.deployment.programs.values())
    found = await discovery.discover(context.node, program, others, skip=skip, limit=query.limit)
    return PartnersAnswer(
        partners=views.partner_answers(program, found, language),
        complete=found.is_complete,
        block_number=found.block.number,
        next_cursor=cursor_of("partners", skip + query.limit) if found.has_more else None,
    )


@router.get(
    "/agreements",
    dependencies=[requires(Scope.PROGRAMS_READ)],
    response_model=AgreementsAnswer,
    responses=problem_responses("unknown_program", "chain_unavailable", *LISTED, *STORED),
)
async def list_agreements(
    program: ProgramPart, context: ContextPart, language: LanguagePart, query: Annotated[AgreementsQuery, Query()]
) -> AgreementsAnswer:
    """Agreements that were signed here, and those that programs of this gateway propose. Others are found by id and
    `counterpart`."""
    below = numbers_in("agreements", query.cursor, 2) if query.cursor is not None else None
    every = await context.read(lambda session: agreements.of_program(session, program))
    left = [each for each in every if below is None or each.place < below]
    page = left[: query.limit]
    seen = await agreements.views_of(context.node, program, page)
    return AgreementsAnswer(
        agreements=[views.agreement_answer(program, each, language) for each in seen],
        next_cursor=cursor_of("agreements", *page[-1].place) if len(left) > len(page) else None,
    )


@router.get(
    "/agreements/{agreement}",
    dependencies=[requires(Scope.PROGRAMS_READ)],
    response_model=AgreementAnswer,
    responses=problem_responses(*_NAMED),
)
async def get_agreement(
    program: ProgramPart,
    agreement: str,
    context: ContextPart,
    language: LanguagePart,
    query: Annotated[AgreementQuery, Query()],
) -> AgreementAnswer:
    """One agreement, as both sides have it now."""
    named = hash_named(agreement, "agreement")
    return views.agreement_answer(program, await views.view(context, program, named, query.counterpart), language)


@router.get(
    "/agreements/{agreement}/quote",
    dependencies=[requires(Scope.PROGRAMS_READ)],
    response_model=QuoteAnswer,
    responses=problem_responses(*_NAMED),
)
async def get_quote(
    program: ProgramPart,
    agreement: str,
    context: ContextPart,
    language: LanguagePart,
    query: Annotated[QuoteQuery, Query()],
) -> QuoteAnswer:
    """What a conversion of so many points would burn, mint and settle now, and how it is rounded."""
    named = hash_named(agreement, "agreement")
    return views.quote_answer(program, await views.view(context, program, named, None), query.points, language)


@router.get(
    "/agreements/{agreement}/settlement",
    dependencies=[requires(Scope.OPERATIONS_READ)],
    response_model=SettlementAnswer,
    responses=problem_responses(*_NAMED),
)
async def get_settlement(program: ProgramPart, agreement: str, context: ContextPart) -> SettlementAnswer:
    """Where everything with this partner stands, both ways: burned, minted, settled, owed, collected, free escrow."""
    return await views.settlement(context, program, hash_named(agreement, "agreement"))


@operation(
    router,
    "POST",
    "/agreements/{agreement}/deposits",
    Scope.PARTNERS_WRITE,
    "unknown_agreement",
    body=change_bodies.EscrowToDeposit,
)
async def deposit_escrow(
    operating: OperatingPart,
    agreement: str,
    body: Annotated[change_bodies.EscrowToDeposit, Depends(json_body(change_bodies.EscrowToDeposit))],
) -> OperationAnswer:
    """Top the escrow up, with settlement tokens that the operator's key holds: it approves them, then deposits."""
    known = await _known(operating, agreement)
    token, _ = _paid(known, "PartnerExchange.deposit")
    return await operating.make(changes.DepositEscrow(agreement=known.id, settlement_token=token, **dict(body)))


@operation(router, "POST", "/agreements/{agreement}/settlement/collect", Scope.PARTNERS_WRITE, "unknown_agreement")
async def collect_settlement(operating: OperatingPart, agreement: str) -> OperationAnswer:
    """Have the beneficiary paid all that the source owes to it in the settlement token. Either side can."""
    known = await _known(operating, agreement)
    token, beneficiary = _paid(known, "PartnerExchange.collect")
    return await operating.make(
        changes.CollectSettlement(exchange=known.source, settlement_token=token, beneficiary=beneficiary)
    )


@router.get(
    "/agreements/{agreement}/statement.json",
    dependencies=[requires(Scope.OPERATIONS_READ)],
    response_model=AgreementStatementAnswer,
    responses=problem_responses("statement_too_long", *_NAMED),
)
async def get_agreement_statement(
    program: ProgramPart, agreement: str, context: ContextPart, query: Annotated[MonthFieldsQuery, Query()]
) -> AgreementStatementAnswer:
    """A month of an agreement: every log with its transaction, and positions that add up to the contract's own."""
    named = hash_named(agreement, "agreement")
    return await agreement_statements.as_json(context, program, named, query.month)


@router.get(
    "/agreements/{agreement}/statement.csv",
    dependencies=[requires(Scope.OPERATIONS_READ)],
    response_class=CsvFile,
    responses=problem_responses("statement_too_long", *_NAMED),
)
async def get_agreement_statement_csv(
    program: ProgramPart, agreement: str, context: ContextPart, query: Annotated[MonthQuery, Query()]
) -> CsvFile:
    """The same for a spreadsheet. At most 10,000 lines."""
    named = hash_named(agreement, "agreement")
    return await agreement_statements.as_csv(context, program, named, query.month)


@router.get(
    "/agreements/{agreement}/statement.pdf",
    dependencies=[requires(Scope.OPERATIONS_READ)],
    response_class=PdfFile,
    responses=problem_responses("statement_too_long", *_NAMED),
)
async def get_agreement_statement_pdf(
    program: ProgramPart,
    agreement: str,
    context: ContextPart,
    query: Annotated[MonthQuery, Query()],
    request: Request,
) -> PdfFile:
    """The same on paper, in the language of `Accept-Language`. At most 1,000 lines."""
    named = hash_named(agreement, "agreement")
    return await agreement_statements.as_pdf(context, program, named, query.month, request.headers)


async def _known(operating: OperatingPart, agreement: str) -> Agreement:
    named = hash_named(agreement, "agreement")
    return (await views.known(operating.context, operating.program, named)).agreement


def _paid(agreement: Agreement, call: str) -> tuple[Address, Address]:
    """Settlement token and beneficiary. Raises OperationRefused."""
    if agreement.settlement_token is None or agreement.beneficiary is None:
        raise OperationRefused(call, "the agreement settles nothing")
    return agreement.settlement_token, agreement.beneficiary
