"""The committed artifacts are what the sources compile to, byte for byte."""

from __future__ import annotations

import importlib.util
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


def test_artifacts_are_what_the_sources_compile_to() -> None:
    script = compile_script()
    compiled = {name: script.rendered(artifact) for name, artifact in script.compile_artifacts().items()}
    committed = {path.stem: path.read_text(encoding="utf-8") for path in script.ARTIFACTS.glob("*.json")}
    assert sorted(committed) == sorted(compiled)
    assert [name for name in compiled if committed[name] != compiled[name]] == []
