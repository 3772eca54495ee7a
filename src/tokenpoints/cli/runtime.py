"""How Python runs in a process: its event loop, and its collector of garbage."""

from __future__ import annotations

import asyncio
import gc

_MANY_OBJECTS = 100_000


def new_event_loop() -> asyncio.AbstractEventLoop:
    """The fastest that there is for this system."""
    try:
        import uvloop
    except ImportError:  # not for Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def keep_what_is_loaded() -> None:
    """Modules, routes and tables stay as long as the process: no collection of garbage needs to look at them again."""
    gc.collect()
    gc.freeze()


def collect_seldom() -> None:
    """For a process that makes objects by the million, none of them in a cycle: looking for cycles after each few
    hundred, as Python does, would be in vain."""
    gc.set_threshold(_MANY_OBJECTS)
