"""`/metrics`, for Prometheus: this gateway's requests, and what the database says of the whole system."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from tokenpoints.domain.keys import Scope
from tokenpoints.domain.reconciliation import Reconciliation
from tokenpoints.domain.types import hex_of
from tokenpoints.gateway.context import Context, ContextPart
from tokenpoints.gateway.principals import requires
from tokenpoints.storage import backlog, checkpoints, reconciliations, submitter_states, webhook_messages
from tokenpoints.storage.backlog import Backlog
from tokenpoints.storage.checkpoints import Checkpoint
from tokenpoints.storage.database import Session
from tokenpoints.storage.submitter_states import SubmitterState
from tokenpoints.storage.webhook_messages import WebhookBacklog

router = APIRouter()

Found = TypeVar("Found")
Figures = Mapping[str, tuple[str, Callable[[Found], float | datetime | None]]]
"""By the metric's name: what it means, and how it is read. Of a moment the seconds since then are shown, of none 0."""

_CHECKPOINT: Figures[Checkpoint] = {
    "indexed_block": ("The last block whose effects are in the database.", lambda of: of.block_number),
    "head_block": ("The chain's last block, as the indexer saw it.", lambda of: of.head_number),
    "finalized_block": ("The chain's last finalized block.", lambda of: of.finalized_number),
    "head_lag_blocks": ("Blocks that are not indexed yet.", lambda of: max(0, of.head_number - of.block_number)),
    "checkpoint_age_seconds": ("Since when the indexer looked.", lambda of: of.observed_at),
    "indexer_halted": (
        "1 while the indexer stands still.",
        lambda of: of.halted_because is not None,
    ),
}
_WAITING: Figures[Backlog] = {
    "awards_unsealed": ("Awards that wait for a batch.", lambda of: of.unsealed),
    "awards_unsealed_oldest_age_seconds": ("How long the oldest has waited.", lambda of: of.oldest_unsealed_at),
    "batches_open": ("Batches that are sealed and not indexed as awarded.", lambda of: of.open_batches),
    "batches_open_oldest_age_seconds": ("Since when the oldest is sealed.", lambda of: of.oldest_open_batch_at),
}
_WEBHOOKS: Figures[WebhookBacklog] = {
    "webhook_messages_waiting": ("Webhook messages that are not delivered yet.", lambda of: of.waiting),
    "webhook_messages_oldest_age_seconds": ("How long the oldest has waited.", lambda of: of.oldest_waiting_at),
    "webhook_messages_dead": ("Webhook messages whose every attempt failed.", lambda of: of.dead),
    "webhooks_disabled": ("Webhooks to which nothing is sent.", lambda of: of.disabled_endpoints),
}
_COMPARED: Figures[Reconciliation] = {
    "reconciliation_block": ("The block of the last comparison with the chain.", lambda of: of.block_number),
    "reconciliation_age_seconds": ("Since when that was compared.", lambda of: of.compared_at),
    "reconciliation_accounts": ("Accounts that were compared then.", lambda of: of.counts.accounts),
    "reconciliation_differences": ("What differed then.", lambda of: of.difference_count),
}
_SUBMITTERS: Figures[SubmitterState] = {
    "submitter_age_seconds": ("Since when it has said nothing.", lambda of: of.observed_at),
    "submitter_batches_in_flight": ("Batches that are sealed and not on the chain.", lambda of: of.in_flight),
    "submitter_balance_wei": ("What the issuer's account holds.", lambda of: of.balance_wei),
}
_WAITS: Figures[str] = {"submitter_waits": ("1 while the submitter sends nothing, with the reason.", lambda _: 1)}


@router.get("/metrics", dependencies=[requires(Scope.METRICS_READ)], include_in_schema=False)
async def metrics(context: ContextPart) -> Response:
    """Both in one text. A database that does not answer makes it a problem: old figures would look like new ones."""
    text = generate_latest() + generate_latest(await _system(context))
    return Response(text, media_type=CONTENT_TYPE_LATEST)


@dataclass(frozen=True)
class _Facts:
    """What the database says; by program, all but the checkpoint."""

    checkpoint: Checkpoint | None
    waiting: dict[str, Backlog]
    compared: dict[str, Reconciliation | None]
    untold: dict[str, WebhookBacklog]
    submitters: dict[str, list[SubmitterState]]


async def _system(context: Context) -> CollectorRegistry:
    programs = context.deployment.programs

    async def ask(session: Session) -> _Facts:
        return _Facts(
            checkpoint=await checkpoints.latest(session),
            waiting={slug: await backlog.of_program(session, slug) for slug in programs},
            compared={slug: await reconciliations.latest(session, slug) for slug in programs},
            untold={slug: await webhook_messages.backlog(session, slug) for slug in programs},
            submitters={slug: await submitter_states.of_program(session, slug) for slug in programs},
        )

    found = await context.read(ask)
    shown = _Shown(CollectorRegistry(), context.clock())
    shown.add(_CHECKPOINT, {} if found.checkpoint is None else {(): found.checkpoint})
    shown.add(_WAITING, _by_program(found.waiting), "program")
    shown.add(_WEBHOOKS, _by_program(found.untold), "program")
    shown.add(_COMPARED, _by_program(found.compared), "program")
    by_issuer: dict[tuple[str, ...], SubmitterState] = {
        (slug, hex_of(state.issuer)): state for slug, each in found.submitters.items() for state in each
    }
    shown.add(_SUBMITTERS, by_issuer, "program", "issuer")
    waits: dict[tuple[str, ...], str] = {
        (*place, state.wait): state.wait for place, state in by_issuer.items() if state.wait is not None
    }
    shown.add(_WAITS, waits, "program", "issuer", "why")
    return shown.registry


def _by_program(found: Mapping[str, Found | None]) -> dict[tuple[str, ...], Found]:
    return {(slug,): each for slug, each in found.items() if each is not None}


@dataclass(frozen=True)
class _Shown:
    registry: CollectorRegistry
    now: datetime

    def add(self, figures: Figures[Found], found: Mapping[tuple[str, ...], Found], *labels: str) -> None:
        """A gauge for each figure, with a value for each that was found, by its labels' values."""
        if not found:
            return
        for name, (meaning, read) in figures.items():
            gauge = Gauge(f"tokenpoints_{name}", meaning, labels, registry=self.registry)
            for values, each in found.items():
                (gauge.labels(*values) if values else gauge).set(self._number(read(each)))

    def _number(self, value: float | datetime | None) -> float:
        if isinstance(value, datetime):
            return max(0.0, (self.now - value).total_seconds())
        return float(value or 0)
