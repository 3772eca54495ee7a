"""Change the arithmetic of the packed words one place at a time, and see whether each file's own tests notice.

Prints the mutants that no test notices, a table by file, and last a line of JSON. Ends with 1 if a mutant neither fails
a test nor is argued in docs/proofs.md, or if one is argued there that is not among those left.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONTRACTS = ROOT / "contracts"
BUILD = ROOT / "build/mutate"
FILES = ["AccountWord", "RollingWindow", "Rate", "Tiers", "Mints", "Entries", "Terms", "Lifetimes"]
# Compiled and run together, each beside a copy of all types: a compiler that starts once saves most of the time.
BATCH_SIZE = 24
WORKERS = int(os.environ.get("MUTATE_WORKERS", "2"))

SWAPS = {
    "+": ["-"],
    "-": ["+"],
    "*": ["/"],
    "/": ["*"],
    "%": ["/"],
    "<<": [">>"],
    ">>": ["<<"],
    "<": ["<=", ">="],
    "<=": ["<", ">"],
    ">": [">=", "<="],
    ">=": [">", "<"],
    "==": ["!="],
    "!=": ["=="],
    "&&": ["||"],
    "||": ["&&"],
    "&": ["|"],
    "|": ["&"],
    "^": ["|"],
    "~": [""],
    "!": [""],
    "++": ["--"],
    "--": ["++"],
    "+=": ["-=", "="],
    "-=": ["+=", "="],
    "|=": ["=", "&="],
    "add(": ["sub("],
    "sub(": ["add("],
}
OPERATOR = re.compile(r"\*\*|<<|>>|==|!=|<=|>=|&&|\|\||\+\+|--|\+=|-=|\|=|\badd\(|\bsub\(|[-+*/%<>&|^~!]")
LITERAL = re.compile(r"(?<![\w.])(0x[0-9a-fA-F_]+|\d[\d_]*)\b")
CHOICE = re.compile(r"\? ([^:;]+?) : ([^;)]+)")
FUNCTION = re.compile(r"\s*function (\w+)\(")
SKIPPED = re.compile(r"\s*(//|pragma|import|using|type |error|struct|library|function|assembly)")
DECLARATION = re.compile(r"\s*(uint\d+|bytes\d*|address|bool)\b")


@dataclass(frozen=True)
class Mutant:
    file: str
    name: str
    source: str


def numbers_near(literal: str) -> Iterator[str]:
    """The neighbours of a number; of a mask, the same with a bit more or less at either end."""
    number = int(literal.replace("_", ""), 0)
    if not literal.startswith("0x") or (len(literal) == 4 and set(literal[2:].lower()) != {"f"}):
        yield str(number + 1)
        if number:
            yield str(number - 1)
        return
    lowest, highest = number & -number, 1 << number.bit_length() - 1
    for changed in (number ^ lowest, number ^ highest, number | highest << 1, number | lowest >> 1):
        if changed != number and changed < 1 << 256:
            yield hex(changed)


def changes(code: str) -> Iterator[str]:
    for found in OPERATOR.finditer(code):
        for other in SWAPS.get(found[0], []):
            yield code[: found.start()] + other + code[found.end() :]
    for found in LITERAL.finditer(code):
        for other in numbers_near(found[0]):
            yield code[: found.start()] + other + code[found.end() :]
    for found in CHOICE.finditer(code):
        yield code[: found.start()] + f"? {found[2]} : {found[1]}" + code[found.end() :]


def mutants_of(file: str) -> Iterator[Mutant]:
    lines = (CONTRACTS / f"src/types/{file}.sol").read_text().splitlines(keepends=True)
    function, begins, seen = "", True, set()
    for i, line in enumerate(lines):
        code = line.split("//")[0].rstrip()
        if found := FUNCTION.match(line):
            function = found[1]
        if not code or SKIPPED.match(code):
            continue
        others = [(other, other.strip()) for other in changes(code)]
        if function and begins and code.endswith(";") and not DECLARATION.match(code):
            others.append(("", f"without {code.strip()}"))
        begins = code[-1] in ";{}"
        for other, text in others:
            name = f"{file}.{function}: {text}" if function else f"{file}: {text}"
            if name not in seen:
                seen.add(name)
                yield Mutant(file, name, "".join([*lines[:i], other + "\n", *lines[i + 1 :]]))


def lay_out(folder: Path, file: str, source: str | None) -> None:
    """A copy of the file's tests and of what they import, and no more, since all of it is compiled."""
    reached = [CONTRACTS / f"test/types/{file}.t.sol"]
    for path in reached:
        copy = folder / path.relative_to(CONTRACTS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
        imported = [(path.parent / name).resolve() for name in re.findall(r'from "(\..+)";', path.read_text())]
        reached += [path for path in imported if path not in reached]
    if source is not None:
        (folder / f"src/types/{file}.sol").write_text(source)


def forge(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["forge", "test", "--json"],
        cwd=project,
        env={**os.environ, "FOUNDRY_PROFILE": "mutants"},
        capture_output=True,
        text=True,
        check=False,
    )


def run(project: Path, batch: list[Mutant]) -> dict[Mutant, str]:
    """How each ended: killed, left, or not compiled."""
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir(parents=True)
    shutil.copy(CONTRACTS / "foundry.toml", project)
    numbered = {f"m{i}": mutant for i, mutant in enumerate(batch, 1)}
    lay_out(project / "src/m0", batch[0].file, None)
    for number, mutant in numbered.items():
        lay_out(project / "src" / number, mutant.file, mutant.source)
    ends = {}
    while True:
        result = forge(project)
        if result.stdout.startswith("{"):
            break
        errors = re.findall(r"^Error \(.*(?:\n.*)*?\n *--> src/(m\d+)/", result.stdout + result.stderr, re.MULTILINE)
        if not errors or "m0" in errors:
            raise RuntimeError(result.stdout + result.stderr)
        for number in set(errors):
            ends[numbered.pop(number)] = "not compiled"
            shutil.rmtree(project / "src" / number)
    statuses: dict[str, set[str]] = {}
    for path, suite in json.loads(result.stdout).items():
        statuses.setdefault(path.split("/")[1], set()).update(one["status"] for one in suite["test_results"].values())
    if statuses["m0"] != {"Success"}:
        raise RuntimeError(f"the tests of {batch[0].file} fail without any change")
    for number, mutant in numbered.items():
        ends[mutant] = "killed" if "Failure" in statuses[number] else "left"
    return ends


def argued() -> set[str]:
    """The names in the first column of the table of docs/proofs.md."""
    text = (ROOT / "docs/proofs.md").read_text()
    cells = re.findall(r"^\| `(\w+(?:\.\w+)?: .+?)` \|", text, re.MULTILINE)
    return {cell.replace(r"\|", "|") for cell in cells}


def main() -> int:
    files = sys.argv[1:] or FILES
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    for shared in ("node_modules", "scripts"):
        (BUILD / shared).symlink_to(ROOT / shared)
    mutants = {file: list(mutants_of(file)) for file in files}
    batches = [mutants[file][i : i + BATCH_SIZE] for file in files for i in range(0, len(mutants[file]), BATCH_SIZE)]
    with ThreadPoolExecutor(WORKERS) as pool:
        projects = [BUILD / f"b{i}" for i in range(len(batches))]
        ends = {mutant: end for part in pool.map(run, projects, batches) for mutant, end in part.items()}
    known = {name for name in argued() if name.split(":")[0].split(".")[0] in files}
    left = {mutant.name for mutant, end in ends.items() if end == "left"}
    for name in sorted(left - known):
        print(f"left    {name}")
    for name in sorted(known - left):
        print(f"argued, but not left    {name}")
    print(f"| {'file':14} | mutants | killed | argued | left |\n|{'-' * 16}|---------|--------|--------|------|")
    totals: Counter[str] = Counter()
    for file in files:
        counts = Counter(
            "argued" if end == "left" and mutant.name in known else end
            for mutant, end in ends.items()
            if mutant.file == file and end != "not compiled"
        )
        totals += counts
        print(f"| {file:14} | {counts.total():7} | {counts['killed']:6} | {counts['argued']:6} | {counts['left']:4} |")
    print(json.dumps({"mutants": totals.total(), "killed": totals["killed"], "argued": totals["argued"]}))
    return 1 if left ^ known else 0


if __name__ == "__main__":
    sys.exit(main())
