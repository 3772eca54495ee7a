"""A gateway in this process, over a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from tests.support import chain_rows, deployments
from tests.support.asgi import client_of
from tests.support.keys import bearing, make_key
from tokenpoints.config import Settings
from tokenpoints.domain.programs import Program
from tokenpoints.gateway.app import create_app
from tokenpoints.storage.database import Database

BODY_BYTES_MAX = 200_000


@dataclass
class Gateway:
    """The gateway under test, and what it stands on."""

    http: httpx.AsyncClient
    database: Database
    program: Program
    app: Any

    async def post(self, path: str, body: object) -> httpx.Response:
        return await self.http.post(f"/v1/programs/demo/{path}", json=body)

    async def get(self, path: str, **parameters: Any) -> httpx.Response:
        return await self.http.get(f"/v1/programs/demo/{path}", params=parameters or None)


_documents: list[dict[str, Any]] = []


async def document_of(http: httpx.AsyncClient) -> dict[str, Any]:
    """The OpenAPI document. It says the same of every gateway, so that it is made once."""
    if not _documents:
        _documents.append((await http.get("/openapi.json")).json())
    return _documents[0]


def receipt(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A receipt of 12.34 dollars by customer `c1`."""
    body: dict[str, Any] = {
        "reference": f"till-{number}",
        "customer_id": "c1",
        "kind": "purchase",
        "amount": 1234,
        "occurred_at": "2026-01-10T10:00:00Z",
    }
    return {key: value for key, value in (body | changes).items() if value is not ...}


@pytest_asyncio.fixture
async def gateway(database: Database, tmp_path: Path) -> AsyncIterator[Gateway]:
    """With customer `c1` enrolled, and rule 1 indexed."""
    program = deployments.program()
    other = deployments.program("other", base=0xB00)
    await chain_rows.create_tables(database)
    await chain_rows.add_block(database, 1)
    await chain_rows.add_rule(database, program)
    app = create_app(
        database=database,
        deployment=deployments.deployment(program, other),
        settings=Settings(body_bytes_max=BODY_BYTES_MAX, data_dir=tmp_path),
        clock=_clock,
    )
    headers = bearing(await make_key(database))
    async with client_of(app, base_url="http://127.0.0.1:18080", headers=headers) as http:
        made = Gateway(http, database, program, app)
        response = await made.post("members", {"customer_id": "c1"})
        assert response.status_code == 201
        yield made


def _clock() -> datetime:
    return chain_rows.NOW
