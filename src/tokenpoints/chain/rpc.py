"""Ethereum JSON-RPC over HTTP (https://ethereum.github.io/execution-apis/)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from tokenpoints.domain.blocks import Block
from tokenpoints.domain.types import Address, Hash32, hash_from_hex, hex_of
from tokenpoints.errors import ChainRefused, ChainUnavailable

Call = tuple[str, Sequence[Any]]
"""A method and its parameters."""

_CALLS_PER_REQUEST = 100


class RpcClient:
    """One node. Every method raises ChainUnavailable without a usable answer and ChainRefused
    where the node answers with an error."""

    def __init__(self, url: str, *, timeout_seconds: float = 30.0) -> None:
        self.url = url
        self._http = httpx.AsyncClient(timeout=timeout_seconds, limits=httpx.Limits(max_connections=8))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def call(self, method: str, *params: Any) -> Any:
        """The result of one call."""
        answer = await self._post({"jsonrpc": "2.0", "id": 0, "method": method, "params": params})
        return _result(method, answer)

    async def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The results of many calls, in order; the first error is raised."""
        results: list[Any] = []
        for start in range(0, len(calls), _CALLS_PER_REQUEST):
            chunk = calls[start : start + _CALLS_PER_REQUEST]
            answers = await self._post(
                [
                    {"jsonrpc": "2.0", "id": index, "method": method, "params": params}
                    for index, (method, params) in enumerate(chunk)
                ]
            )
            if not isinstance(answers, list):
                raise ChainUnavailable("the node did not answer a batch with a list")
            by_id = {answer.get("id"): answer for answer in answers}
            results += [_result(method, by_id.get(index)) for index, (method, _) in enumerate(chunk)]
        return results

    async def _post(self, body: Any) -> Any:
        try:
            response = await self._http.post(
                self.url, content=orjson.dumps(body), headers={"content-type": "application/json"}
            )
        except httpx.HTTPError as error:
            raise ChainUnavailable(f"no answer from the node: {type(error).__name__}") from error
        try:
            return orjson.loads(response.content)
        except orjson.JSONDecodeError as error:
            raise ChainUnavailable(f"the node answered HTTP {response.status_code} without JSON") from error

    async def chain_id(self) -> int:
        return int(await self.call("eth_chainId"), 16)

    async def block(self, which: int | str) -> Block | None:
        """A block by number or tag; None where the node has no such block."""
        raw = await self.call("eth_getBlockByNumber", tag_of(which), False)
        return None if raw is None else block_from_json(raw)

    async def transaction_count(self, account: Address) -> int:
        """The nonce after the latest block."""
        return int(await self.call("eth_getTransactionCount", hex_of(account), "latest"), 16)

    async def code(self, account: Address) -> bytes:
        return bytes_from_hex(await self.call("eth_getCode", hex_of(account), "latest"))

    async def read(self, to: Address, calldata: bytes, block: int | str = "latest") -> bytes:
        """`eth_call`: what a view function returns."""
        request = {"to": hex_of(to), "data": hex_of(calldata)}
        return bytes_from_hex(await self.call("eth_call", request, tag_of(block)))

    async def send(self, signed_bytes: bytes) -> Hash32:
        """Broadcast a signed transaction."""
        return hash_from_hex(await self.call("eth_sendRawTransaction", hex_of(signed_bytes)))

    async def transaction(self, transaction_hash: Hash32) -> dict[str, Any] | None:
        """The node's own JSON."""
        raw: dict[str, Any] | None = await self.call("eth_getTransactionByHash", hex_of(transaction_hash))
        return raw

    async def transaction_receipt(self, transaction_hash: Hash32) -> dict[str, Any] | None:
        """The node's own JSON. (A `receipt` is the shop's.)"""
        raw: dict[str, Any] | None = await self.call("eth_getTransactionReceipt", hex_of(transaction_hash))
        return raw


async def wait_until_ready(rpc: RpcClient, *, timeout_seconds: float) -> int:
    """Wait for the node's first answer, its chain id. Raises ChainUnavailable."""
    deadline = asyncio.get_running_loop().time() + timeout_seconds
    while True:
        try:
            return await rpc.chain_id()
        except ChainUnavailable:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.1)


def _result(method: str, answer: Any) -> Any:
    if not isinstance(answer, dict) or ("result" not in answer and "error" not in answer):
        raise ChainUnavailable(f"the node's answer to {method} is not JSON-RPC")
    if (error := answer.get("error")) is not None:
        data = error.get("data")
        raise ChainRefused(
            method, int(error.get("code", 0)), str(error.get("message", "")), data if isinstance(data, str) else None
        )
    return answer["result"]


def tag_of(block: int | str) -> str:
    """A block number or tag as JSON-RPC writes it."""
    return hex(block) if isinstance(block, int) else block


def bytes_from_hex(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def block_from_json(raw: dict[str, Any]) -> Block:
    """A header out of `eth_getBlockBy…`."""
    return Block(
        number=int(raw["number"], 16),
        hash=hash_from_hex(raw["hash"]),
        parent_hash=hash_from_hex(raw["parentHash"]),
        timestamp=int(raw["timestamp"], 16),
        gas_used=int(raw["gasUsed"], 16),
        gas_limit=int(raw["gasLimit"], 16),
        base_fee_wei=int(raw.get("baseFeePerGas", "0x0"), 16),
        transaction_count=len(raw["transactions"]),
    )
