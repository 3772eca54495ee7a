#!/usr/bin/env python3
"""Compiles the contracts into the artifacts that the package ships, so that nobody who installs it needs a compiler.

    python scripts/compile_contracts.py

The same sources give the same bytes on every machine: source names are relative to the project, and the compiler is the
one that package.json pins.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from solcx import compile_standard
from solcx.wrapper import get_version_str_from_solc_binary

ROOT = Path(__file__).resolve().parent.parent
SOLC = ROOT / "scripts" / "solc"
SOURCES = Path("contracts/src")
ARTIFACTS = ROOT / "src" / "tokenpoints" / "chain" / "artifacts"

# Where each shipped contract is, by name. AccessManager is OpenZeppelin's, unchanged.
CONTRACTS = {
    "AccessManager": "node_modules/@openzeppelin/contracts/access/manager/AccessManager.sol",
    "EarningRules": "contracts/src/EarningRules.sol",
    "MemberAccount": "contracts/src/MemberAccount.sol",
    "MemberAccounts": "contracts/src/MemberAccounts.sol",
    "PointsToken": "contracts/src/PointsToken.sol",
}

# The same as in contracts/foundry.toml, where the gas figures come from.
SETTINGS: dict[str, Any] = {
    "remappings": ["@openzeppelin/contracts/=node_modules/@openzeppelin/contracts/"],
    "optimizer": {"enabled": True, "runs": 10_000},
    "evmVersion": "cancun",
    "viaIR": True,
}
OUTPUTS = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"]


def compile_artifacts(root: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Artifacts by contract name, compiled now. Raises `solcx.exceptions.SolcError` with the compiler's messages."""
    names = sorted(
        {path.relative_to(root).as_posix() for path in (root / SOURCES).rglob("*.sol")} | {*CONTRACTS.values()}
    )
    output = compile_standard(
        {
            "language": "Solidity",
            "sources": {name: {"content": (root / name).read_text(encoding="utf-8")} for name in names},
            "settings": SETTINGS | {"outputSelection": {name: {"*": OUTPUTS} for name in CONTRACTS.values()}},
        },
        base_path=root,
        solc_binary=SOLC,
    )
    compiler = {"version": get_version_str_from_solc_binary(SOLC), "settings": SETTINGS}
    return {
        name: _artifact(name, source, output["contracts"][source][name], compiler) for name, source in CONTRACTS.items()
    }


def rendered(artifact: dict[str, Any]) -> str:
    """The artifact as a file has it: one line, keys in order."""
    return json.dumps(artifact, sort_keys=True, separators=(",", ":")) + "\n"


def _artifact(name: str, source: str, compiled: dict[str, Any], compiler: dict[str, Any]) -> dict[str, Any]:
    deployed = compiled["evm"]["deployedBytecode"]
    return {
        "contractName": name,
        "sourceName": source,
        "abi": compiled["abi"],
        "bytecode": "0x" + compiled["evm"]["bytecode"]["object"],
        "deployedBytecode": "0x" + deployed["object"],
        "immutableReferences": deployed["immutableReferences"],
        "compiler": compiler,
        "metadataHash": _metadata_hash(deployed["object"]),
    }


def _metadata_hash(code: str) -> str:
    """The IPFS multihash of the contract's metadata, which solc appends to the code as CBOR under the key `ipfs`."""
    cbor_bytes = int(code[-4:], 16)
    cbor = code[-2 * (cbor_bytes + 2) : -4]
    found = re.search(r"6469706673" + r"5822" + r"([0-9a-f]{68})", cbor)  # text(4) "ipfs", bytes(34)
    if found is None:
        raise ValueError("the code carries no metadata hash")
    return "0x" + found.group(1)


def main() -> int:
    if shutil.which("node") is None or not (ROOT / "node_modules" / "solc").is_dir():
        print("needs node and the packages of package.json: npm install", file=sys.stderr)
        return 1
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    for name, artifact in compile_artifacts().items():
        path = ARTIFACTS / f"{name}.json"
        text = rendered(artifact)
        changed = not path.exists() or path.read_text(encoding="utf-8") != text
        path.write_text(text, encoding="utf-8")
        size_bytes = len(artifact["deployedBytecode"]) // 2 - 1
        print(f"{path.relative_to(ROOT)}  {size_bytes} bytes{'  changed' if changed else ''}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
