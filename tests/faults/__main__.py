"""`python -m tests.faults`: leads lives by seed. Each line is a life, the last one is JSON, also after Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from tests.faults.life import Verdict
from tests.faults.schedule import Schedule, of_each_kind, of_kinds, of_seed
from tests.faults.told import summary, told
from tests.faults.workers import lead

_INTERRUPTED = 130
"""The status by which shells know it."""


def _schedules(arguments: argparse.Namespace) -> Iterable[Schedule]:
    seeds = [arguments.seed] if arguments.seed else range(arguments.first, arguments.first + arguments.seeds)
    if arguments.each:
        return of_each_kind(arguments.first)
    if arguments.kinds:
        kinds = arguments.kinds.split(",")
        return (of_kinds(seed, arguments.database, kinds) for seed in seeds)
    return map(of_seed, seeds)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seed", type=int, help="this one only")
    parser.add_argument("--kinds", help="these faults, with commas between them, in place of the seed's own")
    parser.add_argument("--each", action="store_true", help="each fault alone, on each database")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite", help="with --kinds")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=Path("build/faults"))
    parser.add_argument("--keep", action="store_true", help="the folders of lives that end well, too")
    arguments = parser.parse_args()
    schedules = list(_schedules(arguments))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=time.strftime("%m%d-%H%M%S-"), dir=arguments.folder)).resolve()
    verdicts: list[Verdict] = []
    started, is_interrupted = time.monotonic(), False
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    workers = min(arguments.workers, len(schedules))
    try:
        with contextlib.closing(lead(schedules, folder=folder, workers=workers, keep=arguments.keep)) as led:
            for verdict in led:
                verdicts.append(verdict)
                print(f"{len(verdicts)}/{len(schedules)} {told(verdict)}", flush=True)
    except KeyboardInterrupt:
        is_interrupted = True
    print(json.dumps({**summary(verdicts, time.monotonic() - started), "interrupted": is_interrupted}), flush=True)
    if is_interrupted:
        return _INTERRUPTED
    return 0 if all(verdict.is_good for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
