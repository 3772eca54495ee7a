"""`/v1/me`: what members see of themselves, by a token of their own and nothing else."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from tokenpoints.gateway.answers.holdings import (
    BalanceAnswer,
    EntriesAnswer,
    ExpiriesAnswer,
    ExportAnswer,
    TierStatusAnswer,
    VouchersAnswer,
)
from tokenpoints.gateway.answers.members import MeAnswer
from tokenpoints.gateway.context import ContextPart
from tokenpoints.gateway.documented import LISTED, STORED, problem_responses
from tokenpoints.gateway.principals import MePart
from tokenpoints.gateway.requests.persons import EntriesQuery, MomentQuery, PeriodQuery, VouchersQuery
from tokenpoints.gateway.views import files, history, holdings, vouchers
from tokenpoints.gateway.views.files import CsvFile, PdfFile, SvgImage

router = APIRouter(prefix="/v1/me", tags=["me"])

_OWN = ("unknown_member", *STORED)
_PERIOD = ("invalid_input", "statement_too_long")

VoucherId = Annotated[str, Path(pattern="^[1-9][0-9]{0,76}$", description="The redemption's number.")]


@router.get("", response_model=MeAnswer, responses=problem_responses(*_OWN))
async def get_me(me: MePart, context: ContextPart) -> MeAnswer:
    """Who you are here."""
    return await holdings.profile(context, me)


@router.get("/balance", response_model=BalanceAnswer, responses=problem_responses("invalid_input", *_OWN))
async def get_my_balance(me: MePart, context: ContextPart, query: Annotated[MomentQuery, Query()]) -> BalanceAnswer:
    """Your points, now or at a moment; of a moment to come, what will be left."""
    return await holdings.balance(context, me, at=query.at)


@router.get("/expiries", response_model=ExpiriesAnswer, responses=problem_responses(*_OWN))
async def get_my_expiries(me: MePart, context: ContextPart) -> ExpiriesAnswer:
    """Which of your points end when."""
    return await holdings.expiries(context, me)


@router.get("/tier", response_model=TierStatusAnswer, responses=problem_responses(*_OWN))
async def get_my_tier(me: MePart, context: ContextPart) -> TierStatusAnswer:
    """Your tier, until when it holds, and what is missing to the next."""
    return await holdings.tier(context, me)


@router.get("/entries", response_model=EntriesAnswer, responses=problem_responses(*LISTED, *_OWN))
async def list_my_entries(me: MePart, context: ContextPart, query: Annotated[EntriesQuery, Query()]) -> Response:
    """The lines of your balance history, newest first."""
    return await history.entries(context, me, query)


@router.get(
    "/vouchers", response_model=VouchersAnswer, responses=problem_responses("chain_unavailable", *LISTED, *_OWN)
)
async def list_my_vouchers(
    me: MePart, context: ContextPart, query: Annotated[VouchersQuery, Query()]
) -> VouchersAnswer:
    """What you redeemed, newest first, as the chain has it now."""
    return await vouchers.vouchers(context, me, query)


@router.get(
    "/vouchers/{voucher}/qr.svg",
    response_class=SvgImage,
    responses=problem_responses("chain_unavailable", "invalid_input", "unknown_voucher", *_OWN),
)
async def get_my_voucher_as_qr(me: MePart, voucher: VoucherId, context: ContextPart) -> SvgImage:
    """A voucher that you hold, as a QR code of its asset id (CAIP-19). It names the voucher, and proves nothing."""
    return SvgImage(await vouchers.qr_svg(context, me, int(voucher)), headers={"Cache-Control": "no-store"})


@router.get("/statement.csv", response_class=CsvFile, responses=problem_responses(*_PERIOD, *_OWN))
async def get_my_statement_csv(me: MePart, context: ContextPart, query: Annotated[PeriodQuery, Query()]) -> CsvFile:
    """What changed your balance in a period, for a spreadsheet. At most 10,000 lines."""
    return await files.statement_as_csv(context, me, query)


@router.get("/statement.pdf", response_class=PdfFile, responses=problem_responses(*_PERIOD, *_OWN))
async def get_my_statement_pdf(
    me: MePart, context: ContextPart, query: Annotated[PeriodQuery, Query()], request: Request
) -> PdfFile:
    """The same on paper, in the language of `Accept-Language`. At most 1,000 lines."""
    return await files.statement_as_pdf(context, me, query, request.headers)


@router.get("/export.json", response_model=ExportAnswer, responses=problem_responses("chain_unavailable", *_OWN))
async def get_my_export_json(me: MePart, context: ContextPart) -> ExportAnswer:
    """Everything that is known of you."""
    return await files.everything(context, me)


@router.get("/export.csv", response_class=CsvFile, responses=problem_responses("chain_unavailable", *_OWN))
async def get_my_export_csv(me: MePart, context: ContextPart) -> CsvFile:
    """The same, a record a line."""
    return files.export_csv(me.program, await files.everything(context, me))
