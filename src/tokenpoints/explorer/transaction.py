"""`/tx/<hash>`: what happened in words, then the decoded fields, then the bytes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Row
from starlette.requests import Request
from starlette.responses import Response

from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.programs import Deployment, Program
from tokenpoints.domain.types import Hash32, hash_from_hex
from tokenpoints.errors import ChainError
from tokenpoints.explorer import decoding
from tokenpoints.explorer.site import IndexState, Site
from tokenpoints.explorer.stories import Story, story_of
from tokenpoints.statements.entries import Entry, confirmations, entry_from, status_of_block
from tokenpoints.storage import chain_reads
from tokenpoints.storage.chain_reads import SubmittedBatch
from tokenpoints.storage.database import Session

READ = ["GET", "HEAD"]
ENTRIES_SHOWN = 25
ENTRIES_MAX = 2_000
"""A batch of 500 awards has at most 1,500 entries, expiry and tiers included."""
NODE_TIMEOUT_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class NodeView:
    """What a node adds to the page."""

    answered: bool
    transaction: dict[str, Any] | None = None
    receipt: dict[str, Any] | None = None

    @property
    def gas_used(self) -> int | None:
        return decoding.quantity(self.receipt, "gasUsed")

    @property
    def gas_price_wei(self) -> int | None:
        return decoding.quantity(self.receipt, "effectiveGasPrice")

    @property
    def fee_wei(self) -> int | None:
        if self.gas_used is None or self.gas_price_wei is None:
            return None
        return self.gas_used * self.gas_price_wei

    @property
    def succeeded(self) -> bool | None:
        status = decoding.quantity(self.receipt, "status")
        return None if status is None else status == 1

    @property
    def block_number(self) -> int | None:
        return decoding.quantity(self.transaction, "blockNumber")

    @property
    def input(self) -> bytes:
        return decoding.raw_bytes(self.transaction, "input")

    @property
    def call(self) -> decoding.AwardCall | None:
        return decoding.award_call(self.input)


def router(site: Site) -> APIRouter:
    routes = APIRouter()

    @routes.api_route("/tx/{text}", methods=READ)
    async def transaction_page(
        request: Request,
        text: str,
        show_all: Annotated[bool, Query(alias="all")] = False,
        node: bool = False,
    ) -> Response:
        try:
            transaction_hash = hash_from_hex(text)
        except ValueError:
            return not_found(request, text, None)
        async with site.database.snapshot() as session:
            index = await site.index_state(session)
            row = await chain_reads.transaction(session, transaction_hash)
            if row is not None:
                context = await _recorded(session, row, index, show_all=show_all)
            else:
                submitted = await chain_reads.submitted_batch(session, transaction_hash)
        # The node is asked only after the session has ended: a slow node must not hold a connection.
        if row is not None:
            context["node"] = await ask(transaction_hash) if node else None
            return site.render(request, "transaction.html", context, program=context["story"].program, index=index)
        if submitted is not None:
            return waiting_page(request, transaction_hash, submitted, index)
        view = await ask(transaction_hash)
        if view.transaction is not None or not view.answered:
            deployed = deployed_by(site.deployment, transaction_hash)
            context = {"hash": transaction_hash, "node": view, "deployed": deployed}
            status = 200 if view.answered or deployed else 503
            return site.render(
                request, "transaction_elsewhere.html", context, program=deployed, index=index, status=status
            )
        return not_found(request, text, index)

    async def _recorded(
        session: Session, row: Row[tuple[object, ...]], index: IndexState, *, show_all: bool
    ) -> dict[str, Any]:
        story = await story_of(session, site.deployment, row)
        limit = ENTRIES_MAX if show_all else ENTRIES_SHOWN
        transaction_hash = Hash32(row.hash)
        entries = await _entries(session, transaction_hash, limit=limit + 1)
        refused = await chain_reads.refusals_in(session, transaction_hash, limit=limit + 1)
        return {
            "transaction": row,
            "story": story,
            "entries": entries[:limit],
            "more_entries": len(entries) > limit,
            "refused": refused[:limit],
            "more_refused": len(refused) > limit,
            "mined_at": datetime.fromtimestamp(row.timestamp, UTC),
            "status": status_of_block(row.block_number, index.checkpoint),
            "confirmations": confirmations(row.block_number, index.checkpoint),
            "function": decoding.function_called(row.selector),
            "sender_programs": [p for p in site.deployment.programs.values() if row.sender in p.issuers],
            "shown_account": _account_to_check(entries, story),
        }

    async def _entries(session: Session, transaction_hash: Hash32, *, limit: int) -> list[Entry]:
        rows = await chain_reads.entries_in(session, transaction_hash, limit=limit)
        programs = site.deployment.programs
        return [entry_from(row, programs[row.program]) for row in rows if row.program in programs]

    def waiting_page(
        request: Request, transaction_hash: Hash32, submitted: SubmittedBatch, index: IndexState
    ) -> Response:
        program = site.deployment.programs.get(submitted.program)
        context = {
            "hash": transaction_hash,
            "submitted": submitted,
            "rules": [(program.rule(rule_id) if program else None, rule_id) for rule_id in submitted.rule_ids],
            "replaced_by": submitted.awarded_in
            or (submitted.newest_submission if submitted.newest_submission != transaction_hash else None),
        }
        return site.render(request, "transaction_waiting.html", context, program=program, index=index)

    async def ask(transaction_hash: Hash32) -> NodeView:
        try:
            async with asyncio.timeout(NODE_TIMEOUT_SECONDS):
                found = await site.node.transaction(transaction_hash)
                receipt = await site.node.transaction_receipt(transaction_hash) if found else None
        except (ChainError, TimeoutError):
            return NodeView(answered=False)
        return NodeView(True, found, receipt)

    def not_found(request: Request, text: str, index: IndexState | None) -> Response:
        context = {"searched": text[:200], "noun": "transaction"}
        return site.render(request, "not_found.html", context, index=index, status=404)

    return routes


def deployed_by(deployment: Deployment, transaction_hash: Hash32) -> Program | None:
    """The program whose deployment a transaction is a part of."""
    programs = deployment.programs.values()
    return next((program for program in programs if transaction_hash in program.origin.transactions), None)


def _account_to_check(entries: list[Entry], story: Story) -> bytes | None:
    if story.sender:
        return story.sender
    return next((entry.account for entry in entries if entry.type is EntryType.AWARD), None)
