"""`/metrics`, for Prometheus: this gateway's requests, and what the database says of the whole system."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from tokenpoints.domain.reconciliation import Reconciliation
from tokenpoints.domain.types import hex_of
from tokenpoints.gateway.context import Context, ContextPart
from tokenpoints.storage import backlog, ledger_reads, reconciliations, submitter_states, webhook_messages
from tokenpoints.storage.backlog import Backlog
from tokenpoints.storage.database import Session
from tokenpoints.storage.ledger_reads import Checkpoint
from tokenpoints.storage.submitter_states import SubmitterState
from tokenpoints.storage.webhook_messages import WebhookBacklog

router = APIRouter()


@router.get("/metrics", include_in_schema=False)
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
            checkpoint=await ledger_reads.checkpoint(session),
            waiting={slug: await backlog.of_program(session, slug) for slug in programs},
            compared={slug: await reconciliations.latest(session, slug) for slug in programs},
            untold={slug: await webhook_messages.backlog(session, slug) for slug in programs},
            submitters={slug: await submitter_states.of_program(session, slug) for slug in programs},
        )

    found = await context.read(ask)
    registry, now = CollectorRegistry(), context.clock()
    _show_waiting(registry, found.waiting, now)
    _show_compared(registry, {slug: each for slug, each in found.compared.items() if each is not None}, now)
    _show_webhooks(registry, found.untold, now)
    _show_submitters(registry, found.submitters, now)
    if found.checkpoint is not None:
        _show_checkpoint(registry, found.checkpoint, now)
    return registry


def _show_waiting(registry: CollectorRegistry, waiting: dict[str, Backlog], now: datetime) -> None:
    def gauge(name: str, meaning: str) -> Gauge:
        return Gauge(f"tokenpoints_{name}", meaning, ["program"], registry=registry)

    unsealed = gauge("awards_unsealed", "Awards that wait for a batch.")
    unsealed_age = gauge("awards_unsealed_oldest_age_seconds", "How long the oldest of them has waited.")
    open_batches = gauge("batches_open", "Batches that are sealed and not indexed as awarded.")
    open_age = gauge("batches_open_oldest_age_seconds", "Since when the oldest of them is sealed.")
    for program, found in waiting.items():
        unsealed.labels(program).set(found.unsealed)
        unsealed_age.labels(program).set(_age_seconds(found.oldest_unsealed_at, now))
        open_batches.labels(program).set(found.open_batches)
        open_age.labels(program).set(_age_seconds(found.oldest_open_batch_at, now))


def _show_webhooks(registry: CollectorRegistry, untold: dict[str, WebhookBacklog], now: datetime) -> None:
    def gauge(name: str, meaning: str) -> Gauge:
        return Gauge(f"tokenpoints_{name}", meaning, ["program"], registry=registry)

    waiting = gauge("webhook_messages_waiting", "Webhook messages that are not delivered yet.")
    age = gauge("webhook_messages_oldest_age_seconds", "How long the oldest of them has waited.")
    dead = gauge("webhook_messages_dead", "Webhook messages whose every attempt failed.")
    disabled = gauge("webhooks_disabled", "Webhooks to which nothing is sent.")
    for program, found in untold.items():
        waiting.labels(program).set(found.waiting)
        age.labels(program).set(_age_seconds(found.oldest_waiting_at, now))
        dead.labels(program).set(found.dead)
        disabled.labels(program).set(found.disabled_endpoints)


def _show_compared(registry: CollectorRegistry, compared: dict[str, Reconciliation], now: datetime) -> None:
    def gauge(name: str, meaning: str) -> Gauge:
        return Gauge(f"tokenpoints_reconciliation_{name}", meaning, ["program"], registry=registry)

    block = gauge("block", "The block of the last comparison with the chain.")
    age = gauge("age_seconds", "Since when that was compared.")
    accounts = gauge("accounts", "Accounts that were compared then.")
    differences = gauge("differences", "What differed then.")
    for program, found in compared.items():
        block.labels(program).set(found.block_number)
        age.labels(program).set(_age_seconds(found.compared_at, now))
        accounts.labels(program).set(found.counts.accounts)
        differences.labels(program).set(found.difference_count)


def _show_submitters(registry: CollectorRegistry, submitters: dict[str, list[SubmitterState]], now: datetime) -> None:
    def gauge(name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"tokenpoints_submitter_{name}", meaning, ["program", "issuer", *labels], registry=registry)

    waits = gauge("waits", "1 while the issuer's submitter sends nothing, with the reason.", "why")
    age = gauge("age_seconds", "Since when it has said nothing.")
    in_flight = gauge("batches_in_flight", "Batches that are sealed and not on the chain.")
    balance = gauge("balance_wei", "What the issuer's account holds.")
    for program, states in submitters.items():
        for state in states:
            issuer = hex_of(state.issuer)
            if state.wait is not None:
                waits.labels(program, issuer, state.wait).set(1)
            age.labels(program, issuer).set(_age_seconds(state.observed_at, now))
            in_flight.labels(program, issuer).set(state.in_flight)
            balance.labels(program, issuer).set(state.balance_wei)


def _show_checkpoint(registry: CollectorRegistry, found: Checkpoint, now: datetime) -> None:
    def show(name: str, meaning: str, value: float) -> None:
        Gauge(f"tokenpoints_{name}", meaning, registry=registry).set(value)

    show("indexed_block", "The last block whose effects are in the database.", found.block_number)
    show("head_block", "The chain's last block, as the indexer saw it.", found.head_number)
    show("finalized_block", "The chain's last finalized block.", found.finalized_number)
    show("head_lag_blocks", "Blocks that are not indexed yet.", max(0, found.head_number - found.block_number))
    show("checkpoint_age_seconds", "Since when the indexer looked.", _age_seconds(found.observed_at, now))


def _age_seconds(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
