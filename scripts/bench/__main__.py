"""Run the benches that are named, or all, one after the other; the last line is JSON with the figures of all.

python -m scripts.bench [imports] [indexer] [reorgs] [pipeline] [reads]
"""

from __future__ import annotations

import json
import subprocess
import sys

BENCHES = ("imports", "indexer", "reorgs", "pipeline", "reads")


def main() -> int:
    chosen = sys.argv[1:] or BENCHES
    if unknown := set(chosen) - set(BENCHES):
        print(f"no bench is called {', '.join(sorted(unknown))}: there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    figures: dict[str, float] = {}
    for name in chosen:
        print(f"== {name}", flush=True)
        # A process for each, so that none measures what another left behind.
        with subprocess.Popen(
            [sys.executable, "-m", f"scripts.bench.{name}"], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            last = ""
            for last in process.stdout:
                print(last, end="", flush=True)
        if process.returncode != 0:
            return process.returncode
        figures |= json.loads(last)
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
