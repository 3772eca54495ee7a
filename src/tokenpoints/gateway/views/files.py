"""What a member takes along: statements, and everything."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Row
from starlette.datastructures import Headers
from starlette.responses import Response

from tokenpoints.domain.accounts import Member
from tokenpoints.domain.audit import AuditEntry
from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.keys import ApiKey, Scope
from tokenpoints.domain.programs import Program
from tokenpoints.domain.receipts import Receipt
from tokenpoints.domain.types import hex_of
from tokenpoints.domain.webhooks import EventType
from tokenpoints.earning.awards import Award, awards_before
from tokenpoints.gateway.answers.holdings import ExportAnswer
from tokenpoints.gateway.answers.receipts import ExportedReceiptAnswer
from tokenpoints.gateway.context import Context
from tokenpoints.gateway.endpoints.audit_log import audit_answer
from tokenpoints.gateway.endpoints.awards import award_answer
from tokenpoints.gateway.language import asked_for, translated
from tokenpoints.gateway.person_answers import ExportedMessageAnswer, PersonExportAnswer
from tokenpoints.gateway.principals import Whose
from tokenpoints.gateway.requests.persons import PeriodQuery
from tokenpoints.gateway.views.history import entry_answer
from tokenpoints.gateway.views.holdings import balance_answer, profile_answer, standing_answer
from tokenpoints.gateway.views.persons import member_answer
from tokenpoints.gateway.views.vouchers import voucher_answers
from tokenpoints.members.lookup import Person, member_with_id, person_with_id
from tokenpoints.statements.balance import Balance, balance_of
from tokenpoints.statements.entries import Entry, cursor_numbers, entries_of, page_of, place_below
from tokenpoints.statements.moments import moment_of
from tokenpoints.statements.paper import statement_pdf
from tokenpoints.statements.spreadsheet import Cell, points_of, statement_csv, table
from tokenpoints.statements.statement import LINES_MAX, PAPER_LINES_MAX, Statement, statement_of
from tokenpoints.statements.tiers import TierStanding, standing
from tokenpoints.storage import audit_log, person_reads, receipts
from tokenpoints.storage.database import Session

_PAGE = 500
PAPERS_AT_ONCE = asyncio.Semaphore(2)
"""Setting type is work for the processor."""
_EXPORT_COLUMNS = ("record", "id", "at", "type", "points", "balance_after", "amount", "currency", "reference", "status")


class CsvFile(Response):
    media_type = "text/csv; charset=utf-8"


class PdfFile(Response):
    media_type = "application/pdf"


class SvgImage(Response):
    media_type = "image/svg+xml"


async def statement_as_csv(context: Context, whose: Whose, query: PeriodQuery) -> CsvFile:
    """Raises UnknownMember, InvalidInput and StatementTooLong, as the one below."""
    found = await _statement(context, whose, query, lines_max=LINES_MAX)
    return CsvFile(statement_csv(found), headers=named(f"{whose.program.slug}-statement.csv"))


async def statement_as_pdf(context: Context, whose: Whose, query: PeriodQuery, headers: Headers) -> PdfFile:
    """In the caller's language."""
    found = await _statement(context, whose, query, lines_max=PAPER_LINES_MAX)
    language = asked_for(headers)
    # Setting type is work for the processor: away from the event loop, and not too much of it at once.
    async with PAPERS_AT_ONCE:
        paper = await asyncio.to_thread(
            statement_pdf, found, language, lambda text: translated(text, language), made_at=context.clock()
        )
    headers_of_file = named(f"{whose.program.slug}-statement.pdf")
    return PdfFile(paper, headers=headers_of_file | {"Content-Language": language, "Vary": "Accept-Language"})


async def everything(context: Context, whose: Whose) -> ExportAnswer:
    """All that is known of a member. Raises UnknownMember, and ChainUnavailable where there are vouchers to ask for."""
    program, now = whose.program, context.clock()

    async def ask(
        session: Session,
    ) -> tuple[Member, Balance, TierStanding | None, list[Receipt], list[Award], list[Entry]]:
        person = await person_with_id(session, program, whose.member_id)
        member = person.member
        moment = await moment_of(session, program, member.account, at=now)
        return (
            member,
            await balance_of(session, program, member.account, now=now),
            standing(moment.word, program),
            await receipts.of_members(session, [each.seq for each in person.everyone]),
            await _all_awards(session, program, member),
            await _all_entries(session, program, person),
        )

    member, balance, tier, recorded, awards, entries = await context.read(ask)
    redemptions = [entry for entry in entries if entry.type is EntryType.REDEMPTION]
    return ExportAnswer(
        exported_at=rfc3339(now),
        program=program.slug,
        member=profile_answer(program, member),
        balance=balance_answer(program, member.id, balance, at=None),
        tier=standing_answer(tier),
        receipts=[_receipt(receipt, program) for receipt in recorded],
        awards=[award_answer(award) for award in awards],
        entries=[entry_answer(entry) for entry in entries],
        vouchers=await voucher_answers(context, whose, redemptions),
    )


async def everything_for_brand(context: Context, whose: Whose, key: ApiKey) -> PersonExportAnswer:
    """With what names the person beside: as far as the key may read it."""
    program = whose.program
    own = await everything(context, whose)

    async def ask(session: Session) -> tuple[Person, list[str], list[Row[Any]], list[AuditEntry]]:
        person = await person_with_id(session, program, whose.member_id)
        ids = [*(each.id for each in person.everyone), *(receipt.id for receipt in own.receipts)]
        numbers = await person_reads.audit_numbers_naming(session, program.slug, ids)
        return (
            person,
            await person_reads.keys_of(session, program.slug, person.everyone),
            await person_reads.messages_naming(session, program.slug, person.everyone),
            await audit_log.with_numbers(session, program.slug, numbers),
        )

    person, keys, messages, entries = await context.read(ask)
    return PersonExportAnswer(
        **dict(own),
        merged=[member_answer(each) for each in person.merged],
        salts=["0x" + each.salt.hex() for each in person.everyone],
        commitments=[hex_of(each.commitment) for each in person.everyone],
        keys=keys,
        messages=[_message(row) for row in messages] if Scope.WEBHOOKS_READ in key.scopes else None,
        audit_entries=[audit_answer(each) for each in entries] if Scope.AUDIT_READ in key.scopes else None,
    )


def export_csv(program: Program, export: ExportAnswer) -> CsvFile:
    """The same, a record a line."""
    member, balance = export.member, export.balance
    rows: list[Sequence[Cell]] = [_EXPORT_COLUMNS]

    def points(base_units: str) -> Cell:
        return points_of(int(base_units), program)

    def add(record: str, **cells: Cell) -> None:
        rows.append([record, *(cells.get(column) for column in _EXPORT_COLUMNS[1:])])

    add("member", id=member.id, at=member.created_at, reference=member.customer_id)
    add("account", id=member.account, at=export.exported_at, balance_after=points(balance.active))
    if export.tier is not None:
        add("tier", id=str(export.tier.number), type=export.tier.name, points=points(export.tier.points))
    for lot in balance.lots:
        add("lot", at=lot.expires_at, points=points(lot.points))
    for receipt in export.receipts:
        add(
            "receipt",
            id=receipt.id,
            at=receipt.occurred_at,
            type=receipt.kind,
            amount=receipt.amount,
            currency=receipt.currency,
            reference=receipt.reference,
        )
    for award in export.awards:
        add(
            "award",
            id=award.id,
            at=award.created_at,
            points=points(award.points or award.points_expected),
            reference=award.reference,
            status=award.status,
        )
    for entry in export.entries:
        add(
            "entry",
            id=entry.id,
            at=entry.recorded_at,
            type=entry.type,
            points=points(entry.amount),
            balance_after=points(entry.balance_after),
            reference=entry.reference,
            status=entry.status,
        )
    for voucher in export.vouchers:
        add(
            "voucher",
            id=voucher.id,
            at=voucher.redeemed_at,
            type=voucher.kind,
            points=points(voucher.points),
            amount=voucher.left,
            status=voucher.state,
        )
    if isinstance(export, PersonExportAnswer):
        for each in export.merged:
            add("merged", id=each.id, at=each.created_at, reference=each.customer_id)
        accounts = [member.account, *(former.account for former in export.merged)]
        for account, salt in zip(accounts, export.salts, strict=True):
            add("salt", id=account, reference=salt)
        for key in export.keys:
            add("key", id=key)
        for message in export.messages or []:
            add("message", id=message.id, at=message.created_at, type=message.type, reference=message.webhook)
        for noted in export.audit_entries or []:
            add(
                "audit", id=str(noted.number), at=noted.at, type=noted.action, status=noted.outcome, reference=noted.key
            )
    return CsvFile(table(rows), headers=named(f"{export.program}-export.csv"))


async def _statement(context: Context, whose: Whose, query: PeriodQuery, *, lines_max: int) -> Statement:
    program, now = whose.program, context.clock()

    async def ask(session: Session) -> Statement:
        member = await member_with_id(session, program, whose.member_id)
        return await statement_of(
            session,
            program,
            member.id,
            member.account,
            since=query.since,
            until=query.until,
            now=now,
            lines_max=lines_max,
        )

    return await context.read(ask)


async def _all_awards(session: Session, program: Program, member: Member) -> list[Award]:
    found: list[Award] = []
    before_seq: int | None = None
    while True:
        page = await awards_before(
            session, program, member_id=member.id, reference=None, status=None, before_seq=before_seq, limit=_PAGE
        )
        found += page
        if len(page) < _PAGE:
            return found
        before_seq = page[-1].record.seq


async def _all_entries(session: Session, program: Program, person: Person) -> list[Entry]:
    found: list[Entry] = []
    account, also = person.member.account, person.other_accounts
    before: tuple[int, int] | None = None
    while True:
        limit = _PAGE + 1 + len(also)
        page, last = page_of(await entries_of(session, program, account, before=before, limit=limit, also=also), _PAGE)
        found += page
        if last is None:
            return found
        before = place_below(*cursor_numbers(last))


def _message(row: Row[Any]) -> ExportedMessageAnswer:
    return ExportedMessageAnswer(
        id=row.id,
        webhook=row.webhook,
        type=EventType(row.type),
        created_at=rfc3339(row.created_at),
        delivered_at=None if row.delivered_at is None else rfc3339(row.delivered_at),
        body=orjson.loads(row.body),
    )


def _receipt(receipt: Receipt, program: Program) -> ExportedReceiptAnswer:
    return ExportedReceiptAnswer(
        id=receipt.id,
        reference=receipt.reference,
        kind=receipt.kind,
        amount=receipt.amount,
        currency=program.currency.code,
        store=receipt.store,
        occurred_at=rfc3339(receipt.occurred_at),
        received_at=rfc3339(receipt.received_at),
    )


def named(name: str) -> dict[str, str]:
    """The headers of a file to be kept."""
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
