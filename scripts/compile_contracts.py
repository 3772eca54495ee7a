#!/usr/bin/env python3
"""Compiles the contracts into the artifacts that the package ships, so that nobody who installs it needs a compiler.

    python scripts/compile_contracts.py

The same sources give the same bytes on every machine: source names are relative to the project, and the compiler is the
one that package.json pins.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from solcx import compile_standard
from solcx.wrapper import get_version_str_from_solc_binary

ROOT = Path(__file__).resolve().parent.parent
SOLC = ROOT / "scripts" / "solc"
ARTIFACTS = ROOT / "src" / "tokenpoints" / "chain" / "artifacts"

# Where each shipped contract is, by name. AccessManager is OpenZeppelin's, unchanged.
CONTRACTS = {
    "AccessManager": "node_modules/@openzeppelin/contracts/access/manager/AccessManager.sol",
    "EarningRules": "contracts/src/EarningRules.sol",
    "MemberAccount": "contracts/src/MemberAccount.sol",
    "MemberAccounts": "contracts/src/MemberAccounts.sol",
    "PartnerExchange": "contracts/src/PartnerExchange.sol",
    "PointsToken": "contracts/src/PointsToken.sol",
    "ProgramFactory": "contracts/src/ProgramFactory.sol",
    "Rewards": "contracts/src/Rewards.sol",
    "Vouchers": "contracts/src/Vouchers.sol",
}

# The same as in contracts/foundry.toml, where the gas figures come from: the token for speed, the others for size.
RUNS = dict.fromkeys(CONTRACTS, 200) | {"PointsToken": 1_000}
REMAPPINGS = ["@openzeppelin/contracts/=node_modules/@openzeppelin/contracts/", "solady/=node_modules/solady/src/"]
OUTPUTS = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"]


def settings_of(contract: str) -> dict[str, Any]:
    """The compiler's settings for a contract."""
    return {
        "remappings": REMAPPINGS,
        "optimizer": {"enabled": True, "runs": RUNS[contract]},
        "evmVersion": "cancun",
        "viaIR": True,
    }


def compile_artifacts(root: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Artifacts by contract name, compiled now. Raises `solcx.exceptions.SolcError` with the compiler's messages."""
    version = get_version_str_from_solc_binary(SOLC)
    artifacts = {}
    for name, source in CONTRACTS.items():
        compiled = _compile(name, source, OUTPUTS, root)
        artifacts[name] = _artifact(name, source, compiled, {"version": version, "settings": settings_of(name)})
        artifacts[name]["sources"] = list(sources_of(source, root))
    return artifacts


def metadata_hashes(root: Path = ROOT) -> dict[str, str]:
    """By contract name, what `_metadata_hash` finds in the code that the sources compile to now.

    The metadata has the hash of each source, the settings and the compiler: all that the code follows from. Generating
    the code would take minutes.
    """
    hashes = {}
    for name, source in CONTRACTS.items():
        output = _compile(name, source, ["metadata"], root)
        hashes[name] = _ipfs_hash(output["metadata"].encode())
    return hashes


def sources_of(source: str, root: Path = ROOT) -> dict[str, str]:
    """`source` and all that it imports, by name: what it takes to compile it to the same bytes."""
    found: dict[str, str] = {}
    missing = [source]
    while missing:
        name = missing.pop()
        found[name] = (root / name).read_text(encoding="utf-8")
        missing += [path for path in _imports(name, found[name]) if path not in found and path not in missing]
    return dict(sorted(found.items()))


def all_sources(root: Path = ROOT) -> dict[str, str]:
    """What `sources_of` all contracts are."""
    return {path: text for source in CONTRACTS.values() for path, text in sources_of(source, root).items()}


def _compile(name: str, source: str, outputs: list[str], root: Path) -> dict[str, Any]:
    output = compile_standard(
        {
            "language": "Solidity",
            "sources": {path: {"content": text} for path, text in sources_of(source, root).items()},
            "settings": settings_of(name) | {"outputSelection": {source: {name: outputs}}},
        },
        base_path=root,
        solc_binary=SOLC,
    )
    compiled: dict[str, Any] = output["contracts"][source][name]
    return compiled


def _imports(name: str, text: str) -> list[str]:
    paths = re.findall(r"""^import\s(?:[^;"']*\sfrom\s)?["']([^"']+)["'];""", text, flags=re.MULTILINE)
    return [_resolved(name, path) for path in paths]


def _resolved(name: str, path: str) -> str:
    if path.startswith("."):
        return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
    for remapping in REMAPPINGS:
        prefix, target = remapping.split("=")
        if path.startswith(prefix):
            return target + path.removeprefix(prefix)
    raise ValueError(f"{name} imports {path}, which no remapping leads to")


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


def _ipfs_hash(content: bytes) -> str:
    """The multihash by which IPFS names a file of one chunk (https://specs.ipfs.tech/unixfs)."""
    assert len(content) <= 256 * 1024
    size = _varint(len(content))
    file = b"\x08\x02" + b"\x12" + size + content + b"\x18" + size  # a file, its data, its size
    node = b"\x0a" + _varint(len(file)) + file
    return "0x1220" + hashlib.sha256(node).hexdigest()


def _varint(number: int) -> bytes:
    """Of protocol buffers: seven bits a byte, the lowest first."""
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def main() -> int:
    if shutil.which("node") is None or not (ROOT / "node_modules" / "solc").is_dir():
        print("needs node and the packages of package.json: npm install", file=sys.stderr)
        return 1
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    (ARTIFACTS / "sources.json").write_text(rendered(all_sources()), encoding="utf-8")
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
