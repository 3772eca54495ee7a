"""The gateway: an HTTP API over the database. It holds no key and no state of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from fastapi import FastAPI
from starlette.middleware import Middleware

from tokenpoints.access.member_tokens import MemberTokens, secret_in
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.config import Settings
from tokenpoints.domain.keys import Mode, mode_of
from tokenpoints.domain.programs import Deployment
from tokenpoints.gateway import errors, openapi
from tokenpoints.gateway.context import Context
from tokenpoints.gateway.endpoints import (
    adjustments,
    agreements,
    audit_log,
    awards,
    balances,
    charities,
    entries,
    erasure,
    governing,
    guarding,
    health,
    keys,
    me,
    member_actions,
    member_files,
    member_standing,
    member_tokens,
    members,
    merging,
    metrics,
    my_actions,
    operations,
    partners,
    problem_texts,
    programs,
    proofs,
    receipt_list,
    receipts,
    reconciliation,
    reference,
    refunds,
    rewards,
    rules,
    sign_in,
    status,
    step_ups,
    webhook_messages,
    webhooks,
)
from tokenpoints.gateway.known_keys import KnownKeys
from tokenpoints.gateway.middleware.body_limit import BodyLimit
from tokenpoints.gateway.middleware.hosts import LOOPBACK_HOSTS, AllowedHosts
from tokenpoints.gateway.middleware.kept_writes import KeptWrites
from tokenpoints.gateway.middleware.key_use import KeyUse
from tokenpoints.gateway.middleware.reads import Reads
from tokenpoints.gateway.middleware.request_log import RequestLog
from tokenpoints.gateway.rates import Rates
from tokenpoints.storage.database import Database

_ENDPOINTS = (
    programs,
    rules,
    rewards,
    partners,
    agreements,
    guarding,
    governing,
    operations,
    reconciliation,
    members,
    merging,
    erasure,
    balances,
    entries,
    member_standing,
    member_files,
    member_actions,
    member_tokens,
    step_ups,
    charities,
    sign_in,
    me,
    my_actions,
    proofs,
    receipts,
    receipt_list,
    refunds,
    adjustments,
    awards,
    status,
    webhooks,
    webhook_messages,
    keys,
    audit_log,
    health,
    metrics,
    problem_texts,
    reference,
)
_NODE_TIMEOUT_SECONDS = 10.0


def create_app(
    *,
    database: Database,
    deployment: Deployment | Callable[[], Deployment],
    settings: Settings,
    clock: Callable[[], datetime],
    node: RpcClient | None = None,
    allowed_hosts: Sequence[str] = LOOPBACK_HOSTS,
) -> FastAPI:
    """The ASGI application. The caller opens and closes the database and the node; without one it has its own, that of
    the settings."""
    asked = node or RpcClient(settings.node_url, timeout_seconds=_NODE_TIMEOUT_SECONDS)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await context.known_keys.close()
        if node is None:
            await asked.close()

    deployed = deployment if callable(deployment) else lambda: deployment
    app = FastAPI(
        title="tokenpoints gateway",
        version="1",
        summary="Loyalty points as tokens",
        description="Receipts come in, awards go to the chain, and every point is explained. "
        "Everything that is not what was asked for is a problem (RFC 9457).",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=[
            Middleware(RequestLog),
            Middleware(KeyUse),
            Middleware(AllowedHosts, hosts=[*allowed_hosts, settings.gateway_host, *settings.gateway_names]),
            Middleware(BodyLimit, bytes_max=settings.body_bytes_max),
            Middleware(KeptWrites),
            Middleware(Reads),
        ],
    )
    mode = mode_of(deployed().chain_id)
    context = app.state.context = Context(
        database=database,
        deployed=deployed,
        clock=clock,
        node=asked,
        webhooks_allow_loopback=settings.webhooks_allow_loopback,
        mode=mode,
        known_keys=KnownKeys(database, mode),
        rates=Rates(
            key_per_minute=settings.requests_per_minute,
            refusals_per_minute=settings.unauthorized_per_minute,
            member_per_minute=settings.member_requests_per_minute,
            sign_ins_per_minute=settings.sign_ins_per_minute,
        ),
        tokens=MemberTokens(lambda: _token_secret(settings), chain_id=deployed().chain_id),
        sign_in_domains=frozenset(settings.sign_in_domains or _own_domains(settings, deployed().chain_id)),
    )
    errors.install(app)
    openapi.install(app)
    app.router.routes.extend([balances.direct, entries.direct])
    for endpoint in _ENDPOINTS:
        # Included routers are looked through one by one, and the right one twice; and there is nothing to add to them.
        app.router.routes.extend(endpoint.router.routes)
    return app


def _token_secret(settings: Settings) -> bytes:
    if settings.token_secret is not None:
        return settings.token_secret.get_secret_value().encode()
    return secret_in(settings.token_secret_path)


def _own_domains(settings: Settings, chain_id: int) -> list[str]:
    """On a development chain members sign in on this machine, unless it is said where."""
    if mode_of(chain_id) is Mode.LIVE:
        return []
    ports = (settings.gateway_port, settings.explorer_port)
    return [f"{host}:{port}" for host in ("127.0.0.1", "localhost") for port in ports]
