"""`/address/<address>`: an account's balance, its history and its entries; or what a contract is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from sqlalchemy import Row
from starlette.requests import Request
from starlette.responses import Response

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.points import AccountWord
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, address_from_hex
from tokenpoints.errors import InvalidCursor
from tokenpoints.explorer.charts.drawing import Chart, Labels, step_chart
from tokenpoints.explorer.contracts import contract_at, contracts_of
from tokenpoints.explorer.site import IndexState, Site
from tokenpoints.explorer.words import Words
from tokenpoints.statements.balance import balance_of
from tokenpoints.statements.entries import entries_of
from tokenpoints.statements.history import (
    Change,
    History,
    by_time_occurred,
    by_time_recorded,
    instant,
    occurred_before_recorded,
    without_gap,
)
from tokenpoints.storage import chain_reads, ledger_reads
from tokenpoints.storage.database import Session
from tokenpoints.storage.expiry import BEFORE_ALL_LOGS

READ = ["GET", "HEAD"]
ENTRIES_A_PAGE = 25
CHANGES_DRAWN = 2_000
TABLE_ROWS = 200
OPEN_AWARDS_SHOWN = 10
OLDER_SECONDS = 86_400
"""Receipts that are older than their records by more than this make their own time the chart's axis."""

_CURSOR = re.compile(r"(\d{1,18})-(\d{1,9}|expiry)")


@dataclass(frozen=True, slots=True)
class BalanceChart:
    """The chart, its table, and the time it goes by."""

    drawing: Chart
    rows: list[tuple[datetime, int, bool]]
    """(moment, balance, whether it is ahead), newest first."""
    by: str
    can_differ: bool


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.api_route("/address/{text}", methods=READ)
    async def address_page(
        request: Request,
        text: str,
        program: Annotated[str | None, Query(max_length=40)] = None,
        before: Annotated[str | None, Query(max_length=40)] = None,
        by: Annotated[Literal["purchase", "record"] | None, Query()] = None,
    ) -> Response:
        try:
            address = address_from_hex(text)
        except ValueError:
            missing = {"searched": text[:200], "noun": "account"}
            return site.render(request, "not_found.html", missing, status=404)
        if found := contract_at(site.deployment, address):
            return await contract_page(request, address, *found)
        cursor = parse_cursor(before)
        async with site.database.snapshot() as session:
            index = await site.index_state(session)
            slugs = await chain_reads.programs_of(session, address, candidates=list(site.deployment.programs))
            issues_for = [each for each in site.deployment.programs.values() if address in each.issuers]
            batch_totals = {
                each.slug: await chain_reads.batch_total_of(session, each.slug, address) for each in issues_for
            }
            if not slugs:
                empty = {"address": address, "issues_for": issues_for, "batch_totals": batch_totals}
                shown = issues_for[0] if issues_for else None
                return site.render(request, "account_empty.html", empty, program=shown, index=index)
            chosen = site.program(program if program in slugs else slugs[0])
            context = await _account(session, request, chosen, address, cursor, by)
        context |= {
            "address": address,
            "held_in": [site.program(slug) for slug in slugs],
            "issues_for": issues_for,
            "batch_totals": batch_totals,
            "before": before,
        }
        return site.render(request, "account.html", context, program=chosen, index=index)

    async def _account(
        session: Session,
        request: Request,
        program: Program,
        address: Address,
        cursor: tuple[int, int] | None,
        by: str | None,
    ) -> dict[str, Any]:
        now = site.clock()
        entries = await entries_of(session, program, address, before=cursor, limit=ENTRIES_A_PAGE + 1)
        rows = await ledger_reads.history_of_account(session, program.slug, address, limit=CHANGES_DRAWN)
        slug, shown = program.slug, OPEN_AWARDS_SHOWN
        return {
            "balance": await balance_of(session, program, address, now=now),
            "pending": await ledger_reads.pending_awards_of(session, slug, address, limit=shown),
            "dead": await ledger_reads.dead_awards_of(session, slug, address, limit=shown),
            "refused": await ledger_reads.refused_awards_of(session, slug, address, limit=shown),
            "entries": entries[:ENTRIES_A_PAGE],
            "next_cursor": entries[ENTRIES_A_PAGE - 1].id if len(entries) > ENTRIES_A_PAGE else None,
            "chart": _chart([_change(row) for row in rows], program, site.words(request), by, instant(now)),
        }

    async def contract_page(request: Request, address: Address, program: Program, part: str) -> Response:
        async with site.database.snapshot() as session:
            index: IndexState = await site.index_state(session)
        context = {"address": address, "part": part, "contract": contracts_of(program)[part]}
        return site.render(request, "contract.html", context, program=program, index=index)

    return routes


def parse_cursor(text: str | None) -> tuple[int, int] | None:
    """Read an entry's id. Raises InvalidCursor."""
    if text is None:
        return None
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise InvalidCursor
    return int(match[1]), BEFORE_ALL_LOGS if match[2] == "expiry" else int(match[2])


def _chart(changes: list[Change], program: Program, words: Words, by: str | None, now: int) -> BalanceChart | None:
    if not changes:
        return None
    clock = program.clock
    can_differ = occurred_before_recorded(changes, seconds=OLDER_SECONDS)
    by = by or ("purchase" if can_differ else "record")
    if by == "purchase":
        history, drawn_until = without_gap(by_time_occurred(changes, clock, now=now), now=now)
    else:
        history, drawn_until = by_time_recorded(changes, clock, now=now), now
    labels = Labels(
        value=lambda points: words.compact(points, program),
        moment=words.tick,
        mark=lambda at, points: f"{words.minute(at)} · {words.points(points, program)}",
    )
    drawing = step_chart(history, labels, now=drawn_until)
    return None if drawing is None else BalanceChart(drawing, _table(history), by, can_differ)


def _table(history: History) -> list[tuple[datetime, int, bool]]:
    past = [(datetime.fromtimestamp(step.at, UTC), step.points, False) for step in history.past[-TABLE_ROWS:]]
    ahead = [(datetime.fromtimestamp(step.at, UTC), step.points, True) for step in history.ahead]
    return [*reversed(ahead), *reversed(past)]


def _change(row: Row[tuple[object, ...]]) -> Change:
    return Change(
        type=EntryType(row.type),
        amount=row.amount,
        balance_after=row.balance_after,
        word_after=AccountWord.unpack(int.from_bytes(row.word_after, "big")),
        recorded_at=row.timestamp,
        occurred_at=None if row.occurred_at is None else instant(row.occurred_at),
    )
