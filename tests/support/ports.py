"""Ports for what tests start."""

from __future__ import annotations

import socket
from collections import deque

_HELD_MAX = 300
_held: deque[socket.socket] = deque(maxlen=_HELD_MAX)


def free_port() -> int:
    """A port that nobody else is given until this process ends, or has asked for many more.

    Who listens on it must set SO_REUSEADDR, as servers do: it stays bound here, and nothing listens.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    if len(_held) == _HELD_MAX:
        _held[0].close()
    _held.append(held)
    return int(held.getsockname()[1])
