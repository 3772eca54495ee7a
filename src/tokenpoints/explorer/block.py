"""`/block/<number or hash>`: a block's header and what its transactions did."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tokenpoints.domain.programs import Deployment
from tokenpoints.domain.types import Hash32, hash_from_hex
from tokenpoints.explorer.contracts import contracts_of
from tokenpoints.explorer.site import Site
from tokenpoints.explorer.stories import Story, StoryKind, story_of
from tokenpoints.statements.entries import confirmations, status_of_block
from tokenpoints.storage import chain_reads
from tokenpoints.storage.database import Session

READ = ["GET", "HEAD"]
TRANSACTIONS_SHOWN = 50
NUMBER_MAX = (1 << 63) - 1


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.api_route("/block/{text}", methods=READ)
    async def block_page(request: Request, text: str) -> Response:
        number = parse_number(text)
        async with site.database.snapshot() as session:
            index = await site.index_state(session)
            if number is None:
                by_hash = await _number_of(session, text)
                if by_hash is not None:
                    return RedirectResponse(f"/block/{by_hash}", status_code=302)
            row = None if number is None else await chain_reads.block_by_number(session, number)
            if number is None or row is None:
                missing = {"searched": text[:200], "noun": "block"}
                return site.render(request, "not_found.html", missing, index=index, status=404)
            transactions = await chain_reads.transactions_in(session, number, limit=TRANSACTIONS_SHOWN + 1)
            context = {
                "block": row,
                "mined_at": datetime.fromtimestamp(row.timestamp, UTC),
                "stories_told": [
                    *deployed_in(site.deployment, number, known={row.hash for row in transactions}),
                    *[
                        (Hash32(row.hash), await story_of(session, site.deployment, row))
                        for row in transactions[:TRANSACTIONS_SHOWN]
                    ],
                ],
                "more": len(transactions) > TRANSACTIONS_SHOWN,
                "neighbours": await chain_reads.neighbours(session, number),
                "status": status_of_block(number, index.checkpoint),
                "confirmations": confirmations(number, index.checkpoint),
            }
        return site.render(request, "block.html", context, index=index)

    return routes


async def _number_of(session: Session, text: str) -> int | None:
    try:
        block_hash = hash_from_hex(text)
    except ValueError:
        return None
    return await chain_reads.block_number_of(session, block_hash)


def deployed_in(deployment: Deployment, number: int, *, known: set[bytes]) -> list[tuple[Hash32, Story]]:
    """Transactions of a block that created contracts: most of them log nothing, so the index has not seen them."""
    found = {
        contract.transaction_hash: Story(StoryKind.DEPLOYMENT, program=program)
        for program in deployment.programs.values()
        for contract in contracts_of(program).values()
        if contract.block_number == number and contract.transaction_hash not in known
    }
    return list(found.items())


def parse_number(text: str) -> int | None:
    """A block number in decimal, as the pages write it."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        return None
    number = int(text)
    return number if number <= NUMBER_MAX else None
