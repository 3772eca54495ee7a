"""What a process of the system does once it is forked."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from tokenpoints.cli import processes
from tokenpoints.cli.failing import told_in_one_line

_PR_SET_PDEATHSIG = 1


def end_with_parent(number: signal.Signals = signal.SIGKILL) -> None:
    """Ask Linux to send this process a signal when its parent ends, however that ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)


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
