"""Lines and branches of contracts/src that the forge tests reach.

Works in a copy, build/coverage, with the libraries inside it, since forge's own parser finds no relative import in a
library outside its root, and with one set of compiler settings, since forge counts a file once for each.

The compiler's IR, without which the tests are too deep for the stack, maps no statement inside assembly to its line. So
these lines are listed apart; what is outside must be reached to 98 %. Ends with 1 where it is not.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "build/coverage/contracts"
LIBRARIES = ("@openzeppelin", "solady", "@layerzerolabs/toolbox-foundry")
LEAST = 0.98
# What is reached is reached early. Gas is another, without the optimizer, and so is size.
ENVIRONMENT = {
    "FORGE_SNAPSHOT_CHECK": "false",
    "FOUNDRY_INVARIANT_RUNS": "2",
    "FOUNDRY_FUZZ_RUNS": "64",
    "FOUNDRY_GAS_LIMIT": str(2**63 - 1),
}
LEFT_OUT = "test_FitsInATransaction|test_CodeCanBeDeployed"


def prepare() -> None:
    shutil.rmtree(COPY.parent, ignore_errors=True)
    for name in ("src", "test", "snapshots"):
        shutil.copytree(ROOT / "contracts" / name, COPY / name)
    for unneeded in (COPY / "test/proofs", COPY / "test/gas"):
        shutil.rmtree(unneeded)
    (COPY / "test/Artifacts.t.sol").unlink()
    for name in LIBRARIES:
        shutil.copytree(ROOT / "node_modules" / name, COPY / "node_modules" / name)
    (COPY.parent / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/solc", COPY.parent / "scripts/solc")
    settings = (ROOT / "contracts/foundry.toml").read_text()
    settings = settings.replace('"../node_modules', '"node_modules').replace("=../node_modules", "=node_modules")
    for name in ("additional_compiler_profiles", "compilation_restrictions"):
        settings = re.sub(rf"{name} = \[\n.*?\n\]\n", "", settings, flags=re.S)
    (COPY / "foundry.toml").write_text(settings)


def run(forge: str) -> None:
    subprocess.run(
        [
            *(forge, "coverage", "--ir-minimum", "--report", "lcov", "--no-match-test", LEFT_OUT),
            *("--no-match-coverage", "(test|node_modules)/"),
        ],
        cwd=COPY,
        env={**os.environ, **ENVIRONMENT},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def assembly_lines(source: str) -> set[int]:
    """The numbers of the lines inside assembly blocks, by their braces."""
    found, depth = set(), 0
    for number, line in enumerate(source.splitlines(), start=1):
        code = line.split("//")[0]
        if depth:
            found.add(number)
            depth += code.count("{") - code.count("}")
        elif re.match(r"\s*assembly\b", code):
            depth = code.count("{") - code.count("}")
            if not depth:
                found.add(number)
    return found


def main() -> int:
    prepare()
    run(sys.argv[1])
    reached = {"lines": 0, "branches": 0}
    total = {"lines": 0, "branches": 0}
    missed, in_assembly = [], 0
    inside: set[int] = set()
    file = ""
    for row in (COPY / "lcov.info").read_text().splitlines():
        kind, _, values = row.partition(":")
        if kind == "SF":
            file = values
            inside = assembly_lines((COPY / file).read_text())
        if kind not in ("DA", "BRDA"):
            continue
        line, *_, hits = values.split(",")
        if int(line) in inside:
            in_assembly += kind == "DA"
            continue
        what = "lines" if kind == "DA" else "branches"
        total[what] += 1
        if hits not in ("0", "-"):
            reached[what] += 1
        else:
            missed.append(f"{file}:{line}")
    for place in sorted(set(missed)):
        print(f"not reached: {place}")
    share = {what: reached[what] / total[what] for what in total}
    for what in total:
        print(f"{what:8} {share[what]:7.2%}  {reached[what]} of {total[what]} outside assembly")
    print(json.dumps({what: round(100 * share[what], 2) for what in share} | {"lines_in_assembly": in_assembly}))
    return 0 if min(share.values()) >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
