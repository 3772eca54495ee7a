"""`/search`: takes anything, and goes to the page when there is one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, Hash32, address_from_hex, hash_from_hex, hex_of
from tokenpoints.explorer.block import parse_number
from tokenpoints.explorer.site import Site
from tokenpoints.explorer.words import checksummed
from tokenpoints.storage import chain_reads
from tokenpoints.storage.chain_reads import ReceiptFound
from tokenpoints.storage.database import Session

READ = ["GET", "HEAD"]
QUERY_MAX = 200


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.api_route("/search", methods=READ)
    async def search_page(request: Request, q: Annotated[str, Query(max_length=QUERY_MAX)] = "") -> Response:
        text = q.strip()
        programs = list(site.deployment.programs.values())
        async with site.database.snapshot() as session:
            index = await site.index_state(session)
            if page := await _page_of(session, text):
                return RedirectResponse(page, status_code=303)
            found = await _receipts(session, programs, text) if text else []
            number = parse_number(text)
            block = number if number is not None and await chain_reads.block_by_number(session, number) else None
        named = programs_named(programs, text)
        if pages := _only_page(found, block, named):
            return RedirectResponse(pages, status_code=303)
        context = {"searched": text, "receipts": found, "block": block, "named": named}
        status = 200 if found or block is not None or named or not text else 404
        return site.render(request, "search.html", context, index=index, status=status)

    return routes


async def _page_of(session: Session, text: str) -> str | None:
    """The page of a hash or an address."""
    if address := _parsed_address(text):
        return f"/address/{checksummed(address)}"
    if found := _parsed_hash(text):
        number = await chain_reads.block_number_of(session, found)
        return f"/tx/{hex_of(found)}" if number is None else f"/block/{number}"
    return None


async def _receipts(session: Session, programs: list[Program], text: str) -> list[tuple[Program, ReceiptFound]]:
    found = [(program, await chain_reads.receipt_by_reference(session, program.slug, text)) for program in programs]
    return [(program, receipt) for program, receipt in found if receipt]


def programs_named(programs: list[Program], text: str) -> list[Program]:
    """Programs whose name, short name or symbol the text is, or is a part of the name of."""
    wanted = text.casefold()
    if not wanted:
        return []
    exact = [each for each in programs if wanted in (each.name.casefold(), each.slug, each.symbol.casefold())]
    return exact or [each for each in programs if wanted in each.name.casefold()]


def receipt_page(receipt: ReceiptFound) -> str | None:
    """The transaction that holds a receipt's award; None while there is none."""
    if receipt.minted_in:
        return f"/tx/{hex_of(receipt.minted_in)}?all=1#entry-{receipt.entry_id}"
    if receipt.refused_in or receipt.submitted_in:
        return f"/tx/{hex_of(receipt.refused_in or receipt.submitted_in or b'')}"
    return None


def _only_page(receipts: list[tuple[Program, ReceiptFound]], block: int | None, named: list[Program]) -> str | None:
    pages = [receipt_page(receipt) for _, receipt in receipts]
    pages += [f"/block/{block}"] if block is not None else []
    pages += [f"/programs/{program.slug}" for program in named]
    return pages[0] if len(pages) == 1 else None


def _parsed_hash(text: str) -> Hash32 | None:
    try:
        return hash_from_hex(text)
    except ValueError:
        return None


def _parsed_address(text: str) -> Address | None:
    try:
        return address_from_hex(text)
    except ValueError:
        return None
