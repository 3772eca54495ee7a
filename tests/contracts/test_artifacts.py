"""The committed artifacts are what the sources compile to."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "compile_contracts.py"


def compile_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compile_contracts", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_artifacts_are_of_these_sources_settings_and_compiler() -> None:
    """By the hash of all of them that each code carries. That the code itself is theirs, `Artifacts.t.sol` tests."""
    script = compile_script()
    names = {path.stem for path in script.ARTIFACTS.glob("*.json")} - {"sources"}
    committed = {name: json.loads((script.ARTIFACTS / f"{name}.json").read_text(encoding="utf-8")) for name in names}
    assert {name: artifact["metadataHash"] for name, artifact in committed.items()} == script.metadata_hashes()
    for name, artifact in committed.items():
        assert artifact["sources"] == list(script.sources_of(script.CONTRACTS[name]))


def test_the_sources_that_are_shipped_are_those_of_the_artifacts() -> None:
    script = compile_script()
    shipped = (script.ARTIFACTS / "sources.json").read_text(encoding="utf-8")
    assert shipped == script.rendered(script.all_sources())
