"""Run the proofs of contracts/test/proofs, or those that are named, and print a table.

Ends with 1 if any is refuted or fails to run.
"""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

CONTRACTS = Path(__file__).parent.parent / "contracts"
SECONDS_MAX = int(os.environ.get("PROOF_SECONDS_MAX", "60"))
ANSWERS = {"PASS": "proven", "FAIL": "REFUTED", "TIMEOUT": "no answer", "ERROR": "ERROR"}


def names() -> list[str]:
    files = sorted((CONTRACTS / "test/proofs").glob("*Proofs.sol"))
    return [name for file in files for name in re.findall(r"function (check_\w+)\(", file.read_text())]


def prove(name: str) -> str:
    """What halmos answers; it gets a process of its own, since some of its waits know no limit."""
    command = ["halmos", "--function", f"{name}[(]", "--forge-build-out", "out/proofs", "--no-status", "--loop", "5"]
    environment = {**os.environ, "FOUNDRY_PROFILE": "proofs"}
    with subprocess.Popen(
        [*command, "--solver-timeout-assertion", str(SECONDS_MAX * 1000)],
        cwd=CONTRACTS,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=SECONDS_MAX)
        except subprocess.TimeoutExpired:
            # Not SIGTERM, which halmos leaves unanswered; and its solvers with it.
            os.killpg(process.pid, signal.SIGKILL)
            return "no answer"
    found = re.search(rf"\[(PASS|FAIL|TIMEOUT|ERROR)\]\S* {name}\(", output)
    return ANSWERS[found[1]] if found else "ERROR"


def main() -> int:
    # By itself, so that no proof's time goes into compiling. All of it: a cached artifact may lack the syntax tree.
    subprocess.run(
        ["forge", "build", "--ast", "--force"],
        cwd=CONTRACTS,
        env={**os.environ, "FOUNDRY_PROFILE": "proofs"},
        check=True,
    )
    answers = []
    print(f"| {'proof':52} | {'answer':9} | seconds |\n|{'-' * 54}|{'-' * 11}|{'-' * 9}|")
    for name in sys.argv[1:] or names():
        started = time.monotonic()
        answers.append(prove(name))
        print(f"| {name:52} | {answers[-1]:9} | {time.monotonic() - started:7.1f} |", flush=True)
    print(f"\n{answers.count('proven')} of {len(answers)} proven, at most {SECONDS_MAX} seconds each")
    return 0 if set(answers) <= {"proven", "no answer"} else 1


if __name__ == "__main__":
    sys.exit(main())
