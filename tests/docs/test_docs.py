"""What the documents say of the code is so."""

from __future__ import annotations

import re
from pathlib import Path

from tokenpoints.config import Settings
from tokenpoints.gateway.problems import KINDS

ROOT = Path(__file__).resolve().parents[2]


def test_every_problem_is_documented_with_its_status() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", (ROOT / "docs/api.md").read_text(), re.MULTILINE)
    assert {code: int(status) for status, code in rows} == {code: kind.status for code, kind in KINDS.items()}


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs/runbook.md").read_text()
    for name in Settings.model_fields:
        short = "…_" + name.split("_", 1)[-1].upper()
        assert f"TOKENPOINTS_{name.upper()}" in text or short in text, name


def test_links_between_documents_lead_somewhere() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_files_that_the_walk_names_exist() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    for name in re.findall(r"`([\w/]+/[\w]+\.(?:py|sol))`", text):
        assert (ROOT / name).exists() or (ROOT / "src/tokenpoints" / name).exists(), name
