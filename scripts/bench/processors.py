"""Whose processor time it is."""

from __future__ import annotations

import os
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import psutil


def seconds_by_name() -> dict[str, float]:
    """Processor seconds so far of the processes below this one, by what they run, and of those that ended (`ended`)."""
    found: defaultdict[str, float] = defaultdict(float)
    for process in psutil.Process().children(recursive=True):
        try:
            name, command, times = process.name(), process.cmdline(), process.cpu_times()
        except psutil.Error:
            continue  # it has ended meanwhile
        found[_role(name, command)] += times.user + times.system
    ended = os.times()
    found["ended"] = ended.children_user + ended.children_system
    return found


def since(before: dict[str, float]) -> dict[str, float]:
    """What was used since then, the most first."""
    used = {name: seconds - before.get(name, 0.0) for name, seconds in seconds_by_name().items()}
    return dict(sorted(used.items(), key=lambda each: -each[1]))


def _role(name: str, command: list[str]) -> str:
    if "postgres" in name:
        return "PostgreSQL"
    if "anvil" in name:
        return "anvil"
    # `python -m tokenpoints… COMMAND`
    ours = [word for before, word in pairwise(command) if Path(before).name.startswith("tokenpoints")]
    return ours[0] if ours else name
