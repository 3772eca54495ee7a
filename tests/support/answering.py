"""A node that is a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from tokenpoints.chain.rpc import RpcClient


class AnsweringClient(RpcClient):
    """Its requests, decoded, are answered by a function and without HTTP: with bytes as they are, else with JSON."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        super().__init__("http://node.invalid")
        self._answer = answer

    async def _exchange(self, body: Any) -> tuple[int, bytes]:
        answer = self._answer(orjson.loads(orjson.dumps(body)))
        return 200, answer if isinstance(answer, bytes) else orjson.dumps(answer)
