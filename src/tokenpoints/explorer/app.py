"""The explorer as an ASGI application."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Lifespan

from tokenpoints.domain.programs import Deployment
from tokenpoints.explorer import account, block, error_pages, overview, search, transaction
from tokenpoints.explorer.assets import Assets
from tokenpoints.explorer.node import ExplorerNode
from tokenpoints.explorer.security import SecurityHeaders
from tokenpoints.explorer.site import Site
from tokenpoints.storage.database import Database


def create_app(
    *,
    database: Database,
    deployment: Deployment | Callable[[], Deployment],
    node: ExplorerNode,
    clock: Callable[[], datetime],
    lifespan: Lifespan[FastAPI] | None = None,
) -> FastAPI:
    """Pages over `database`, for every program of `deployment`. The caller opens and closes database and node."""
    assets = Assets()
    site = Site(database=database, deployment=deployment, node=node, clock=clock, assets=assets)
    app = FastAPI(title="tokenpoints explorer", openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.add_middleware(GZipMiddleware, minimum_size=1_000)
    app.add_middleware(SecurityHeaders)
    for page in (overview, transaction, account, block, search):
        app.include_router(page.router(site))
    app.mount("/static", assets)
    error_pages.install(app, site)
    return app
