"""What a block explorer or Sourcify needs to verify the contracts' sources as an exact match."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from tokenpoints.chain.foundation import PARTS
from tokenpoints.chain.interfaces import interface

FOLDER = "standard-json"


def standard_json(contract: str) -> dict[str, Any]:
    """The compiler's input that gives `contract` to the byte, metadata hash included.

    See https://docs.soliditylang.org/en/latest/using-the-compiler.html
    """
    texts = json.loads((files("tokenpoints.chain") / "artifacts" / "sources.json").read_text(encoding="utf-8"))
    known = interface(contract)
    return {
        "language": "Solidity",
        "sources": {name: {"content": texts[name]} for name in known.sources},
        "settings": known.settings
        | {"outputSelection": {known.source: {contract: ["abi", "evm.bytecode", "evm.deployedBytecode", "metadata"]}}},
    }


def save(directory: Path) -> Path:
    """Write the input of each contract that is deployed. The same on every chain."""
    folder = directory / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for contract in (*PARTS.values(), "MemberAccount", "ProgramFactory"):
        text = json.dumps(standard_json(contract), indent=1) + "\n"
        path = folder / f"{contract}.json"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    return folder
