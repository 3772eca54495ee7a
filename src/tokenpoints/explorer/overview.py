"""The first page: programs, and one program in figures, charts, batches and rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Points
from tokenpoints.explorer import accent
from tokenpoints.explorer.awards_chart import awards_chart
from tokenpoints.explorer.charts.drawing import Chart, Labels, step_chart
from tokenpoints.explorer.charts.ticks import DAY_SECONDS
from tokenpoints.explorer.remembered import Remembered
from tokenpoints.explorer.rules import rules_in_words
from tokenpoints.explorer.site import Site
from tokenpoints.explorer.words import Words
from tokenpoints.statements.balance import Lot, epoch_at, expiry_of
from tokenpoints.statements.history import History, instant, supply_by_receipts, supply_over_time, without_gap
from tokenpoints.storage import program_reads, reconciliations
from tokenpoints.storage.database import Session
from tokenpoints.storage.program_reads import AwardTotals

BATCHES_SHOWN = 8
WAITING_SHOWN = 5
SUPPLY_BUCKETS = 200
READ = ["GET", "HEAD"]

ByDay = Annotated[Literal["purchase", "record"] | None, Query()]


def router(site: Site) -> APIRouter:
    routes = APIRouter()
    days_of_receipts: Remembered[dict[int, AwardTotals]] = Remembered(site.clock, share=20)

    @routes.api_route("/", methods=READ)
    async def first_page(request: Request, by: ByDay = None) -> Response:
        programs = list(site.deployment.programs.values())
        if len(programs) == 1:
            return await program_page(request, programs[0].slug, by)
        async with site.database.snapshot() as session:
            figures = [(program, await _figures(site, session, program)) for program in programs]
            index = await site.index_state(session)
        return site.render(request, "programs.html", {"figures": figures}, index=index)

    @routes.api_route("/programs/{slug}", methods=READ)
    async def program_page(request: Request, slug: str, by: ByDay = None) -> Response:
        program = site.program(slug)
        words = site.words(request)
        async with site.database.snapshot() as session:
            index = await site.index_state(session)
            figures = await _figures(site, session, program)
            waiting = await program_reads.batches_waiting(session, slug, limit=WAITING_SHOWN)
            latest = await program_reads.batches_awarded(session, slug, limit=BATCHES_SHOWN)
            compared = await reconciliations.latest(session, slug)
            rules = rules_in_words(
                program, await program_reads.rules_in_force(session, slug, timestamp=instant(site.clock()))
            )
            minted = await _minted(session, program)
            by_record = await program_reads.awards_by_day_recorded(session, slug)
            by_receipt = await days_of_receipts.get(
                slug,
                state=index.checkpoint.block_hash if index.checkpoint else None,
                compute=lambda: program_reads.awards_by_day_of_receipt(session, slug),
            )
        differ = by_receipt.keys() != by_record.keys()
        by = by or ("purchase" if differ and by_receipt else "record")
        now = instant(site.clock())
        history, drawn_until = _supply_history(program, minted, by_receipt if by == "purchase" else None, now)
        context = {
            **figures,
            "by": by,
            "can_differ": differ,
            "waiting": waiting,
            "latest": latest,
            "rules": rules,
            "compared": compared,
            "supply_chart": _supply_chart(history, words, program, drawn_until),
            "supply_history": history,
            "awards_chart": awards_chart(by_receipt if by == "purchase" else by_record, words, program),
        }
        return site.render(request, "overview.html", context, program=program, index=index)

    @routes.api_route("/programs/{slug}/accent.css", methods=READ)
    async def accent_sheet(slug: str) -> Response:
        sheet = accent.stylesheet(site.program(slug).accent)
        return Response(sheet, media_type="text/css", headers={"Cache-Control": "public, max-age=86400"})

    return routes


async def _figures(site: Site, session: Session, program: Program) -> Mapping[str, Any]:
    """What the top of the page says."""
    clock = program.clock
    epoch = epoch_at(clock, site.clock())
    supply = await program_reads.supply_by_epoch(session, program.slug, epoch=epoch, points_expire=clock.points_expire)
    return {
        "supply": sum(supply.values()),
        "lots": [Lot(Points(points), earned, expiry_of(clock, earned)) for earned, points in sorted(supply.items())],
        "account_total": await program_reads.account_count(session, program.slug),
        "awarded": await program_reads.awarded_totals(session, program.slug),
        "pending": await program_reads.pending_totals(session, program.slug),
    }


async def _minted(session: Session, program: Program) -> list[tuple[int, int]]:
    clock = program.clock
    return await program_reads.minted_over_time(
        session,
        program.slug,
        epoch_start=clock.start,
        epoch_seconds=clock.length_seconds,
        bucket_count=SUPPLY_BUCKETS,
    )


def _supply_history(
    program: Program, minted: list[tuple[int, int]], days: dict[int, AwardTotals] | None, now: int
) -> tuple[History, int]:
    """The supply to draw, by days of purchase where given, and where its past ends."""
    clock = program.clock
    if days is None:
        return supply_over_time(minted, clock, now=now), now
    earned = [(day * DAY_SECONDS, total.points) for day, total in sorted(days.items())]
    return without_gap(supply_by_receipts(earned, minted, clock, now=now), now=now)


def _supply_chart(history: History, words: Words, program: Program, now: int) -> Chart | None:
    labels = Labels(
        value=lambda points: words.compact(points, program),
        moment=words.tick,
        mark=lambda at, points: f"{words.minute(at)} · {words.points(points, program)}",
    )
    return step_chart(history, labels, now=now)
