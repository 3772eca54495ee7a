"""Contracts that only tests deploy, compiled from their sources."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from solcx import compile_standard

ROOT = Path(__file__).resolve().parents[2]
_OUTPUTS = ["abi", "evm.bytecode.object"]


@dataclass(frozen=True)
class Compiled:
    """An ABI and creation code."""

    abi: list[dict[str, Any]]
    bytecode: bytes


_SOURCES = {
    "Money": "tests/support/contracts/Money.sol",
    "PointsShop": "contracts/examples/PointsShop.sol",
    "VoucherGate": "contracts/examples/VoucherGate.sol",
}


def compiled(contract: str) -> Compiled:
    """One of the contracts."""
    return _all()[contract]


@cache
def _all() -> dict[str, Compiled]:
    # All at once: the compiler takes longer to start than to compile them.
    output = compile_standard(
        {
            "language": "Solidity",
            "sources": {path: {"urls": [str(ROOT / path)]} for path in _SOURCES.values()},
            "settings": {
                "remappings": [f"@openzeppelin/contracts/={ROOT}/node_modules/@openzeppelin/contracts/"],
                "evmVersion": "cancun",
                "outputSelection": {path: {name: _OUTPUTS} for name, path in _SOURCES.items()},
            },
        },
        solc_binary=ROOT / "scripts" / "solc",
        base_path=str(ROOT),
    )["contracts"]
    return {
        name: Compiled(found["abi"], bytes.fromhex(found["evm"]["bytecode"]["object"]))
        for name, path in _SOURCES.items()
        for found in [output[path][name]]
    }
