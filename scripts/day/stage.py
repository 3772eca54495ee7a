"""What the day is played on: the whole system in processes of its own, and a node whose clock can be moved."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from eth_abi.abi import encode
from tests.support.keys import bearing
from tests.support.solidity import compiled
from tests.support.system import System

from tokenpoints.chain.signers import development_signer
from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.types import hex_of

_CHAIN_ID = 31337
_PATIENCE_SECONDS = 120.0
_FINAL_BLOCKS = 70
"""So many blocks on, what is mined now is final."""


class Stage:
    """`tokenpoints up`, and what the story asks of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.system = System(folder)
        self.system.env["TOKENPOINTS_ISSUER_KEYS"] = " ".join(
            f"development:{name}" for name in ("issuer", "issuer-2", "issuer-3", "issuer-4")
        )
        self._ahead_seconds = 0
        self.http = httpx.Client(timeout=60)

    def open(self) -> None:
        """Start the processes."""
        self.system.start()
        self.http.close()
        self.http = httpx.Client(base_url=self.system.gateway, headers=self.system.headers, timeout=60)

    def close(self) -> None:
        self.http.close()
        self.system.clean_up()

    @property
    def now(self) -> datetime:
        """The processes' clock."""
        return datetime.now(UTC) + timedelta(seconds=self._ahead_seconds)

    def pass_time(self, passed: timedelta) -> None:
        """Stop everything, and start it that much later."""
        seconds = int(passed.total_seconds())
        self.rpc("evm_increaseTime", seconds)
        self.rpc("evm_mine")
        self.system.stop()
        self._ahead_seconds += seconds
        self.system.env["TOKENPOINTS_FAILPOINTS"] = f"clock=+{self._ahead_seconds}@1"
        self.open()
        # A node that starts again has its machine's clock.
        self.rpc("evm_increaseTime", self._ahead_seconds)
        self.rpc("evm_mine")
        self.until(self._is_indexed, "the indexer follows")

    def make_final(self) -> None:
        """Let so many blocks pass that all until now is final."""
        self.rpc("anvil_mine", hex(_FINAL_BLOCKS))

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """The condition's first answer that says something."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise SystemExit(f"{what}: not within {_PATIENCE_SECONDS:.0f} s; the logs are in {self.folder}")
            time.sleep(0.1)
        return found

    def call(self, method: str, path: str, body: object = None, *, expect: int | None = None, **more: Any) -> Any:
        """The gateway's answer as JSON. Ends the day where it is not the expected one, by default any success."""
        token = more.pop("token", None)
        headers = bearing(token) if token is not None else None
        answer = self.http.request(method, path, json=body, params=more or None, headers=headers)
        is_expected = answer.is_success if expect is None else answer.status_code == expect
        if not is_expected:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def text(self, path: str, **query: Any) -> str:
        """The gateway's answer as text."""
        answer = self.http.get(path, params=query)
        if not answer.is_success:
            raise SystemExit(f"GET {path}: {answer.status_code} {answer.text}")
        return answer.text

    def rpc(self, method: str, *values: Any) -> Any:
        """The node's answer."""
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": values}
        answer = httpx.post(self.system.node, json=call, timeout=60).json()
        if "error" in answer:
            raise SystemExit(f"{method}: {answer['error']}")
        return answer["result"]

    def read(self, contract: str, signature: str, *arguments: Any) -> int:
        """A view's answer that is one number, at the latest block."""
        return int(self.rpc("eth_call", {"to": contract, "data": calldata(signature, *arguments)}, "latest"), 16)

    def send(self, to: str | None, data: str) -> dict[str, Any]:
        """A transaction of the node's own account."""
        (*_, sender) = self.rpc("eth_accounts")
        request = {"from": sender, "data": data, "gas": hex(5_000_000)} | ({"to": to} if to else {})
        sent = self.rpc("eth_sendTransaction", request)
        mined: dict[str, Any] = self.until(lambda: self.rpc("eth_getTransactionReceipt", sent), "a block comes")
        if mined["status"] != "0x1":
            raise SystemExit(f"the node's account failed: {mined}")
        return mined

    def money(self) -> str:
        """The address of a new ERC-20 that anybody may mint: the currency in which the brands settle."""
        return str(self.send(None, hex_of(compiled("Money").bytecode))["contractAddress"])

    def _is_indexed(self) -> bool:
        answer = self.http.get("/health/ready")
        return answer.status_code == 200


def calldata(signature: str, *arguments: Any) -> str:
    """A call of `name(type,…)`."""
    types = signature[signature.index("(") + 1 : -1]
    return hex_of(keccak(signature.encode())[:4] + encode(types.split(",") if types else [], arguments))


def key_of(role: str) -> str:
    """The address of a development key."""
    return hex_of(development_signer(role, _CHAIN_ID).address)
