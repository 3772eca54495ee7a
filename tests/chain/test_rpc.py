from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from tokenpoints.chain.rpc import RpcClient
from tokenpoints.errors import ChainRefused, ChainUnavailable

pytestmark = pytest.mark.asyncio


def client(answer: Callable[[Any], httpx.Response]) -> RpcClient:
    rpc = RpcClient("http://node.invalid")
    rpc._http = httpx.AsyncClient(transport=httpx.MockTransport(lambda request: answer(orjson.loads(request.content))))
    return rpc


async def test_a_node_that_is_not_there() -> None:
    async with RpcClient("http://127.0.0.1:9") as rpc:
        with pytest.raises(ChainUnavailable, match="no answer"):
            await rpc.chain_id()


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"{}", b"null", b'"x"'])
async def test_an_answer_that_is_not_json_rpc(content: bytes) -> None:
    async with client(lambda _: httpx.Response(200, content=content)) as rpc:
        with pytest.raises(ChainUnavailable):
            await rpc.chain_id()


async def test_an_error_of_the_node_keeps_its_facts() -> None:
    error = {"code": 3, "message": "execution reverted", "data": "0x1234"}
    async with client(lambda _: httpx.Response(200, json={"id": 0, "error": error})) as rpc:
        with pytest.raises(ChainRefused) as caught:
            await rpc.call("eth_call")
    assert (caught.value.rpc_code, caught.value.detail, caught.value.data) == (3, "execution reverted", "0x1234")


async def test_answers_of_a_batch_are_put_in_order() -> None:
    def backwards(body: Any) -> httpx.Response:
        return httpx.Response(200, json=[{"id": call["id"], "result": call["params"][0]} for call in reversed(body)])

    async with client(backwards) as rpc:
        assert await rpc.batch([("m", [number]) for number in range(250)]) == list(range(250))


async def test_a_batch_with_a_missing_answer_is_no_answer() -> None:
    async with client(lambda body: httpx.Response(200, json=[{"id": 0, "result": 1}])) as rpc:
        with pytest.raises(ChainUnavailable):
            await rpc.batch([("m", []), ("m", [])])
