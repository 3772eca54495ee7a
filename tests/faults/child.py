"""What a process of the system does once it is forked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tokenpoints.children import end_with_parent
from tokenpoints.cli import processes
from tokenpoints.cli.failing import told_in_one_line


def run(command: str, env: Mapping[str, str], log: Path) -> None:
    """Run a command of the system as its own process would, to its end."""
    end_with_parent()
    for name in [name for name in os.environ if name.startswith("TOKENPOINTS_")]:
        del os.environ[name]
    os.environ.update(env)
    os.chdir(log.parent)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    with told_in_one_line():
        getattr(processes, command)()
