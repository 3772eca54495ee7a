"""The contracts' ABIs and creation code, as compiled into `artifacts/`."""

from __future__ import annotations

import json
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from eth_abi.abi import decode, encode

from tokenpoints.domain.hashing import keccak


class Interface:
    """One contract's ABI and code."""

    def __init__(self, artifact: dict[str, Any]) -> None:
        self.name: str = artifact["contractName"]
        self.abi: list[dict[str, Any]] = artifact["abi"]
        self.bytecode = bytes.fromhex(artifact["bytecode"].removeprefix("0x"))
        self.sources: list[str] = artifact["sources"]
        self.source: str = artifact["sourceName"]
        self.settings: dict[str, Any] = artifact["compiler"]["settings"]
        self._deployed = bytes.fromhex(artifact["deployedBytecode"].removeprefix("0x"))
        self._immutables = [place for places in artifact["immutableReferences"].values() for place in places]

    @cached_property
    def _functions(self) -> dict[str, tuple[bytes, list[str], list[str]]]:
        return {
            item["name"]: (
                keccak(_signature(item).encode())[:4],
                [_type(part) for part in item["inputs"]],
                [_type(part) for part in item["outputs"]],
            )
            for item in self.abi
            if item["type"] == "function"
        }

    @cached_property
    def errors(self) -> dict[bytes, dict[str, Any]]:
        """The custom errors by selector."""
        return {keccak(_signature(item).encode())[:4]: item for item in self.abi if item["type"] == "error"}

    def topic(self, event: str) -> bytes:
        """The first topic of an event."""
        item = next(item for item in self.abi if item["type"] == "event" and item["name"] == event)
        return keccak(_signature(item).encode())

    def error_selector(self, error: str) -> bytes:
        """The first four bytes of a revert with a custom error."""
        return next(selector for selector, item in self.errors.items() if item["name"] == error)

    def selector(self, function: str) -> bytes:
        """The first four bytes of a call."""
        return self._functions[function][0]

    def calldata(self, function: str, *arguments: Any) -> bytes:
        """A call of `function`."""
        selector, inputs, _ = self._functions[function]
        return selector + encode(inputs, arguments)

    def decode_output(self, function: str, data: bytes) -> tuple[Any, ...]:
        """What `function` returned."""
        return decode(self._functions[function][2], data)

    def creation_code(self, *arguments: Any) -> bytes:
        """The bytecode with its constructor's arguments."""
        inputs: list[dict[str, Any]] = next((item["inputs"] for item in self.abi if item["type"] == "constructor"), [])
        return self.bytecode + encode([_type(part) for part in inputs], arguments)

    def is_code(self, code: bytes) -> bool:
        """Whether `code` is this contract's, whatever its immutables are."""
        return self._without_immutables(code) == self._without_immutables(self._deployed)

    def _without_immutables(self, code: bytes) -> bytes:
        blanked = bytearray(code)
        for place in self._immutables:
            begin, end = place["start"], place["start"] + place["length"]
            blanked[begin:end] = bytes(place["length"])
        return bytes(blanked)

    def explain(self, revert_data: bytes) -> str:
        """A revert in words: the error's name and what it carries."""
        item = self.errors.get(revert_data[:4])
        if item is None:
            return f"reverted with {revert_data.hex() or 'no data'}"
        values = decode([_type(part) for part in item["inputs"]], revert_data[4:])
        named = (f"{part['name']}={value!r}" for part, value in zip(item["inputs"], values, strict=True))
        return f"{item['name']}({', '.join(named)})"


@cache
def interface(contract: str) -> Interface:
    """The artifact of `contract`, shipped with the package."""
    path = files("tokenpoints.chain") / "artifacts" / f"{contract}.json"
    return Interface(json.loads(path.read_text()))


def _type(part: dict[str, Any]) -> str:
    kind: str = part["type"]
    if kind.startswith("tuple"):
        return f"({','.join(_type(inner) for inner in part['components'])}){kind.removeprefix('tuple')}"
    return kind


def _signature(item: dict[str, Any]) -> str:
    return f"{item['name']}({','.join(_type(part) for part in item['inputs'])})"
