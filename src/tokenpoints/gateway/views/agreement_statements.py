"""The monthly statement of an agreement, compared with the contract at its last block."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers

from tokenpoints.chain.exchanges import ExchangeReads, Kept, head_of
from tokenpoints.domain.agreements import Agreement
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, Hash32, hex_of
from tokenpoints.errors import ChainError, UnknownAgreement
from tokenpoints.gateway.context import Context
from tokenpoints.gateway.language import asked_for, translated
from tokenpoints.gateway.partner_answers import (
    AgreementStatementAnswer,
    ComparedAnswer,
    StatementLineAnswer,
    StatementPositionAnswer,
    StatementTotalAnswer,
)
from tokenpoints.gateway.texts import checksummed
from tokenpoints.gateway.views.agreements import sides_of
from tokenpoints.gateway.views.files import PAPERS_AT_ONCE, CsvFile, PdfFile, named
from tokenpoints.partners import agreements
from tokenpoints.statements.partnership import (
    LINES_MAX,
    PAPER_LINES_MAX,
    PartnershipLine,
    PartnershipStatement,
    Position,
    book_of,
    statement_of_month,
)
from tokenpoints.statements.partnership_files import ComparedStatement, Party, partnership_csv, partnership_pdf
from tokenpoints.storage.database import Session


async def as_json(context: Context, program: Program, agreement_id: Hash32, month: str) -> AgreementStatementAnswer:
    """Raises UnknownAgreement, InvalidInput and StatementTooLong, as the two below."""
    statement = await _statement(context, program, agreement_id, month, lines_max=LINES_MAX)
    kept = await _kept(context, statement)
    agreement, block = statement.agreement, statement.block
    return AgreementStatementAnswer(
        agreement=hex_of(agreement.id),
        direction="out" if agreement.source == program.contracts.exchange.address else "in",
        source=checksummed(agreement.source),
        target=checksummed(agreement.target),
        settlement_token=_address(agreement.settlement_token),
        beneficiary=_address(agreement.beneficiary),
        month=month,
        since=rfc3339(statement.since),
        until=rfc3339(statement.until),
        opening=_position(statement.opening),
        lines=[_line(line) for line in statement.lines],
        totals=[
            StatementTotalAnswer(kind=kind, count=totals.count, change=_position(totals.change))
            for kind, totals in statement.totals.items()
        ],
        closing=_position(statement.closing),
        block_number=None if block is None else block.number,
        block_hash=None if block is None else hex_of(block.hash),
        complete=statement.is_complete,
        on_chain=None
        if kept is None
        else ComparedAnswer(
            agrees=_agrees(statement, kept), burned=str(kept.burned), escrow=str(kept.escrow), owed=str(kept.owed)
        ),
    )


async def as_csv(context: Context, program: Program, agreement_id: Hash32, month: str) -> CsvFile:
    """The same, a log a line."""
    statement = await _statement(context, program, agreement_id, month, lines_max=LINES_MAX)
    text = partnership_csv(await _compared(context, statement))
    return CsvFile(text, headers=named(f"{program.slug}-agreement-{month}.csv"))


async def as_pdf(context: Context, program: Program, agreement_id: Hash32, month: str, headers: Headers) -> PdfFile:
    """On paper, in the caller's language."""
    statement = await _statement(context, program, agreement_id, month, lines_max=PAPER_LINES_MAX)
    compared, language = await _compared(context, statement), asked_for(headers)
    async with PAPERS_AT_ONCE:
        paper = await asyncio.to_thread(
            partnership_pdf, compared, language, lambda text: translated(text, language), made_at=context.clock()
        )
    said = named(f"{program.slug}-agreement-{month}.pdf")
    return PdfFile(paper, headers=said | {"Content-Language": language, "Vary": "Accept-Language"})


async def _statement(
    context: Context, program: Program, agreement_id: Hash32, month: str, *, lines_max: int
) -> PartnershipStatement:
    async def ask(session: Session) -> PartnershipStatement:
        known = await agreements.indexed(session, program, agreement_id)
        if known is None:
            raise UnknownAgreement(hex_of(agreement_id))
        signed = {each.program for each in (known.ours, known.theirs) if each is not None}
        sides = {
            exchange: each.slug for exchange, each in sides_of(context, known.agreement).items() if each.slug in signed
        }
        source, target = sides.get(known.agreement.source), sides.get(known.agreement.target)
        if source is None and target is None:
            raise UnknownAgreement(hex_of(agreement_id))
        book = await book_of(session, known.agreement, source=source, target=target)
        return await statement_of_month(session, book, month, now=context.clock(), lines_max=lines_max)

    return await context.read(ask)


async def _kept(context: Context, statement: PartnershipStatement) -> Kept | None:
    """What the contract had at the last block; None where the node does not tell."""
    if statement.block is None:
        return None
    try:
        return await ExchangeReads(context.node, statement.block.hash).kept(statement.agreement)
    except ChainError:
        return None


def _agrees(statement: PartnershipStatement, kept: Kept) -> bool:
    """What a target cannot know is not compared."""
    closing = statement.closing
    return closing.burned == kept.burned and closing.escrow in (None, kept.escrow) and closing.owed in (None, kept.owed)


async def _compared(context: Context, statement: PartnershipStatement) -> ComparedStatement:
    kept = await _kept(context, statement)
    parties = await _parties(context, statement.agreement)
    return ComparedStatement(
        statement=statement,
        source=parties[statement.agreement.source],
        target=parties[statement.agreement.target],
        agrees=None if kept is None else _agrees(statement, kept),
    )


async def _parties(context: Context, agreement: Agreement) -> dict[Address, Party]:
    """Both programs. One that is not served here is asked on the chain. Raises ChainUnavailable."""
    found = {
        exchange: Party(each.name, each.symbol, each.decimals)
        for exchange, each in sides_of(context, agreement).items()
    }
    missing = [side for side in (agreement.source, agreement.target) if side not in found]
    if missing:
        head = await head_of(context.node)
        for each in await ExchangeReads(context.node, head.hash).partners(missing):
            found[each.exchange] = Party(each.name, each.symbol, each.decimals)
    return found


def _line(line: PartnershipLine) -> StatementLineAnswer:
    transaction = hex_of(line.transaction_hash)
    return StatementLineAnswer(
        kind=line.kind,
        at=rfc3339(line.at),
        agreement=None if line.agreement_id is None else hex_of(line.agreement_id),
        account=_address(line.account),
        recipient=_address(line.recipient),
        change=_position(line.change),
        after=_position(line.after),
        block_number=line.block_number,
        transaction_hash=transaction,
        log_index=line.log_index,
        explorer=f"/tx/{transaction}",
    )


def _position(position: Position) -> StatementPositionAnswer:
    return StatementPositionAnswer(
        burned=str(position.burned),
        minted=str(position.minted),
        settled=str(position.settled),
        escrow=None if position.escrow is None else str(position.escrow),
        owed=None if position.owed is None else str(position.owed),
    )


def _address(address: Address | None) -> str | None:
    return None if address is None else checksummed(address)
