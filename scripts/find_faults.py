"""Run slither over contracts/src and print what it finds but contracts/slither.findings.json does not explain.

Ends with 1 if there is any, or if something is explained there that is not found.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CONTRACTS = ROOT / "contracts"
# A copy with the libraries inside it: they may be a link here, and slither finds no import behind one.
COPY = ROOT / "build/slither/contracts"
LIBRARIES = ["@openzeppelin", "solady", "@layerzerolabs/toolbox-foundry"]


def lay_out() -> None:
    shutil.rmtree(COPY.parent, ignore_errors=True)
    shutil.copytree(CONTRACTS / "src", COPY / "src")
    shutil.copytree(ROOT / "scripts", COPY.parent / "scripts")
    for library in LIBRARIES:
        shutil.copytree(ROOT / "node_modules" / library, COPY / "node_modules" / library)
    settings = (CONTRACTS / "foundry.toml").read_text()
    (COPY / "foundry.toml").write_text(settings.replace("../node_modules", "node_modules"))


def where(finding: dict[str, Any]) -> str:
    """The function or variable that a finding is about, after what it is part of."""
    element = finding["elements"][0]
    return f"{element['type_specific_fields']['parent']['name']}.{element['name']}"


def main() -> int:
    lay_out()
    command = ["slither", ".", "--config-file", str(CONTRACTS / "slither.config.json"), "--json", "findings.json"]
    output = subprocess.run(command, cwd=COPY, capture_output=True, text=True, check=False)
    try:
        answer = json.loads((COPY / "findings.json").read_text())
    except FileNotFoundError:
        sys.exit(output.stdout + output.stderr)
    if not answer["success"]:
        sys.exit(answer["error"])
    explained = json.loads((CONTRACTS / "slither.findings.json").read_text())
    known = {(detector, place) for detector, places in explained.items() for place in places}
    found = {(one["check"], where(one)): one["description"] for one in answer["results"].get("detectors", [])}
    new, gone = found.keys() - known, known - found.keys()
    for key in sorted(new):
        print(f"{key[0]}: {found[key]}")
    for detector, place in sorted(gone):
        print(f"{detector}: explained in {place}, but not found")
    print(f"{len(found)} findings, {len(found) - len(new)} of them explained")
    return 1 if new or gone else 0


if __name__ == "__main__":
    sys.exit(main())
