"""How a command fails: one line on standard error and status 1."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tokenpoints.errors import TokenPointsError


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """Turn the errors that we raise on purpose, and wrong settings, into a line and an exit."""
    try:
        yield
    except ValidationError as error:
        if error.title != "Settings":
            raise
        _fail("; ".join(_told(fault) for fault in error.errors()))
    except TokenPointsError as error:
        _fail(str(error))


def _told(fault: ErrorDetails) -> str:
    # A fault of several settings together has no place and names them itself.
    return f"TOKENPOINTS_{str(fault['loc'][0]).upper()}: {fault['msg']}" if fault["loc"] else fault["msg"]


def _fail(message: str) -> None:
    print(f"tokenpoints: {message}", file=sys.stderr)
    sys.exit(1)
