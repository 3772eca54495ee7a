"""Partners at the command line, and through the client that it uses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from typer.testing import CliRunner, Result

from tests.integration.conftest import World
from tests.integration.partnership import BENEFICIARY, partnership_in
from tokenpoints import bootstrap
from tokenpoints.cli import changing, partners
from tokenpoints.cli.app import app
from tokenpoints.client import Client

pytestmark = pytest.mark.asyncio


class Bridge(httpx.BaseTransport):
    """From a command's thread to the gateway in this loop."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http, self._loop = http, asyncio.get_running_loop()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = self._http.request(
            request.method,
            str(request.url),
            content=request.read(),
            headers={name: value for name, value in request.headers.items() if name != "host"},
        )
        answer = asyncio.run_coroutine_threadsafe(asked, self._loop).result(30)
        return httpx.Response(answer.status_code, content=answer.content, headers={"content-type": "application/json"})


async def test_commands_of_partners(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    two = await partnership_in(world)
    agreement = await two.agree(two.terms())
    await two.fund(bootstrap.signer(world.settings, "owner").address, 100)
    bridge = Bridge(world.http)

    @contextmanager
    def client_of(_url: str) -> Iterator[Client]:
        with Client("http://127.0.0.1", transport=bridge, give_up_after_seconds=5) as client:
            yield client

    monkeypatch.setattr(partners, "client_of", client_of)
    monkeypatch.setattr(changing, "client_of", client_of)
    monkeypatch.setenv("COLUMNS", "400")

    async def run(*words: str, status: int = 0) -> str:
        found: Result = await asyncio.to_thread(CliRunner().invoke, app, ["agreements", *words])
        assert found.exit_code == status, found.output
        # The gateway logs in this process too.
        return "".join(line for line in found.output.splitlines(keepends=True) if "[info" not in line)

    assert "3 of ours become 2 of theirs" in await run("partners")
    assert "in_force" in await run("list")
    (listed,) = [json.loads(line) for line in (await run("list", "--json")).splitlines()]
    assert listed["id"] == agreement
    assert "escrow" in await run("quote", agreement, "30", status=1)
    deposited = await run("deposit", agreement, "--amount", "80", "--yes")
    assert "ERC20.approve" in deposited and "is pending" in deposited
    await two.brand.work()
    anna = (await two.members_with_points(anna=100))["anna"]
    assert "minted" in await run("quote", agreement, "30")
    await two.convert(anna, two.terms(), 30, BENEFICIARY)
    await world.index()
    assert "PartnerExchange.collect" in await run("collect", agreement, "--yes")
    await two.brand.work()
    await world.index()
    (positions,) = json.loads(await run("positions", agreement, "--json"))["positions"]
    assert (positions["escrow_free"], positions["owed"], positions["collected"]) == ("30", "0", "50")
    month = f"{world.clock():%Y-%m}"
    said = json.loads(await run("statement", agreement, month))
    assert [line["kind"] for line in said["lines"]] == ["deposit", "conversion", "collection"]
    path = world.settings.data_dir / "month.json"
    assert "3 lines" in await run("statement", agreement, month, "--output", str(path))
    assert json.loads(path.read_text()) == said

    def ask() -> None:
        with client_of("") as client:
            quote = client.get_quote("demo", agreement, points=10)
            left_over = quote.rounding.left_over
            assert (quote.burned, quote.minted, left_over, quote.rate.fraction) == ("9", "6", "1", "2/3")
            assert client.get_agreement("demo", agreement).id == agreement

    await asyncio.to_thread(ask)
