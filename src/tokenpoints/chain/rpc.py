"""Ethereum JSON-RPC over HTTP (https://ethereum.github.io/execution-apis/)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Any, Generic, Self, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import msgspec
import orjson

from tokenpoints.chain.limits import is_size_limit
from tokenpoints.domain.blocks import Block
from tokenpoints.domain.types import Address, Hash32, hash_from_hex, hex_of
from tokenpoints.errors import AnswerTooLarge, ChainRefused, ChainTimedOut, ChainUnavailable

Call = tuple[str, Sequence[Any]]
"""A method and its parameters."""

_CALLS_PER_REQUEST = 100
_CONNECTIONS_MAX = 8
ANSWER_BYTES_MAX = 64_000_000
_T = TypeVar("_T")


class RpcError(msgspec.Struct, gc=False):
    """A JSON-RPC error."""

    code: int = 0
    message: str = ""
    data: Any = None


class Answer(msgspec.Struct, Generic[_T]):
    """A JSON-RPC answer whose result is decoded straight to a type."""

    result: _T | msgspec.UnsetType = msgspec.UNSET
    error: RpcError | None = None
    id: Any = None


class RpcClient:
    """One node. Every method raises ChainUnavailable without a usable answer and ChainRefused
    where the node answers with an error."""

    def __init__(self, url: str, *, timeout_seconds: float = 30.0, answer_bytes_max: int | None = None) -> None:
        self.url = url
        self._timeout_seconds = timeout_seconds
        self._answer_bytes_max = ANSWER_BYTES_MAX if answer_bytes_max is None else answer_bytes_max
        self._opened: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            await self._opened.close()

    async def call(self, method: str, *params: Any) -> Any:
        """The result of one call."""
        answer = await self._post({"jsonrpc": "2.0", "id": 0, "method": method, "params": params})
        return _result(method, answer)

    async def batch(self, calls: Sequence[Call]) -> list[Any]:
        """The results of many calls, in order; the first error is raised."""
        results: list[Any] = []
        for start in range(0, len(calls), _CALLS_PER_REQUEST):
            chunk = calls[start : start + _CALLS_PER_REQUEST]
            answers = await self._post(_numbered(chunk))
            if not isinstance(answers, list):
                raise ChainUnavailable("the node did not answer a batch with a list")
            by_id = {answer.get("id"): answer for answer in answers}
            results += [_result(method, by_id.get(index)) for index, (method, _) in enumerate(chunk)]
        return results

    async def typed(self, decoder: msgspec.json.Decoder[Answer[_T]], method: str, *params: Any) -> tuple[_T, int]:
        """The result of one call, decoded straight to a type, and the bytes of the answer."""
        status, content = await self._exchange({"jsonrpc": "2.0", "id": 0, "method": method, "params": params})
        return _typed_result(method, _decoded(decoder, status, content)), len(content)

    async def typed_batch(
        self, decoder: msgspec.json.Decoder[list[Answer[_T]]], calls: Sequence[Call], *, per_request: int
    ) -> list[_T]:
        """The results of many calls, in order, `per_request` of them at a time; the first error is raised."""
        results: list[_T] = []
        for start in range(0, len(calls), per_request):
            chunk = calls[start : start + per_request]
            status, content = await self._exchange(_numbered(chunk))
            if not content.lstrip().startswith(b"["):
                # A batch that is refused as a whole is answered with one error.
                _result(chunk[0][0], _parsed(status, content))
                raise ChainUnavailable("the node did not answer a batch with a list")
            by_id = {answer.id: answer for answer in _decoded(decoder, status, content)}
            results += [_typed_result(method, by_id.get(index)) for index, (method, _) in enumerate(chunk)]
        return results

    async def _post(self, body: Any) -> Any:
        return _parsed(*await self._exchange(body))

    async def _exchange(self, body: Any) -> tuple[int, bytes]:
        """HTTP's status and the body, which is bounded."""
        method = body["method"] if isinstance(body, dict) else "a batch"
        try:
            async with self._http().post(self.url, data=orjson.dumps(body), allow_redirects=False) as response:
                parts, size = [], 0
                async for part in response.content.iter_any():
                    parts.append(part)
                    size += len(part)
                    if size > self._answer_bytes_max:
                        raise AnswerTooLarge(method, 0, f"the answer is over {self._answer_bytes_max} bytes")
        except TimeoutError as error:
            raise ChainTimedOut(f"no answer from the node in time: {type(error).__name__}") from error
        except aiohttp.ClientError as error:
            raise ChainUnavailable(f"no answer from the node: {type(error).__name__}") from error
        if response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise AnswerTooLarge(method, 0, "HTTP 413")
        return response.status, b"".join(parts)

    def _http(self) -> aiohttp.ClientSession:
        # Opened by the first call: it belongs to the event loop that runs then.
        if self._opened is None:
            seconds = self._timeout_seconds
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS_MAX),
                # Of each wait: a long answer may take its time while it comes.
                timeout=aiohttp.ClientTimeout(total=None, connect=seconds, sock_read=seconds),
                headers={"content-type": "application/json"},
                proxy=_proxy_for(self.url),
            )
        return self._opened

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


def _proxy_for(url: str) -> str | None:
    """What `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say. aiohttp's own `trust_env` asks them at every request."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)


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


def _numbered(calls: Sequence[Call]) -> list[dict[str, Any]]:
    return [
        {"jsonrpc": "2.0", "id": index, "method": method, "params": params}
        for index, (method, params) in enumerate(calls)
    ]


def _parsed(status: int, content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ChainUnavailable(f"the node answered HTTP {status} without JSON") from error


def _decoded(decoder: msgspec.json.Decoder[_T], status: int, content: bytes) -> _T:
    try:
        return decoder.decode(content)
    except msgspec.DecodeError as error:
        raise ChainUnavailable(f"the node answered HTTP {status} with what does not decode: {error}") from error


def _typed_result(method: str, answer: Answer[_T] | None) -> _T:
    if answer is not None and (error := answer.error) is not None:
        raise _refusal(method, error.code, error.message, error.data)
    if answer is None or isinstance(answer.result, msgspec.UnsetType):
        raise ChainUnavailable(f"the node's answer to {method} is not JSON-RPC")
    return answer.result


def _refusal(method: str, rpc_code: int, message: str, data: Any) -> ChainRefused:
    kind = AnswerTooLarge if is_size_limit(rpc_code, message) else ChainRefused
    return kind(method, rpc_code, message, data if isinstance(data, str) else None)


def _result(method: str, answer: Any) -> Any:
    if not isinstance(answer, dict) or ("result" not in answer and "error" not in answer):
        raise ChainUnavailable(f"the node's answer to {method} is not JSON-RPC")
    if (error := answer.get("error")) is not None:
        raise _refusal(method, int(error.get("code", 0)), str(error.get("message", "")), error.get("data"))
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
