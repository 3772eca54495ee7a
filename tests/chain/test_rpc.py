"""JSON-RPC over a real HTTP connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from tokenpoints.chain import rpc as module
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.errors import AnswerTooLarge, ChainRefused, ChainTimedOut, ChainUnavailable

pytestmark = pytest.mark.asyncio

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def node(answer: Handler, *, timeout_seconds: float = 30.0) -> AsyncIterator[RpcClient]:
    """A client of a server that answers every request by `answer`."""
    async with (
        RawTestServer(answer) as server,
        RpcClient(str(server.make_url("/")), timeout_seconds=timeout_seconds) as rpc,
    ):
        yield rpc


def answering(answer: Callable[[Any], Any]) -> Handler:
    async def handler(request: web.BaseRequest) -> web.Response:
        return web.json_response(answer(await request.json()))

    return handler


def telling(content: bytes, status: int = 200) -> Handler:
    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(body=content, status=status)

    return handler


async def test_a_node_that_is_not_there() -> None:
    async with RpcClient("http://127.0.0.1:9") as rpc:
        with pytest.raises(ChainUnavailable, match="no answer"):
            await rpc.chain_id()


async def test_an_address_that_is_none() -> None:
    async with RpcClient("http://") as rpc:
        with pytest.raises(ChainUnavailable, match="no answer"):
            await rpc.chain_id()


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"{}", b"null", b'"x"'])
async def test_an_answer_that_is_not_json_rpc(content: bytes) -> None:
    async with node(telling(content)) as rpc:
        with pytest.raises(ChainUnavailable):
            await rpc.chain_id()


async def test_an_error_of_the_node_keeps_its_facts() -> None:
    error = {"code": 3, "message": "execution reverted", "data": "0x1234"}
    async with node(answering(lambda _: {"id": 0, "error": error})) as rpc:
        with pytest.raises(ChainRefused) as caught:
            await rpc.call("eth_call")
    assert (caught.value.rpc_code, caught.value.detail, caught.value.data) == (3, "execution reverted", "0x1234")


async def test_answers_of_a_batch_are_put_in_order() -> None:
    def backwards(body: Any) -> Any:
        return [{"id": call["id"], "result": call["params"][0]} for call in reversed(body)]

    async with node(answering(backwards)) as rpc:
        assert await rpc.batch([("m", [number]) for number in range(250)]) == list(range(250))


async def test_a_batch_with_a_missing_answer_is_no_answer() -> None:
    async with node(answering(lambda _: [{"id": 0, "result": 1}])) as rpc:
        with pytest.raises(ChainUnavailable):
            await rpc.batch([("m", []), ("m", [])])


async def test_a_node_that_takes_too_long() -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        await asyncio.sleep(60)
        raise AssertionError("nobody waits for this")

    async with node(handler, timeout_seconds=0.1) as rpc:
        with pytest.raises(ChainTimedOut):
            await rpc.chain_id()


async def test_an_answer_that_breaks_off() -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-length": "100"})
        await response.prepare(request)
        await response.write(b'{"id": 0')
        assert request.transport is not None
        request.transport.close()
        return response

    async with node(handler) as rpc:
        with pytest.raises(ChainUnavailable, match="no answer"):
            await rpc.chain_id()


async def test_an_answer_without_bounds_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_BYTES_MAX", 1_000)
    async with node(telling(b" " * 10_000)) as rpc:
        with pytest.raises(AnswerTooLarge):
            await rpc.chain_id()


async def test_a_request_that_is_too_large_for_the_node() -> None:
    async with node(telling(b"", status=413)) as rpc:
        with pytest.raises(AnswerTooLarge):
            await rpc.chain_id()


async def test_a_node_elsewhere_is_not_asked_instead() -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        assert request.path == "/", "followed"
        raise web.HTTPTemporaryRedirect("/elsewhere")

    async with node(handler) as rpc:
        with pytest.raises(ChainUnavailable, match="HTTP 307"):
            await rpc.chain_id()


async def test_a_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        return web.json_response({"id": 0, "result": hex(7) if request.url.host == "node.invalid" else None})

    async with node(handler) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "other.invalid")
        async with RpcClient("http://node.invalid") as rpc, RpcClient("http://other.invalid") as other:
            assert await rpc.chain_id() == 7
            with pytest.raises(ChainUnavailable, match="no answer"):
                await other.chain_id()
